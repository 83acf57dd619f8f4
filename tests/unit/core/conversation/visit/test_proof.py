"""Conversations with people who must prove who they are: a number, a code, and letters."""

from datetime import UTC, datetime

import pytest

from core.appointments.requests import Book, Booked, Cancel, LookUp, StatusReport
from core.conversation.inquiries import INQUIRY_LENGTH_MAX, Inquiry
from core.conversation.keywords import find_code
from core.conversation.visit.proof import PROVEN_SECONDS
from core.messages import Address, AddressKind, Channel
from core.registration.number import make_number
from core.registration.requests import CheckCode, CodeChecked, CodeSent, SendCode
from tests.scripts import APPOINTMENT, KEYWORDS, MAILBOX, PHONE, VERIFIED, Person, play

NUMBER, OTHER = make_number(12345678901), make_number(2)
OTHER_PHONE = Address(AddressKind.PHONE, "+6281211110009")
MINE = StatusReport(
    registrations=(
        type(VERIFIED)(number=NUMBER, full_name="SITI", status="verified", screened=True),
    )
)
LETTER = ["letter_greeting", "letter_signature"]


def stranger(address=OTHER_PHONE):
    """A person whose address proves nothing: only what a code has proven may be shown."""
    one = Person(address=address)
    one.found[LookUp] = lambda request: MINE if request.proven == NUMBER else StatusReport()
    return one


def last(one, kind):
    return next(effect for effect in reversed(one.done) if isinstance(effect, kind))


def count(one, kind):
    return sum(isinstance(effect, kind) for effect in one.done)


def body(heard):
    """Return the keys of a letter between its greeting and its signature."""
    assert [heard[0], heard[-1]] == LETTER
    return heard[1:-1]


@pytest.mark.parametrize(("word", "heard"), [("STATUS", ["status_one"]), ("JADWAL", ["ask_seat"])])
def test_a_number_and_its_code_lead_to_what_was_asked(word, heard):
    one = stranger()
    assert one.say(word)[-1] == "ask_number"
    assert one.say(NUMBER.lower()) == ["ask_code"]
    sent = last(one, SendCode)
    assert (sent.number, sent.address) == (NUMBER, OTHER_PHONE)
    assert one.say("123456") == heard
    checked = last(one, CheckCode)
    assert (checked.number, checked.code, checked.address) == (NUMBER, "123456", OTHER_PHONE)
    assert last(one, LookUp).proven == NUMBER


def test_a_number_that_exists_is_answered_like_one_that_does_not():
    replies = []
    for number in (NUMBER, OTHER):
        one = stranger()
        play(one, "STATUS", number)
        replies.append(one.reply)
    assert replies[0] == replies[1]


@pytest.mark.parametrize("review", [False, True])
def test_a_mailbox_that_proves_nothing_is_told_how_to_see_a_status(review):
    """It may have registered many: that nobody is registered from it would be untrue."""
    one = stranger(MAILBOX)
    found = one.found[LookUp]
    one.found[LookUp] = lambda request: found(request) if request.proven else nothing
    nothing = StatusReport(in_review=review)
    said = ["status_review"] * review
    assert body(one.write("STATUS")) == [*said, "letter_status", "letter_ask_number"]
    assert body(one.write(NUMBER)) == ["ask_code"]
    assert body(one.write("123456")) == ["status_one"]


