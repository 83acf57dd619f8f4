"""What a browser shows: a code, the ways to send it, and that it has not come yet."""

from core.handovers.requests import CodeShown, ShowCode
from core.handovers.rules import CODE_SECONDS
from core.messages import Address, AddressKind, Channel
from tests.scripts import NIK, SHOWN, Person

BROWSER = Address(AddressKind.WEB, "a" * 22)


def browse(*words):
    browser = Person(address=BROWSER)
    for word in words:
        browser.say(word, Channel.WEB)
    return browser


def shows(browser):
    return [one for one in browser.done if isinstance(one, ShowCode)]


def test_a_code_hands_over_what_is_filled_in_so_far():
    browser = browse("DAFTAR", "1", NIK, "KODE")
    [shown] = shows(browser)
    assert shown.answers["nik"] == NIK
    assert (shown.intent, shown.phone) == (None, "")


def test_the_ways_to_send_a_code_follow_from_the_campaign_and_are_not_kept():
    [prompt] = browse("KODE").reply.prompts
    assert (set(prompt.args), prompt.args["code"]) == ({"code", "time"}, SHOWN)


def test_the_time_until_which_it_is_good_is_that_of_the_clock_in_jakarta():
    browser = Person(address=BROWSER)
    browser.found[ShowCode] = CodeShown(code=SHOWN, until=CODE_SECONDS)
    browser.say("KODE", Channel.WEB)
    assert browser.reply.prompts[0].args["time"] == "@time:1970-01-01T07:30+07:00"


def test_a_code_too_many_says_when_the_next_may_be_asked_for():
    browser = Person(address=BROWSER)
    browser.found[ShowCode] = CodeShown(until=CODE_SECONDS)
    assert browser.say("KODE", Channel.WEB) == ["handover_too_many"]


def test_the_page_waits_draws_another_and_leads_back_to_the_question():
    browser = browse("DAFTAR", "1", "KODE")
    assert browser.say("1", Channel.WEB) == ["handover_not_yet", "show_code"]
    assert browser.say("2", Channel.WEB) == ["show_code"]
    assert len(shows(browser)) == 2
    assert browser.say("0", Channel.WEB) == ["handover_withdrawn", "ask_nik"]


def test_without_a_form_it_leads_back_to_the_menu():
    assert browse("KODE").say("0", Channel.WEB) == ["handover_withdrawn", "menu"]
