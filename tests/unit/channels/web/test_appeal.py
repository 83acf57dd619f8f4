"""The page that takes a letter: only a file, only from our own page, told by its content."""

import re
from html import unescape

import pytest

from channels.contract import RejectedError, Request
from channels.shared.file_types import EVIDENCE_BYTES_MAX
from channels.web.appeal import NUMBER_CHARACTERS_MAX, PATH, WebAppeal
from channels.web.tokens import Seals, web_value
from core.events import Look
from core.messages import ATTACHMENT, AddressKind, AttachedFile, Channel, Inbound, Prompt, Reply
from tests.fixtures.chance import draw
from tests.scripts import CAMPAIGN, NUMBER, START, WORDING

KEY, URL = b"the form is sealed with this", "http://127.0.0.1:8000"
TOKEN = "n1Cq0bJ3vN7xQ2mK5tR8wA"
COOKIE = {"cookie": f"satupintu_form={TOKEN}"}
TYPE = "multipart/form-data; boundary=b0"
PDF = b"%PDF-1.7 <script>alert(1)</script>"
DOOR = WebAppeal(WORDING, CAMPAIGN, seals=Seals(KEY, draw), url=URL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


def get(headers=COOKIE):
    return Request(method="GET", path=PATH, headers=headers, received_at=START)


def page(reply=None, headers=COOKIE):
    return DOOR.answer(get(headers), reply).body.decode()


def hidden(text):
    return {name: unescape(value) for name, value in _HIDDEN.findall(text)}


def post(fields=None, *, file=PDF, name="surat.pdf", headers=COOKIE, number=NUMBER):
    fields = {**(hidden(page(headers=headers)) if fields is None else fields), "number": number}
    parts = [
        f'--b0\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f'--b0\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = b"".join(parts) + head.encode() + file + b"\r\n--b0--\r\n"
    return Request(
        method="POST",
        path=PATH,
        headers={"content-type": TYPE, **headers},
        body=body,
        received_at=START,
    )


def only(request):
    (message,) = DOOR.parse(request)
    return message


def test_a_file_and_a_number_are_one_message():
    message = only(post())
    assert isinstance(message, Inbound)
    assert (message.channel, message.provider, message.text) == (Channel.WEB, "form", NUMBER)
    assert (message.address.kind, message.address.value) == (AddressKind.WEB, web_value(TOKEN))
    assert message.files == (AttachedFile(1, "application/pdf", PDF),)
    assert message.unread == frozenset()


def test_a_double_tap_is_the_same_message_and_another_file_is_not():
    fields = hidden(page())
    assert only(post(fields)).message_id == only(post(fields)).message_id
    assert only(post(fields)).message_id != only(post(fields, file=PDF + b"2")).message_id


@pytest.mark.parametrize(
    ("file", "name"),
    [
        (b"", ""),
        (b"<html><script>alert(1)</script>", "surat.pdf"),
        (b"PK\x03\x04", "surat.jpg"),
        (b"%PDF-" + b"x" * (EVIDENCE_BYTES_MAX - 4), "surat.pdf"),
    ],
)
def test_what_is_no_such_file_is_not_taken(file, name):
    message = only(post(file=file, name=name))
    assert (message.files, message.unread) == ((), frozenset({ATTACHMENT}))


def test_a_file_of_the_largest_size_is_taken():
    request = post(file=b"%PDF-" + b"x" * (EVIDENCE_BYTES_MAX - 5))
    assert len(request.body) <= DOOR.body_bytes_max
    assert len(only(request).files[0].body) == EVIDENCE_BYTES_MAX


def test_the_number_is_cut_to_its_bound():
    assert len(only(post(number="7" * 100)).text) == NUMBER_CHARACTERS_MAX


@pytest.mark.parametrize(
    "request_",
    [
        post({}),
        post({"turn": TOKEN, "csrf": TOKEN}),
        post(hidden(page(headers={}))),  # another browser's
        post(headers={**COOKIE, "origin": "https://evil.example"}),
        post(headers={**COOKIE, "sec-fetch-site": "cross-site"}),
        post(headers={**COOKIE, "content-type": "application/x-www-form-urlencoded"}),
    ],
)
def test_only_our_own_page_is_believed(request_):
    with pytest.raises(RejectedError) as refused:
        DOOR.parse(request_)
    assert refused.value.status in {400, 403}


def test_the_page_knows_the_number_that_was_just_said():
    said = Reply((Prompt("registered_not_listed", {"number": NUMBER}),), "en")
    shown = page(said)
    assert f'name="number" value="{NUMBER}"' in shown
    assert '<html lang="en">' in shown
    assert DOOR.parse(get()) == (Look(address=only(post()).address),)
    assert DOOR.parse(get({})) == ()


@pytest.mark.parametrize(
    ("key", "field"),
    [("number_mistyped", "number"), ("file_kind", "file"), ("file_unkept", "file")],
)
def test_what_was_wrong_is_said_at_its_field(key, field):
    answer = DOOR.answer(post(number="<b>"), Reply((Prompt(key), Prompt("menu")), "id"))
    shown = answer.body.decode()
    assert answer.status == 200
    assert "<title>Kesalahan: " in shown
    assert f'<a href="#{field}">' in shown
    assert f'id="wrong-{field}"' in shown
    assert 'value="&lt;b&gt;"' in shown


def test_what_was_taken_leads_to_the_form():
    said = Reply((Prompt("appeal_case", {"case": NUMBER, "date": "@date:2021-01-18"}),), "id")
    answer = DOOR.answer(post(), said)
    assert (answer.status, dict(answer.headers)["location"]) == (303, "/daftar")


def test_a_browser_without_a_cookie_gets_one_with_its_letter():
    request = post(headers={})
    message = only(request)
    answer = DOOR.answer(request, Reply((Prompt("appeal_case"),), "id"))
    token = dict(answer.headers)["set-cookie"].partition(";")[0].partition("=")[2]
    assert message.address.value == web_value(token)


@pytest.mark.parametrize("status", [400, 403, 408, 413, 429, 503, 500])
def test_a_failure_is_a_page_in_words(status):
    for request in (None, get()):
        answer = DOOR.failure(request, status)
        assert answer.status == status
        assert '<p class="wrong"' in answer.body.decode() or request is None
        assert b"summary" in answer.body
