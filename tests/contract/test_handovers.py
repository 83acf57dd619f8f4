"""One form on two devices by a code, on the SQL that ships: SQLite, PostgreSQL."""

import asyncio

import pytest

from core.handovers.rules import (
    BROWSERS_PER_PHONE_MAX,
    CODE_SECONDS,
    CODES_PER_BROWSER_MAX,
    GUESSES_A_DAY_MAX,
    GUESSES_AN_HOUR_MAX,
)
from core.messages import Address, AddressKind, Channel, UssdSession
from tests.fixtures.handovers import (
    ALIASES,
    BROWSER,
    FORMS,
    LINKED,
    OTHER_NAME,
    OTHER_NIK,
    RECORDS,
    STRANGER,
    confirmed,
    half_filled,
    open_desk,
)
from tests.scripts import (
    CAMPAIGN,
    NIK,
    PHONE,
    inbound,
)


@pytest.fixture
def desk(database):
    return open_desk(database)


# What is half filled goes on.


async def test_a_form_goes_on_at_the_same_question_on_the_phone_and_back_in_the_browser(desk):
    await half_filled(desk)
    code = await desk.code()
    assert await desk.dial(f"9*{code}") == ["confirm_handover"]
    assert desk.arg("person") == "@text:SITI A., NIK ..0001"
    assert await desk.dial(f"9*{code}*1") == ["handover_done", "ask_profession"]
    assert await desk.alias() == PHONE
    assert await desk.take("halo", channel=Channel.WHATSAPP) == ["resume"]
    assert await desk.take("1", channel=Channel.WHATSAPP) == ["ask_profession"]
    assert await desk.browse("2") == ["confirm"]
    assert await desk.browse("1") == ["registered"]
    [(_, standing, phone)] = await desk.rows(RECORDS)
    assert (standing, phone) == ("held", PHONE.value)
    assert await desk.rows(LINKED) == [("phone", PHONE.value, 1)]


async def test_a_form_that_names_no_phone_goes_to_whoever_has_the_code_and_none_after(desk):
    await half_filled(desk)
    code = await desk.code()
    for phone in (PHONE, STRANGER):
        assert await desk.take(f"KODE {code}", phone) == ["confirm_handover"]
    assert await desk.take("1", STRANGER) == ["handover_done", "ask_profession"]
    assert await desk.take("1", PHONE) == ["handover_wrong"]
    assert await desk.alias() == STRANGER


@pytest.mark.parametrize(
    "leave", [{"text": "0"}, {"answers": {"profession": "2"}}, {"text": "STATUS"}]
)
async def test_what_is_typed_after_a_code_was_shown_is_lost_to_no_phone(desk, leave):
    await half_filled(desk)
    code = await desk.code()
    assert (await desk.browse(**leave))[0] == "handover_withdrawn"
    assert await desk.take(f"KODE {code}") == ["handover_wrong", "ask_handover_code"]
    code = await desk.code()
    assert await desk.take(f"KODE {code}") == ["confirm_handover"]
    assert (await desk.take("1"))[0] == "handover_done"
    assert await desk.alias() == PHONE


async def test_a_page_that_is_left_too_late_withdraws_nothing(desk):
    await half_filled(desk)
    await desk.take(f"KODE {await desk.code()}")
    assert await desk.take("1") == ["handover_done", "ask_profession"]
    late = inbound("0", n=900, at=desk.now, address=BROWSER, channel=Channel.WEB, opens=False)
    assert (await desk.pipeline.handle(late)).prompts[0].key == "ask_profession"
    assert await desk.alias() == PHONE


async def test_a_code_of_what_was_confirmed_is_good_after_its_page_was_left(desk):
    number, code = await confirmed(desk)
    await desk.browse("0")
    await desk.take(f"KODE {code}")
    assert await desk.take("1") == ["handover_registered"]
    assert desk.arg("number") == number


async def test_a_browser_without_a_form_is_linked_too_and_the_phone_keeps_its_own(desk):
    await desk.take("DAFTAR")
    await desk.take("1")
    code = await desk.code()
    assert await desk.take(f"kode: {code[:4]} {code[4:]}") == ["confirm_handover_bare"]
    assert await desk.take("ya") == ["handover_done"]
    assert await desk.take("halo") == ["resume"]


async def test_a_phone_is_asked_before_its_own_form_is_replaced(desk):
    await half_filled(desk)
    code = await desk.code()
    for word in ("DAFTAR", "1", OTHER_NIK, OTHER_NAME):
        await desk.take(word)
    assert await desk.take(f"KODE {code}") == ["confirm_handover_replaces"]
    assert await desk.take("2") == ["handover_refused"]
    assert await desk.take("halo") == ["resume"]
    assert await desk.alias() is None


