"""Answers that come all at once and confirm themselves, by a letter or otherwise.

What a letter is besides (framed, forgeable) follows from where it came, not from that.
"""

import pytest

from core.messages import Address, AddressKind, Channel
from core.registration.requests import Register
from tests.scripts import CAMPAIGN, MAILBOX, NAME, NIK, PHONE, START, Person

PAGE = Address(AddressKind.WEB, "a token of ours")
WHOLE = {"nik": NIK, "full_name": NAME, "profession": "2", "phone": PHONE.value}


def submit(person, **answers):
    return person.say("", Channel.WEB, confirms=True, answers=answers)


def test_a_page_registers_at_once_and_is_answered_without_a_frame():
    person = Person(address=PAGE)
    assert submit(person, **WHOLE) == ["registered", "show_code"]
    registered = person.done[0]
    assert isinstance(registered, Register)
    assert registered.intent.consent_at == person.now


def test_a_page_that_nobody_can_forge_is_gone_on_with_without_a_token():
    person = Person(address=PAGE)
    heard = submit(person, nik=NIK, full_name=NAME, profession="2")
    assert [key for key in heard if key.startswith("letter_missing")] == ["letter_missing_phone"]
    assert not {"letter_greeting", "letter_signature"} & set(heard)
    assert person.reply.proof == ""
    assert submit(person, phone=PHONE.value) == ["registered", "show_code"]


@pytest.mark.parametrize(
    ("address", "channel", "confirms", "many"),
    [
        (MAILBOX, Channel.EMAIL, True, CAMPAIGN.limits.max_per_mailbox),
        (MAILBOX, Channel.EMAIL, False, CAMPAIGN.limits.max_per_mailbox),
        (PAGE, Channel.WEB, True, CAMPAIGN.limits.turns_per_hour_max),
    ],
)
def test_the_turns_of_an_hour_are_more_only_where_anybody_can_use_them_up(
    address, channel, confirms, many
):
    person = Person(address=address)
    for _ in range(many):
        person.now = START
        assert "too_many_turns" not in person.say("MENU", channel, confirms=confirms)
    person.now = START
    assert person.say("MENU", channel, confirms=confirms) == ["too_many_turns"]


def test_a_mailbox_goes_on_only_with_its_token_whether_or_not_it_confirms():
    person = Person(address=MAILBOX)
    person.say("", Channel.EMAIL, confirms=True, answers={"nik": NIK})
    person.say(NAME, Channel.EMAIL)
    assert NIK not in person.session.answers.values()


@pytest.mark.parametrize(
    ("opens", "heard"), [(True, "resume"), (False, "ask_full_name"), (None, "ask_full_name")]
)
def test_a_message_may_say_that_it_opens(opens, heard):
    person = Person()
    for word in ("halo", "1", "1"):
        person.say(word)
    person.say(NIK)
    assert person.say("1", opens=opens)[-1] == heard


@pytest.mark.parametrize(("opens", "heard"), [(None, "resume"), (False, "ask_full_name")])
def test_a_message_may_say_that_it_goes_on_however_late(opens, heard):
    person = Person()
    for word in ("halo", "1", "1", NIK):
        person.say(word)
    person.wait(seconds=CAMPAIGN.limits.resume_after_seconds)
    assert person.say("halo", opens=opens) == [heard]
