import json
from base64 import b64encode
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from channels.contract import RejectedError, Request
from channels.ussd.africastalking import TYPED_CHARACTERS_MAX
from channels.ussd.mapped import ANSWER_CHARACTERS_MAX
from channels.ussd.plain_xml import read_xml
from core.events import HangUp
from core.messages import Prompt, Reply
from core.wording.gsm7 import septets
from tests.contract.channels import KEY, NOW
from tests.fixtures.ussd_gateways import URL, mapped

MENU = Reply(prompts=(Prompt("menu", choices=("menu_register", "menu_status")),), language="id")
OVER = Reply(prompts=(Prompt("help"),), language="id", ends=True)
LONG = Reply(prompts=(Prompt("help_hotline"),) * 9, language="id", ends=True)


def hop(kind="2", msg="1", **more):
    texts = {"msisdn": "6281211110001", "sessionid": "S1", "type": kind, "msg": msg} | more
    inner = "".join(f"<{tag}>{text}</{tag}>" for tag, text in texts.items())
    body = f"<ussd>{inner}</ussd>".encode()
    return Request(method="POST", path="/ussd/truroute", body=body, received_at=NOW)


def read(request, **changes):
    (event,) = mapped("truroute", **changes).parse(request)
    return event


@pytest.mark.parametrize(
    ("dialled", "typed"),
    [
        ("*119#", ""),
        ("*119*1#", "1"),
        ("*119*1*3204115706960001#", "1*3204115706960001"),
        ("*119*#", ""),
        ("*1199*1#", ""),  # another code
        ("*123*1#", ""),
        ("1", ""),
        ("", ""),
    ],
)
def test_what_follows_the_service_code_at_a_dial_is_typed(dialled, typed):
    event = read(hop("1", dialled))
    assert (event.opens, event.ussd.typed) == (True, typed)


def test_without_a_service_code_a_dial_says_nothing():
    assert read(hop("1", "*119*1#"), service_code="").ussd.typed == ""


def test_an_answer_is_never_taken_for_a_dial():
    event = read(hop("2", " *119*1# \n"))
    assert (event.opens, event.ussd.typed) == (False, "*119*1#")


def test_a_release_a_timeout_and_a_charge_end_the_call():
    for kind in ("3", "4", "10"):
        event = read(hop(kind, "3204115706960001"))
        assert isinstance(event, HangUp)
        assert "3204" not in repr(event)


def test_an_unknown_kind_is_refused_only_where_answers_are_named():
    with pytest.raises(RejectedError, match="no table"):
        read(hop("7"))
    assert read(hop("7"), continues=[]).opens is False


def test_numbers_are_read_as_the_country_writes_them():
    assert read(hop(msisdn="081211110001")).address.value == "+6281211110001"
    assert read(hop(msisdn="0829991234"), country="ZA").address.value == "+27829991234"


def test_another_gateway_with_the_same_ids_has_other_messages():
    other = mapped("hollatags", methods=["POST"])
    fields = "session_msisdn=6281211110001&session_operation=continue&session_id=S1&session_msg=1"
    (event,) = other.parse(
        Request(method="GET", path="/ussd/hollatags", query=fields, received_at=NOW)
    )
    assert event.message_id != read(hop()).message_id
    assert event.ussd.id != read(hop()).ussd.id


def test_an_answer_is_bounded():
    assert read(hop(msg="x" * ANSWER_CHARACTERS_MAX))
    with pytest.raises(RejectedError) as caught:
        read(hop(msg="x" * (ANSWER_CHARACTERS_MAX + 1)))
    assert caught.value.status == 413


def test_a_history_is_bounded():
    history = {"history": True, "kind": None, "begin": [], "continues": [], "end": []}
    assert read(hop(msg="1" * TYPED_CHARACTERS_MAX), **history)
    with pytest.raises(RejectedError) as caught:
        read(hop(msg="1" * (TYPED_CHARACTERS_MAX + 1)), **history)
    assert caught.value.status == 413


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("", ""), ("1*SITI ", "1*SITI "), ("*119#", ""), ("*119*1**2#", "1**2"), ("*123*1#", "")],
)
def test_a_history_is_passed_on_whole_but_for_the_code(typed, meant):
    history = {"history": True, "kind": None, "begin": [], "continues": [], "end": []}
    event = read(hop(msg=typed), **history)
    assert (event.opens, event.ussd.accumulates, event.ussd.typed) == (None, True, meant)