async def test_a_code_that_a_person_refused_is_wrong_from_their_phone_and_good_from_others(desk):
    await half_filled(desk)
    code = await desk.code()
    assert await desk.take(f"KODE {code}") == ["confirm_handover"]
    assert await desk.take("2") == ["handover_refused"]
    for _ in range(GUESSES_AN_HOUR_MAX + 1):  # it is no guess
        assert await desk.take(f"KODE {code}") == ["handover_wrong", "ask_handover_code"]
    assert await desk.dial(f"9*{code}") == ["handover_wrong", "ask_handover_code"]
    assert await desk.take(f"KODE {code}", STRANGER) == ["confirm_handover"]
    await desk.browse("0")
    assert await desk.take(f"KODE {await desk.code()}") == ["confirm_handover"]


async def test_whoever_only_stops_may_send_the_code_again(desk):
    await half_filled(desk)
    code = await desk.code()
    await desk.take(f"KODE {code}")
    assert await desk.take("BATAL") == ["handover_refused"]
    assert await desk.take(f"KODE {code}") == ["confirm_handover"]


# What is confirmed registers.


async def test_the_code_makes_a_claimed_registration_held_under_the_same_number(desk):
    number, code = await confirmed(desk)
    assert await desk.rows(RECORDS) == [(number, "claimed", PHONE.value)]
    assert await desk.take(f"KODE {code}", channel=Channel.WHATSAPP) == ["confirm_handover"]
    assert await desk.take("1", channel=Channel.WHATSAPP) == ["handover_registered"]
    assert desk.arg("number") == number
    assert await desk.rows(RECORDS) == [(number, "held", PHONE.value)]
    assert await desk.rows(LINKED) == [("phone", PHONE.value, 1), ("web", BROWSER.value, 0)]
    assert "status_one" in await desk.browse("STATUS")


async def test_a_code_that_somebody_else_confirmed_twice_over_takes_nothing(desk):
    number, _ = await confirmed(desk)
    other = Address(AddressKind.WEB, "b" * 22)
    await confirmed(desk, other, full_name=OTHER_NAME)
    assert [row[1] for row in await desk.rows(RECORDS)] == ["claimed", "contested"]
    code = await desk.code()
    await desk.take(f"KODE {code}")
    assert await desk.take("1") == ["handover_registered"]
    assert desk.arg("number") == number


async def test_a_new_code_of_what_was_confirmed_is_good_and_the_old_one_is_not(desk):
    number, old = await confirmed(desk)
    assert await desk.browse("2") == ["show_code"]
    new = desk.arg("code")
    assert new != old
    assert await desk.take(f"KODE {old}") == ["handover_wrong", "ask_handover_code"]
    assert await desk.take(new) == ["confirm_handover"]
    assert await desk.take("1") == ["handover_registered"]
    assert desk.arg("number") == number


async def test_the_page_that_shows_a_code_says_that_it_has_not_come_and_leads_back(desk):
    await half_filled(desk)
    await desk.code()
    assert await desk.browse("1") == ["handover_not_yet", "show_code"]
    assert await desk.browse("0") == ["handover_withdrawn", "ask_profession"]
    await confirmed(desk)
    assert await desk.browse("0") == ["menu"]


async def test_who_has_sent_an_expired_code_is_shown_another(desk):
    number, old = await confirmed(desk)
    desk.wait(seconds=CODE_SECONDS)
    assert await desk.browse("1") == ["handover_wrong", "show_code"]
    assert desk.arg("code") != old
    assert await desk.take(f"KODE {desk.arg('code')}") == ["confirm_handover"]
    assert await desk.take("1") == ["handover_registered"]
    assert desk.arg("number") == number


# Guessing, phishing, replay.


async def test_a_wrong_a_spent_an_expired_and_a_foreign_code_are_answered_alike(desk):
    _, code = await confirmed(desk)
    wrong = ["handover_wrong", "ask_handover_code"]
    assert await desk.take("KODE 99999999", STRANGER) == wrong
    assert await desk.take(f"KODE {code}", STRANGER) == wrong
    chat = Address(AddressKind.WHATSAPP, "ID.1")  # whose number nobody sees
    assert await desk.take(f"KODE {code}", chat, Channel.WHATSAPP) == wrong
    await desk.take(f"KODE {code}")
    await desk.take("1")
    assert await desk.take(f"KODE {code}") == wrong
    code = await desk.code(Address(AddressKind.WEB, "b" * 22))
    desk.wait(seconds=CODE_SECONDS - 2)
    assert await desk.take(f"KODE {code}") == ["confirm_handover_bare"]
    desk.wait(seconds=2)
    assert await desk.take("1") == ["handover_wrong"]
    assert await desk.take(f"KODE {code}") == wrong
    assert [value for _, value in await desk.rows(ALIASES)] == [PHONE.value]