@pytest.mark.parametrize("text", [NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1"), "", "abc"])
def test_a_mistyped_number_sends_no_code(text):
    one = stranger()
    assert play(one, "STATUS", text) == ["number_mistyped", "ask_number"]
    assert not count(one, SendCode)
    play(one, "x")
    assert one.say("x") == ["number_mistyped", "help_hotline", "ask_number"]


def test_a_wrong_code_is_asked_again_and_an_expired_one_ends():
    one = stranger()
    play(one, "JADWAL", NUMBER)
    one.found[CheckCode] = CodeChecked(verdict="wrong")
    assert one.say("123456") == ["code_wrong", "ask_code"]
    assert one.say("12345") == ["code_unclear", "ask_code"]
    assert one.say("654321") == ["code_wrong", "ask_code"]  # which names the hotline itself
    one.found[CheckCode] = CodeChecked(verdict="expired")
    assert one.say("123456") == ["code_expired"]
    assert one.reply.ends
    assert one.session.visit is None
    assert one.say("123456") == ["menu"]


def test_too_many_codes_end():
    one = stranger()
    again = datetime(2021, 11, 24, 22, 30, tzinfo=UTC)
    one.found[SendCode] = CodeSent(too_many=True, again_at=int(again.timestamp()))
    assert play(one, "JADWAL", NUMBER) == ["code_too_many"]
    assert one.reply.prompts[0].args == {
        "date": "@date:2021-11-25",
        "time": "@time:2021-11-25T05:30+07:00",  # in the west, as it says
    }
    assert one.reply.ends
    assert one.session.visit is None


def test_a_wrong_code_tells_nothing():
    one = stranger()
    one.found[CheckCode] = CodeChecked(verdict="wrong")
    play(one, "STATUS", NUMBER, "123456")
    assert not last(one, LookUp).proven
    one.say("STATUS")
    assert not last(one, LookUp).proven


def test_a_claim_without_a_code_tells_nothing():
    one = stranger()
    play(one, "JADWAL", NUMBER)
    for word in ("JADWAL", "STATUS", f"JADWAL {NUMBER}"):
        one.say(word)
        assert last(one, LookUp).proven == ""


def test_a_proof_of_one_number_is_none_of_another():
    one = stranger()
    play(one, "JADWAL", NUMBER, "123456")
    assert one.say(f"STATUS {OTHER}") == ["ask_code"]
    assert last(one, SendCode).number == OTHER
    assert one.session.visit.proven_until == 0
    one.say("STATUS")
    assert last(one, LookUp).proven == ""


@pytest.mark.parametrize(("seconds", "proven"), [(-10, NUMBER), (0, "")])
def test_a_proof_holds_for_its_time(seconds, proven):
    one = stranger()
    play(one, "STATUS", NUMBER, "123456")
    one.wait(seconds=PROVEN_SECONDS + seconds - 10)  # each word takes ten
    one.say("JADWAL")
    assert last(one, LookUp).proven == proven


@pytest.mark.parametrize(("seconds", "heard"), [(-1, "booked"), (0, "ask_code")])
def test_nothing_is_booked_after_the_proof_has_run_out(seconds, heard):
    one = stranger(MAILBOX)
    one.found[Book] = Booked(appointment=APPOINTMENT)
    for text in (f"JADWAL {NUMBER}", "123456"):
        one.write(text)
    until = one.session.visit.proven_until
    for text in ("3", "1", "1", "1"):
        assert body(one.write(text))
    one.wait(seconds=until - one.session.at - 10 + seconds)
    assert body(one.write("1")) == [heard]
    assert count(one, Book) == (heard == "booked")


def test_nothing_is_cancelled_after_the_proof_has_run_out():
    one = stranger(MAILBOX)
    report = StatusReport(
        registrations=(type(VERIFIED)(number=NUMBER, full_name="SITI", status="verified",
                                      appointment=APPOINTMENT),)
    )  # fmt: skip
    one.found[LookUp] = lambda request: report if request.proven == NUMBER else StatusReport()
    for text in (f"JADWAL {NUMBER}", "123456", "2"):
        heard = one.write(text)
    assert body(heard) == ["confirm_cancel"]
    one.wait(seconds=PROVEN_SECONDS)
    assert body(one.write("1")) == ["ask_code"]
    assert not count(one, Cancel)


@pytest.mark.parametrize("forged", ["1", "JADWAL", "STATUS", "BATAL", "STOP", "98", "0", "654321"])
@pytest.mark.parametrize("steps", [("3", "1", "1", "1"), ("3",), ()])
def test_a_letter_that_answers_nothing_of_ours_leaves_a_visit_as_it_is(steps, forged):
    """Its sender may be forged: it is answered by itself, and the visit goes on."""
    one = stranger(MAILBOX)
    one.found[Book] = Booked(appointment=APPOINTMENT)
    for text in (f"JADWAL {NUMBER}", "123456", *steps):
        one.write(text)
    ours, done = one.reply, len(one.done)
    assert "letter_signature" in one.forge(forged)
    assert not [effect for effect in one.done[done:] if not isinstance(effect, LookUp)]
    assert not [effect for effect in one.done[done:] if effect.proven]
    one.reply = ours
    for text in ("3", "1", "1", "1", "1")[len(steps) :]:
        heard = one.write(text)
    assert body(heard) == ["booked"]


def test_a_letter_that_answers_an_older_one_of_ours_needs_another_code():
    one = stranger(MAILBOX)
    one.write(f"JADWAL {NUMBER}")
    before_the_code = one.reply
    one.write("123456")
    one.reply = before_the_code
    assert body(one.write("1")) == ["ask_code"]
    assert not count(one, Book)


def test_each_code_is_proof_of_another_kind():
    tokens = set()
    for code in ("123456", "654321"):
        one = stranger(MAILBOX)
        one.write(f"JADWAL {NUMBER}")
        one.write(code)
        tokens.add(one.reply.proof)
    assert len(tokens) == 2
    assert "" not in tokens


def test_only_letters_bear_a_proof():
    one = stranger()
    play(one, "JADWAL", NUMBER, "123456")
    assert one.session.visit.token
    assert one.reply.proof == ""


def test_ussd_is_taken_up_at_the_code():
    one = stranger()
    one.dial()
    for word in ("3", NUMBER):
        heard = one.key(word)
    assert heard == ["ask_code"]
    assert one.dial() == ["ask_code"]
    assert one.key("123456") == ["ask_seat"]


def test_a_code_typed_where_it_was_read_is_taken():
    one = stranger()
    play(one, "JADWAL", NUMBER)
    assert one.say("123456", Channel.WHATSAPP) == ["ask_seat"]


def test_an_old_code_is_not_waited_for():
    one = stranger()
    play(one, "JADWAL", NUMBER)
    one.wait(hours=1)
    assert one.dial() == ["menu"]


def test_back_from_the_code_asks_for_the_number():
    one = stranger()
    assert play(one, "STATUS", NUMBER, "0") == ["ask_number"]
    assert play(one, NUMBER, "123456") == ["status_one"]
    assert play(one, "BATAL", "STATUS", "0") == ["menu"]


def test_whose_address_is_proven_is_asked_for_no_code():
    one = Person()
    one.report = MINE
    assert one.say(f"STATUS {NUMBER}") == ["status_one"]
    assert one.say(f"JADWAL {NUMBER}") == ["ask_seat"]
    assert not count(one, SendCode)
    assert one.say(f"JADWAL {OTHER}") == ["ask_code"]


def test_the_key_of_a_code_is_the_messages_own():
    keys = set()
    for address in (PHONE, OTHER_PHONE):
        one = stranger(address)
        play(one, "STATUS", NUMBER)
        one.say(f"STATUS {NUMBER}")
        keys |= {effect.key for effect in one.done if isinstance(effect, SendCode)}
    assert len(keys) == 4


# -- words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [f"STATUS {NUMBER}", f"{NUMBER} status", f"Status:\n{NUMBER}", f"{NUMBER}, STATUS.",
     f"Nomor pendaftaran: {NUMBER} status", f"no. {NUMBER.replace('-', ' ')} STATUS?",
     f"status {NUMBER.replace('-', '').lower()}", f"mohon status utk {NUMBER} terima kasih"],
)  # fmt: skip
def test_a_question_about_a_number(text):
    assert KEYWORDS.inquiry(text) == Inquiry("status", NUMBER)
    assert KEYWORDS.inquiry(text.lower().replace("status", "Jadwal")) == Inquiry(
        "appointment", NUMBER
    )


