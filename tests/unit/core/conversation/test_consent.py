"""Each intent says in which words consent was asked for."""

from hashlib import blake2b

import pytest
from msgspec.structs import replace

from core.conversation.consent import DIGEST_BYTES, SHOWN, known_consents, mark
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.registration.intent import Consent, RegistrationIntent
from core.registration.requests import Register
from core.wording.catalog import load_wording
from tests.scripts import CAMPAIGN, CONSENTS, MAILBOX, NAME, NIK, WORDING, Person, play

FORM = ("1", "1", NIK, NAME, "2")
ASKED = Prompt("ask_consent", choices=("agree", "disagree"))
CONFIRMED = Prompt("confirm_consent", choices=("yes", "change"))
WHOLE = {"nik": NIK, "full_name": NAME, "profession": "bidan", "phone": "+6281211110001"}


def words(prompt, language, style):
    return WORDING.text(Reply((prompt,), language), style)


def shown(channel, language, text):
    return {
        "version": CAMPAIGN.consent_version,
        "channel": channel,
        "language": language,
        "digest": blake2b(text.encode(), digest_size=DIGEST_BYTES).hexdigest(),
    }


def intent_of(person):
    """Return the intent of the registration that the person confirmed last."""
    return person.done[-1].intent


def consent_of(person):
    return intent_of(person).consent.model_dump()


@pytest.mark.parametrize(
    ("channel", "style"), [(Channel.SMS, "short"), (Channel.WHATSAPP, "long")]
)
def test_a_form_keeps_the_words_of_its_first_question(channel, style):
    person = Person()
    for word in ("halo", *FORM, "1"):
        person.say(word, channel)
    assert consent_of(person) == shown(channel, "id", words(ASKED, "id", style))


def test_the_channel_and_language_are_those_in_which_the_person_agreed():
    person = Person()
    person.dial()
    for key in ("1", "1", NIK):
        person.key(key)
    person.say("halo", Channel.WHATSAPP)
    person.say("ENGLISH", Channel.WHATSAPP)
    for word in ("DAFTAR", "1", NAME, "2", "1"):
        person.say(word, Channel.WHATSAPP)
    assert intent_of(person).language == "en"
    assert intent_of(person).channel == "whatsapp"
    assert consent_of(person) == shown("ussd", "id", words(ASKED, "id", "short"))


def test_changing_the_answers_keeps_the_consent():
    person = Person()
    play(person, "halo", *FORM, "2", "3", "3", "1")
    assert consent_of(person) == shown("sms", "id", words(ASKED, "id", "short"))


def test_one_message_is_consented_to_by_its_confirmation():
    person = Person()
    play(person, f"DAFTAR {NIK}#{NAME}#PERAWAT", "1")
    said = words(CONFIRMED, "id", "short")
    assert NIK not in said
    assert consent_of(person) == shown("sms", "id", said)


def test_a_letter_consents_to_the_policy_below_our_letters():
    person = Person(address=MAILBOX)
    person.say("", Channel.EMAIL, confirms=True, answers=WHOLE, language="en")
    policy = words(Prompt("letter_policy"), "en", "long")
    assert consent_of(person) == shown("email", "en", policy)


@pytest.mark.parametrize("language", WORDING.languages)
def test_every_letter_of_ours_says_the_policy(language):
    policy = words(Prompt("letter_policy"), language, "long")
    assert len(policy) > 60
    assert policy in words(Prompt("letter_signature"), language, "long")


def test_another_text_is_another_digest():
    campaign = CAMPAIGN.model_copy(update={"name": {"id": "Polio"}, "consent_version": "2"})
    other = known_consents(campaign, load_wording(None, campaign))
    assert not other.marks.keys() & CONSENTS.marks.keys()
    assert len(CONSENTS.marks) == len(CONSENTS.shown)  # no two have one mark


def test_words_of_another_release_are_known_by_their_mark_alone():
    person = Person()
    play(person, "halo", *FORM)
    person.session = _with_answers(person.session, **{SHOWN: "AbCd"})
    person.say("1")
    assert intent_of(person).consent == Consent(digest="AbCd")


def test_a_form_that_an_older_release_began_has_no_consent_noted():
    person = Person()
    play(person, "halo", *FORM)
    person.session = _with_answers(person.session, **{SHOWN: ""})
    person.say("1")
    assert intent_of(person).consent == Consent()
    assert mark(Consent()) == ""


def test_an_intent_of_an_older_release_is_read():
    person = Person()
    play(person, "halo", *FORM, "1")
    old = intent_of(person).model_dump(mode="json", exclude={"consent"})
    assert RegistrationIntent.model_validate(old).consent == Consent()


def _with_answers(session, **changes):
    return replace(session, answers={**session.answers, **changes})


def test_on_a_page_consent_is_given_to_the_words_of_the_page():
    person = Person(address=Address(AddressKind.WEB, "A" * 22))
    person.say("daftar", Channel.WEB, opens=False)
    for key, value in {"consent": "agree", **WHOLE, "full_name": NAME}.items():
        person.say(channel=Channel.WEB, opens=False, answers={key: value})
    person.say("1", Channel.WEB, opens=False, tapped="Ya", asked="confirm_phone")
    (intent,) = [one.intent for one in person.done if isinstance(one, Register)]
    text = words(Prompt("page_consent"), "id", "long")
    assert intent.consent.model_dump(mode="json") == shown("web", "id", text)
