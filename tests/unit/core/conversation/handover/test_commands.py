"""`KODE` and `WEB`, heard in a browser, on a phone and in a letter."""

from core.handovers.requests import GiveLink, LinkGiven, ShowCode
from core.messages import Address, AddressKind, Channel
from tests.scripts import LINK, MAILBOX, SHOWN, Person, play

BROWSER = Address(AddressKind.WEB, "a" * 22)


def test_kode_shows_a_code_in_a_browser_and_asks_a_phone_for_one():
    browser, phone = Person(address=BROWSER), Person()
    assert browser.say("KODE", Channel.WEB) == ["show_code"]
    assert browser.reply.prompts[0].args["code"] == SHOWN
    assert phone.say("KODE") == ["ask_handover_code"]
    assert phone.done == []


def test_a_browser_that_speaks_as_its_phone_links_no_other():
    linked = Person()
    assert linked.say("KODE", Channel.WEB) == ["handover_linked", "menu"]
    assert linked.done == []


def test_a_letter_is_told_how_to_get_help():
    clinic = Person(address=MAILBOX)
    for word in ("KODE", "WEB"):
        heard = clinic.say(word, Channel.EMAIL, confirms=True, authentic=True)
        assert not {"show_code", "web_link"} & set(heard)
    assert not any(isinstance(one, ShowCode | GiveLink) for one in clinic.done)


def test_a_link_leaves_the_conversation_where_it_is():
    one = Person()
    play(one, "DAFTAR", "1")
    assert one.say("WEB") == ["web_link"]
    assert one.reply.prompts[0].args == {"link": LINK}
    assert one.session.question == "nik"


def test_a_link_too_many_says_when_the_next_may_be_asked_for():
    one = Person()
    one.found[GiveLink] = LinkGiven(until=int(one.now.timestamp()) + 3_600)
    assert one.say("WEB") == ["handover_too_many"]
    assert set(one.reply.prompts[0].args) == {"date", "time"}
