"""What a phone is asked of a code, and how it goes on with the form."""

import pytest

from core.conversation.handover.taking import dialled_code
from core.handovers.requests import CodeRead, FormTaken, ReadCode, TakeForm
from core.messages import Address, AddressKind, Channel
from tests.scripts import NAME, NIK, SHOWN, Person, play

ASKED = f"KODE {SHOWN}"


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (("9", SHOWN), SHOWN),
        (("9", SHOWN, "1"), SHOWN),  # what follows is left alone
        (("9",), None),
        ((), None),
        (("1", SHOWN), None),
        (("9", "1234567"), None),
        (("9", "nine"), None),
    ],
)
def test_a_code_is_dialled_behind_a_nine(texts, code):
    assert dialled_code(texts) == code


def test_the_phone_is_told_whose_form_it_is_before_anything_is_linked():
    one = Person()
    assert one.say(ASKED) == ["confirm_handover"]
    assert one.reply.prompts[0].args["person"] == "@text:SITI A., NIK ..0001"
    assert [type(effect) for effect in one.done] == [ReadCode]


@pytest.mark.parametrize(
    ("read", "heard"),
    [
        (CodeRead(verdict="wrong"), ["handover_wrong", "ask_handover_code"]),
        (CodeRead(verdict="too_many", again_at=0), ["handover_too_many"]),
        (CodeRead(verdict="right"), ["confirm_handover_bare"]),
        (CodeRead(verdict="right", person="X", replaces=True), ["confirm_handover_replaces"]),
    ],
)
def test_what_a_code_comes_to(read, heard):
    one = Person()
    one.found[ReadCode] = read
    assert one.say(ASKED) == heard


def test_no_links_nothing():
    one = Person()
    one.say(ASKED)
    assert one.say("2") == ["handover_refused"]
    assert not any(isinstance(effect, TakeForm) for effect in one.done)
    assert one.say(ASKED) == ["handover_wrong", "ask_handover_code"]


def test_a_form_goes_on_at_the_first_question_that_it_lacks():
    one = Person()
    one.found[TakeForm] = FormTaken(answers={"nik": NIK, "full_name": NAME})
    assert play(one, ASKED, "1")[0] == "handover_done"
    assert one.session.stage == "asking"
    assert one.session.question not in ("nik", "full_name")


def test_a_code_that_was_spent_meanwhile_links_nothing():
    one = Person()
    one.found[TakeForm] = FormTaken(gone=True)
    assert play(one, ASKED, "1") == ["handover_wrong"]


def test_the_phone_that_the_form_names_gives_way_to_the_phone_itself():
    one = Person()
    one.found[TakeForm] = FormTaken(answers={"nik": NIK, "phone": "+6281299990009"})
    play(one, ASKED, "1")
    assert "phone" not in one.session.answers


def test_a_chat_whose_number_nobody_sees_keeps_the_phone_that_was_written():
    chat = Person(address=Address(AddressKind.WHATSAPP, "ID.1"))
    chat.found[TakeForm] = FormTaken(answers={"nik": NIK, "phone": "+6281299990009"})
    for word in (ASKED, "1"):
        chat.say(word, Channel.WHATSAPP)
    assert chat.session.answers["phone"] == "+6281299990009"