async def test_guesses_of_a_phone_are_bounded_in_an_hour_and_a_day(desk):
    _, code = await confirmed(desk)
    for hour in range(GUESSES_A_DAY_MAX // GUESSES_AN_HOUR_MAX):
        for guess in range(GUESSES_AN_HOUR_MAX):
            assert (await desk.take(f"KODE {guess}{hour:07}"))[0] == "handover_wrong"
        code = await desk.code()
        assert await desk.take(f"KODE {code}") == ["handover_too_many"]
        desk.wait(hours=1)
    assert await desk.take("KODE 00000009") == ["handover_too_many"]
    assert await desk.take("KODE 00000009", STRANGER) == ["handover_wrong", "ask_handover_code"]
    desk.wait(days=1)
    code = await desk.code()
    assert (await desk.take(f"KODE {code}"))[0].startswith("confirm_handover")


async def test_what_is_dialled_behind_a_code_answers_no_screen(desk):
    await half_filled(desk)
    code = await desk.code()
    assert await desk.dial(f"9*{code}*1") == ["confirm_handover"]
    assert await desk.alias() is None
    alone = {"accumulates": False, "hop": "1"}
    dialled = UssdSession("other", f"9*{code}*1", **alone)
    heard = await desk.take("", STRANGER, Channel.USSD, ussd=dialled, opens=True)
    assert heard == ["confirm_handover"]
    assert await desk.alias() is None


async def test_a_code_is_dialled_through_whatever_the_phone_was_asked_before(desk):
    for word in ("DAFTAR", "1", NIK):
        await desk.take(word)
    code = await desk.code()
    assert await desk.dial(f"9*{code}") == ["confirm_handover_bare"]


async def test_the_same_yes_delivered_again_gets_the_same_answer_and_links_once(desk):
    number, code = await confirmed(desk)
    await desk.take(f"KODE {code}")
    yes = inbound("1", n=500, at=desk.now)
    first = await desk.pipeline.handle(yes)
    assert await desk.pipeline.handle(yes) == first
    assert await desk.rows(RECORDS) == [(number, "held", PHONE.value)]


async def test_two_phones_say_yes_at_once_and_one_of_them_gets_the_form(desk):
    await half_filled(desk)
    code = await desk.code()
    for phone in (PHONE, STRANGER):
        await desk.take(f"KODE {code}", phone)
    both = [inbound("1", n=700, at=desk.now, address=one) for one in (PHONE, STRANGER)]
    said = await asyncio.gather(*map(desk.pipeline.handle, both))
    keys = sorted(one.prompts[0].key for one in said)
    assert keys == ["handover_done", "handover_wrong"]
    assert len(await desk.rows(ALIASES)) == 1


async def test_a_linked_browser_links_no_other(desk):
    first, second = BROWSER, Address(AddressKind.WEB, "b" * 22)
    await desk.take(f"KODE {await desk.code(first)}")
    await desk.take("1")
    code = await desk.code(second)
    assert "handover_linked" in await desk.browse("KODE", first)
    assert "handover_linked" in await desk.browse(f"KODE {code}", first)
    assert await desk.alias(second) is None


async def test_codes_of_a_browser_are_bounded_in_a_day(desk):
    for _ in range(CODES_PER_BROWSER_MAX):
        await desk.code()
    last = desk.arg("code")
    assert await desk.browse("KODE") == ["handover_too_many", "show_code"]
    assert await desk.take(f"KODE {last}") == ["confirm_handover_bare"]
    assert await desk.browse("00") == ["handover_withdrawn", "menu"]
    assert await desk.browse("KODE") == ["handover_too_many"]
    desk.wait(days=1)
    await desk.code()


async def test_a_phone_keeps_its_newest_browsers(desk):
    browsers = [Address(AddressKind.WEB, f"{n}" * 22) for n in range(BROWSERS_PER_PHONE_MAX + 1)]
    for one in browsers:
        await desk.take(f"KODE {await desk.code(one)}")
        await desk.take("1")
    kept = [browser for browser, _ in await desk.rows(ALIASES)]
    assert kept == [one.value for one in browsers[1:]]


async def test_a_link_ends_with_the_life_of_a_conversation(desk):
    await desk.take(f"KODE {await desk.code()}")
    await desk.take("1")
    desk.wait(seconds=CAMPAIGN.limits.session_ttl_seconds - 1)
    assert await desk.alias() == PHONE
    desk.wait(seconds=1)
    assert await desk.alias() is None


async def test_a_letter_has_neither_code_nor_link(desk):
    mail = Address(AddressKind.EMAIL, "siti@klinik.example")
    for word in ("KODE", "WEB", "KODE 12345678"):
        heard = await desk.take(word, mail, Channel.EMAIL, confirms=True, authentic=True)
        assert not {"show_code", "web_link", "confirm_handover"} & set(heard)
    assert await desk.rows(FORMS) == []