@pytest.mark.parametrize(
    "text", ["", "STATUS", NUMBER, f"STATUS JADWAL {NUMBER}", f"STATUS {NUMBER} {OTHER}",
             f"STATUS {NUMBER[:-1]}", "STATUS 3204115706960001", f"DAFTAR {NUMBER}"]
)  # fmt: skip
def test_anything_else_is_no_question_about_a_number(text):
    assert KEYWORDS.inquiry(text) is None


def test_a_question_about_a_number_is_short():
    text = f"STATUS {NUMBER}"
    for size, asked in ((INQUIRY_LENGTH_MAX, True), (INQUIRY_LENGTH_MAX + 1, False)):
        assert bool(KEYWORDS.inquiry(text.ljust(size, "."))) is asked
        assert bool(KEYWORDS.find_number(text.ljust(size, "."))) is asked


@pytest.mark.parametrize(
    ("text", "code"),
    [("123456", "123456"), ("Kode: 123456.", "123456"), ("123 456", "123456"),
     ("12-34-56", "123456"), ("1234567", None), ("12345", None), ("123456 654321", None),
     ("", None), ("\u0661\u0662\u0663\u0664\u0665\u0666", None)],
)  # fmt: skip
def test_a_code_among_words(text, code):
    assert find_code(text) == code


