"""Twilio: what it posts, and the TwiML that it is answered with."""

from base64 import b64encode
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from channels.contract import RejectedError, Request, Response
from channels.shared.twilio import (
    BODY_CHARACTERS_MAX,
    TEXT_CHARACTERS_MAX,
    twiml,
)
from channels.sms.sending import SEGMENTS_MAX, SEPTETS_MAX
from channels.sms.twilio import BASE64_CHARACTERS_MIN, TwilioSmsAdapter
from channels.whatsapp.twilio import TwilioWhatsappAdapter
from core.conversation.keywords import TEXT_LENGTH_MAX
from core.messages import Address, AddressKind, Prompt, Reply
from core.wording.gsm7 import to_gsm7
from tests.fixtures.segments import segments
from tests.scripts import NAME, NIK, PHONE, START, WORDING

URL = "https://pintu.example"
TEXTS = TwilioSmsAdapter(WORDING, URL, None, "ID")
CHATS = TwilioWhatsappAdapter(WORDING, URL, None)
CONFIRM = Prompt("confirm", {"nik": NIK, "full_name": NAME, "profession": "Perawat"})
REPLY = Reply((CONFIRM,), "id")
LONG = Reply(tuple(Prompt("confirm", CONFIRM.args | {"nik": str(n)}) for n in range(30)), "id")
HIDDEN = Address(AddressKind.WHATSAPP, "US.13491208655302741918")
FORM = {"MessageSid": "SM1", "From": PHONE.value, "To": "1199", "Body": "DAFTAR"}


def post(path="/sms/twilio", **fields):
    body = urlencode(FORM | fields).encode()
    return Request(method="POST", path=path, body=body, received_at=START)


def heard(**fields):
    (message,) = TEXTS.parse(post(**fields))
    return message


def status_of(channel, request):
    try:
        channel.parse(request)
    except RejectedError as rejected:
        return rejected.status
    return 200


def said(response):
    """The messages that Twilio would send."""
    assert response.content_type.startswith("text/xml")
    root = ET.fromstring(response.body)  # noqa: S314 our own words
    assert root.tag == "Response"
    assert {child.tag for child in root} <= {"Message"}
    return [child.text for child in root]


# -- in --------------------------------------------------------------------------------------


def test_a_form_begun_elsewhere_goes_on_here():
    (chat,) = CHATS.parse(post("/whatsapp/twilio", From=f"whatsapp:{PHONE.value}"))
    assert heard().address == chat.address == PHONE
    assert chat.address.conversation == "phone:+6281211110001"


def test_a_user_who_hides_the_number_is_not_taken_for_one():
    (chat,) = CHATS.parse(post("/whatsapp/twilio", From=f"whatsapp:{HIDDEN.value}"))
    assert chat.address == HIDDEN


@pytest.mark.parametrize("field", ["MessageSid", "SmsMessageSid", "SmsSid"])
def test_any_of_its_ids_tells_a_message(field):
    assert heard(**({"MessageSid": ""} | {field: "SM7"})).message_id == "SM7"


def test_a_text_is_cut_where_it_is_already_too_long_to_be_understood():
    assert TEXT_CHARACTERS_MAX > TEXT_LENGTH_MAX
    for length in (TEXT_CHARACTERS_MAX, TEXT_CHARACTERS_MAX + 1):
        assert heard(Body="é" * length).text == "é" * TEXT_CHARACTERS_MAX


@pytest.mark.parametrize("word", ["STOP", "START", " stop "])
def test_a_wish_that_twilio_understood_is_passed_on(word):
    assert heard(OptOutType=word, Body="Arrêt").text == word.strip().upper()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"ButtonPayload": "QR_7", "ButtonText": "Daftar", "Body": "Daftar"}, "Daftar"),
        ({"ButtonPayload": "QR_7", "Body": "Daftar"}, "Daftar"),
        ({"ListId": "row_2", "ListTitle": "Perawat", "Body": "x"}, "Perawat"),
        ({"ButtonPayload": "1", "ButtonText": "Ya, setuju"}, "1"),
        ({"ListId": "2", "ListTitle": "Perawat"}, "2"),
        ({"ButtonPayload": "status", "ButtonText": "Cek status saya"}, "status"),
        ({"ButtonPayload": "QR_7", "Body": ""}, "QR_7"),
    ],
)
def test_a_choice_is_what_the_person_saw_unless_its_name_is_ours(fields, said):
    assert heard(**fields).text == said