def test_a_history_without_a_service_code_may_begin_with_an_empty_answer():
    history = {"history": True, "kind": None, "begin": [], "continues": [], "end": []}
    assert read(hop(msg="*1"), service_code="", **history).ussd.typed == "*1"


def test_an_id_that_is_none_is_refused():
    for session in ("a b", "é", "x" * 129):
        with pytest.raises(RejectedError, match="is not an id"):
            read(hop(sessionid=session))
    with pytest.raises(RejectedError, match="is missing"):
        read(hop(), hop="xml:/ussd/hop")


# -- answers -----------------------------------------------------------------------------------


def test_a_screen_goes_on_or_ends_in_the_form_of_its_gateway():
    truroute = mapped("truroute")
    on, over = (read_xml(truroute.answer(hop(), reply).body) for reply in (MENU, OVER))
    assert (on["/ussd/type"], over["/ussd/type"]) == ("2", "3")
    assert on["/ussd/msg"].splitlines()[1].startswith("1 ")
    request = Request(
        method="GET", path="/ussd/hollatags", query="session_id=54%22", received_at=NOW
    )
    said = [json.loads(mapped("hollatags").answer(request, one).body) for one in (MENU, OVER)]
    assert [one["session_operation"] for one in said] == ["continue", "end"]
    assert [one["session_type"] for one in said] == [1, 4]
    assert {one["session_id"] for one in said} == {'54"'}


def test_a_last_reply_of_several_pages_ends_with_its_last_page():
    truroute = mapped("truroute", screen_septets=140)
    kinds, page = [], 0
    while not kinds or kinds[-1] == "2":
        found = read_xml(truroute.answer(hop(), replace(LONG, page=page)).body)
        assert septets(found["/ussd/msg"]) <= 140
        kinds.append(found["/ussd/type"])
        page += 1
    assert kinds == ["2", "2", "3"]


def test_there_is_always_something_to_show():
    for reply in (None, Reply(prompts=(), language="id")):
        found = read_xml(mapped("truroute").answer(hop(), reply).body)
        assert (found["/ussd/type"], found["/ussd/msg"]) == ("3", "OK")


def test_the_next_request_is_called_back_with_the_key():
    request = Request(method="GET", path="/ussd/aat", received_at=NOW)
    screen = read_xml(mapped("aat", KEY, "old").answer(request, MENU).body)
    url = urlsplit(screen["/request/options/option/@callback"])
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{URL}/ussd/aat"
    assert parse_qs(url.query) == {"key": [KEY], "to_addr": ["119"]}
    answer = replace(request, query=f"{url.query}&msisdn=6281211110001&request=1")
    (event,) = mapped("aat", KEY).parse(answer)
    assert event.opens is False
    over = read_xml(mapped("aat", KEY).answer(request, OVER).body)
    assert set(over) == {"/request", "/request/headertext"}


def test_without_a_key_the_callback_is_a_url_still():
    request = Request(method="GET", path="/ussd/aat", received_at=NOW)
    screen = read_xml(mapped("aat").answer(request, MENU).body)
    url = urlsplit(screen["/request/options/option/@callback"])
    assert parse_qs(url.query) == {"to_addr": ["119"]}


# -- keys --------------------------------------------------------------------------------------


def basic(user, password, scheme="Basic"):
    return {"authorization": f"{scheme} {b64encode(f'{user}:{password}'.encode()).decode()}"}


def test_a_key_may_be_the_password_of_basic_authentication():
    channel = mapped("truroute", "old", KEY)
    for headers in (basic("telco", KEY), basic("", "old", "basic"), basic("a", "old", "BASIC")):
        assert channel.parse(replace(hop(), headers=headers))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("telco", ""),
        basic(KEY, "wrong"),
        basic("telco", f"{KEY} "),
        basic("telco", KEY, "Bearer"),
        {"authorization": "Basic"},
        {"authorization": "Basic ****"},
        {"authorization": "Basic é"},
        {"authorization": f"Basic {KEY}"},
    ],
)
def test_any_other_password_is_a_strangers(headers):
    with pytest.raises(RejectedError) as caught:
        mapped("truroute", KEY).parse(replace(hop(), headers=headers))
    assert caught.value.status == 403