# -- letters ---------------------------------------------------------------------------------


def test_a_letter_with_a_number_is_answered_after_its_code():
    one = stranger(MAILBOX)
    assert body(one.write(f"STATUS {NUMBER}")) == ["ask_code"]
    assert last(one, SendCode).address == MAILBOX
    assert body(one.write("Kode saya 123456")) == ["status_one"]


def test_a_letter_without_a_number_is_asked_for_it():
    one = stranger(MAILBOX)
    assert body(one.write("JADWAL")) == ["letter_ask_number"]
    assert body(one.write("halo")) == ["number_mistyped", "letter_ask_number"]
    assert body(one.write(f"Nomor pendaftaran: {NUMBER}")) == ["ask_code"]


def test_letters_choose_as_messages_do_days_apart():
    one = stranger(MAILBOX)
    play_ = [f"{NUMBER} jadwal", "123456", "3", "RSUD Coblong", "1", "2"]
    heard = [body(one.write(text)) for text in play_]
    assert heard == [["ask_code"], ["ask_seat"], ["ask_facility"], ["ask_date"], ["ask_time"],
                     ["confirm_booking"]]  # fmt: skip
    assert body(one.write("ya")) == ["booked"]
    assert last(one, Book).address == MAILBOX
    assert last(one, Book).channel is Channel.EMAIL


def test_an_answer_that_cannot_be_read_is_asked_for_again():
    one = stranger(MAILBOX)
    for text in (f"JADWAL {NUMBER}", "123456"):
        one.write(text)
    assert body(one.write("")) == ["choice_unclear", "ask_seat"]


def test_a_registration_in_the_midst_of_a_visit_is_one():
    one = stranger(MAILBOX)
    one.write("JADWAL")
    heard = one.write(nik="3204115706960001", full_name="SITI AMINAH")
    assert "letter_incomplete" in heard
    assert one.session.visit is None
    assert "letter_missing_profession" in one.write("DAFTAR")


def test_register_by_letter_asks_for_everything_at_once():
    for words in (("DAFTAR",), ("STATUS", "1"), ("JADWAL", "daftar")):
        one = stranger(MAILBOX)
        heard = [one.write(word) for word in words][-1]
        assert [key for key in heard if key.startswith("letter_missing")] == [
            f"letter_missing_{key}" for key in ("nik", "full_name", "profession", "phone")
        ]


def test_a_page_of_a_letter_is_framed_once():
    one = stranger(MAILBOX)
    one.write("JADWAL")
    assert one.write("98").count("letter_greeting") == 1


def test_a_visit_taken_up_after_its_proof_is_proven_again():
    one = stranger()
    play(one, "JADWAL", NUMBER, "123456", "3")
    one.wait(seconds=PROVEN_SECONDS)
    assert one.say("halo") == ["resume_visit"]
    assert one.say("1") == ["ask_code"]