PLAIN = "DAFTAR 3204115706960001#SITI AMINAH BINTI ABDULLAH#PERAWAT"
CODED = b64encode(PLAIN.encode()).decode()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (CODED, PLAIN),
        (
            b64encode("é ñ 🙏 dan kata-kata lain yang panjang sekali".encode()).decode(),
            "é ñ 🙏 dan kata-kata lain yang panjang sekali",
        ),
        (b64encode(b"SITI AMINAH").decode(), None),  # short: a word may look like this
        ("A" * 60, None),  # decodes to no readable text
        ("DAFTAR" * 12, None),
        ("3204115706960001" * 4, None),
        (CODED[:-1], None),
        (CODED + " ", None),
        (b64encode(b"\xff" * 60).decode(), None),
        (b64encode(b"tanpaspasi" * 6).decode(), None),
        ("", None),
    ],
)
def test_only_what_is_plainly_base64_is_decoded(text, meant):
    assert heard(Body=text).text == (text if meant is None else meant)


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_base64_that_was_cut_within_a_letter_says_all_the_others(cut):
    words = "Nama saya SITI AMINAH, dari klinik yang ada di kota "
    whole = (words + "🙏").encode()[:-cut]
    padded = b"x" * (-len(whole) % 3) + whole
    text = heard(Body=b64encode(padded).decode()).text
    assert text == padded.decode(errors="ignore")
    assert text.endswith("kota ")


def test_base64_that_is_broken_within_is_left_as_it_is():
    coded = b64encode(b"kata \xf0\x9f kata-kata lain yang panjang sekali, panjang sekali").decode()
    assert heard(Body=coded).text == coded


def test_base64_is_looked_for_from_a_length_on():
    short, long = (
        ("a b " * 11)[: BASE64_CHARACTERS_MIN * 3 // 4 - 3],
        ("a b " * 12)[: BASE64_CHARACTERS_MIN * 3 // 4],
    )
    assert len(b64encode(long.encode())) == BASE64_CHARACTERS_MIN
    assert heard(Body=b64encode(long.encode()).decode()).text == long
    coded = b64encode(short.encode()).decode()
    assert heard(Body=coded).text == coded


@given(
    st.dictionaries(
        st.sampled_from(
            [
                *FORM,
                "NumMedia",
                "MessageType",
                "Latitude",
                "OptOutType",
                "MessageStatus",
                "ErrorCode",
                "WaId",
                "ExternalUserId",
                "ButtonPayload",
            ]
        ),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
    )
)
def test_any_form_gives_events_or_a_rejection(fields):
    for channel in (TEXTS, CHATS):
        for path in channel.paths:
            assert status_of(channel, post(path, **fields)) in {200, 400}


# -- out, in band ----------------------------------------------------------------------------


def test_words_are_escaped():
    words = "<Siti> & 'Amin' \"x\" ]]> &amp;\n<Redirect>http://evil</Redirect>"
    assert said(twiml([words, "dua"])) == [words, "dua"]


@given(st.text())
def test_any_words_make_good_xml(words):
    (heard,) = said(twiml([words]))
    assert heard is None or set(heard) <= set(words) | {"\n"}


def test_no_control_gets_into_xml():
    assert said(twiml(["a\x00b\x0bc\ud800d\ufffee\tf"])) == ["abcde\tf"]


@pytest.mark.parametrize("channel", [TEXTS, CHATS], ids=lambda channel: channel.name)
def test_an_acknowledgement_says_nothing(channel):
    for path in channel.paths:
        spoken = channel.answer(post(path), None)
        assert spoken.body == b"" if path.endswith("receipts") else said(spoken) == []
    receipts = next(path for path in channel.paths if path.endswith("receipts"))
    assert channel.answer(post(receipts), REPLY) == Response()


def test_an_sms_answer_is_one_segment_of_gsm7():
    (words,) = said(TEXTS.answer(post(), REPLY))
    assert words == to_gsm7(words)
    assert segments(words) == 1
    assert NIK in words


def test_a_long_sms_answer_has_pages():
    found = [said(TEXTS.answer(post(), replace(LONG, page=page)))[0] for page in range(40)]
    assert all(segments(words) <= SEGMENTS_MAX for words in found)
    assert all(any(f"NIK {n}\n" in words for words in found) for n in range(30))
    assert "98" in found[0]
    assert found[-1] == found[-2]


def test_an_sms_answer_has_pages_only_past_the_bound():
    prompts = (CONFIRM,)
    while len(WORDING.text(Reply((*prompts, CONFIRM), "id"), "short")) <= SEPTETS_MAX:
        prompts = (*prompts, CONFIRM)
    whole = Reply(prompts, "id", page=1)
    assert said(TEXTS.answer(post(), whole)) == [to_gsm7(WORDING.text(whole, "short"))]


def test_a_long_chat_answer_is_several_messages_and_no_word_is_cut():
    parts = said(CHATS.answer(post("/whatsapp/twilio"), LONG))
    whole = WORDING.text(LONG, "long")
    assert len(parts) > 1
    assert max(map(len, parts)) <= BODY_CHARACTERS_MAX
    assert " ".join(parts).split() == whole.split()
