"""The profession of somebody whom the roster lists: a chat does not ask for it."""

import pytest

from core.messages import Channel
from core.roster.requests import FindProfession, FoundProfession
from tests.scripts import NAME, NIK, Person


def person(written="Perawat Pelaksana"):
    one = Person()
    one.found[FindProfession] = FoundProfession(written=written)
    return one


def chat(one, *words):
    return [one.say(word, Channel.WHATSAPP) for word in words][-1]


def test_a_chat_asks_for_nik_and_name_alone():
    one = person()
    assert chat(one, "DAFTAR", NIK) == ["ask_full_name"]
    assert chat(one, NAME) == ["confirm_consent"]
    assert one.session.answers["profession"] == "perawat"
    assert chat(one, "1") == ["registered"]


def test_a_greeting_is_greeted():
    said = f"Assalamualaikum saya Siti Aminah mau daftar NIK {NIK}"
    assert chat(person(), said) == ["greet_salam", "confirm_consent"]
    assert chat(person(""), said) == ["greet_salam", "ask_profession"]


def test_a_profession_may_be_changed_and_is_not_looked_up_again():
    one = person()
    chat(one, "DAFTAR", NIK, NAME)
    assert chat(one, "ubah", "3") == ["ask_profession"]
    assert chat(one, "1") == ["confirm_consent"]
    assert one.session.answers["profession"] == "dokter"
    assert sum(isinstance(effect, FindProfession) for effect in one.done) == 1


@pytest.mark.parametrize("written", ["", "Staf IGD", "perawat/bidan", "lainnya"])
def test_what_the_roster_does_not_tell_for_sure_is_asked(written):
    one = person(written)
    assert chat(one, "DAFTAR", NIK, NAME) == ["ask_profession"]
    assert chat(one, "2") == ["confirm_consent"]


def test_who_consents_first_is_asked_in_the_order_of_the_form():
    one = person()
    assert chat(one, "DAFTAR", "1", NIK, NAME) == ["ask_profession"]
    assert one.done == []


@pytest.mark.parametrize("channel", [Channel.SMS])
def test_elsewhere_the_form_asks_its_questions_in_their_order(channel):
    one = person()
    for word in ("DAFTAR", "1", NIK):
        one.say(word, channel)
    assert one.say(NAME, channel) == ["ask_profession"]
    assert one.done == []
