"""What a page shows beside its question: tickets, a search, a letter; and what it never titles."""

import re

import pytest

from channels.web.controls import PERSONAL
from channels.web.screens import Screens
from core.messages import Prompt, Reply
from core.wording.catalog import load_wording
from tests.scripts import CAMPAIGN, NAME, NIK, NUMBER, WORDING

SCREENS = Screens(WORDING, CAMPAIGN)
FACTS = {"number": NUMBER, "place": "@text:Puskesmas", "address": "@text:Jl. Dago 1"}
WHEN = {"date": "@date:2021-01-20", "time": "@time:2021-01-20T08:00+07:00"}
VALUES = {"nik": NIK, "full_name": NAME, "phone": "+6281211110001", "number": NUMBER}
KEYS = sorted(WORDING.phrases("id", "long").keys() - {"show_code"})  # a code names nobody


def screen(*prompts, language="id"):
    return SCREENS.of(Reply(prompts, language))


@pytest.mark.parametrize("key", ["booked", "booking_changed", "status_appointment"])
def test_what_tells_of_an_appointment_links_to_its_ticket(key):
    told = Prompt(key, {**FACTS, **WHEN, "ticket": f"{NUMBER}-7K3M9QXC"})
    assert screen(told).tickets == (f"{NUMBER}-7K3M9QXC",)
    assert screen(Prompt(key, {**FACTS, **WHEN})).tickets == ()


@pytest.mark.parametrize("language", WORDING.languages)
def test_a_page_names_no_word_to_send(language):
    for key in ("booked", "booking_changed", "registered_not_listed", "status_none"):
        shown = screen(Prompt(key, {**FACTS, **WHEN}), language=language)
        said = " ".join((shown.title, *shown.lead))
        assert not {"JADWAL", "DAFTAR", "STATUS"} & set(said.replace(".", "").split()), key


def test_whoever_is_not_listed_can_send_a_letter():
    assert screen(Prompt("registered_not_listed", {"number": NUMBER})).appeals
    assert not screen(Prompt("registered", {"number": NUMBER})).appeals


def test_a_place_is_chosen_searched_for_or_near():
    asked = screen(Prompt("ask_facility", choices=("text:Puskesmas", "text:RSUD")))
    assert (asked.searched, asked.near, asked.control) == (True, True, None)
    assert asked.values == ("1 Puskesmas", "2 RSUD")
    known = screen(Prompt("ask_facility", choices=("text:Puskesmas",)).in_words())
    assert (known.searched, known.near) == (True, False)


def test_each_place_has_a_link_to_a_map_by_its_name_and_town():
    choices = ("place:RSUD Coblong\t, Kota Bandung (<1 km)", "text:Puskesmas A & B")
    assert screen(Prompt("ask_facility", choices=choices)).maps == (
        "https://www.openstreetmap.org/search?query=RSUD%20Coblong%2C%20Kota%20Bandung",
        "https://www.openstreetmap.org/search?query=Puskesmas%20A%20%26%20B",
    )
    assert screen(Prompt("ask_date", choices=("date:2021-01-20",))).maps == ()


def test_a_status_offers_what_can_be_done():
    one = {"number": NUMBER, "full_name": f"@text:{NAME}", "status": "@status_verified"}
    assert screen(Prompt("status_one", one)).manages
    assert not screen(Prompt("status_none")).manages
    gone = {**one, "status": "@status_withdrawn"}
    assert screen(Prompt("status_one", gone)).manages == ("looks", "leave")
    assert "correct" in screen(Prompt("status_one", gone), Prompt("status_one", one)).manages


def test_a_proven_phone_is_told_of_with_its_number_once():
    told = screen(Prompt("handover_registered", {"number": NUMBER}))
    assert (told.title, told.number) == ("HP Anda terbukti", NUMBER)
    assert NUMBER not in " ".join(told.lead)


def test_whoever_is_being_checked_is_not_sent_to_register_again():
    told = screen(Prompt("received", {"number": NUMBER}))
    assert told.lead == ("Data Anda sedang diperiksa. Simpan nomor ini.",)


@pytest.mark.parametrize("language", WORDING.languages)
def test_no_title_says_who_somebody_is(language):
    """Browsers keep titles, and show them to whoever uses the phone next."""
    who = {name: VALUES.get(name, NAME) for name in {*PERSONAL, "number"}}
    for key in KEYS:
        for told in (who, *({name: value} for name, value in who.items())):
            for choices in ((), ("yes", "no")):
                prompt = Prompt(key, {"code": "12345678", **told}, choices)
                title = screen(prompt, language=language).title
                assert not any(value in title for value in told.values()), key


# What is sent first, or by letter: no page says it. What only a phone itself can do is told so.
SENT = (
    *("letter_", "list_", "ticket_", "reminder_", "site_", "notice", "case_", "invitation"),
    *("poster", "verification_"),
)
SENT_TOO = {"registered_sms_not_listed", "seat_offered", "number_moved", "flow_hint", "late"}
FROM_A_PHONE = {"show_code", "looks_by_phone", "phone_road"}
EVERY = load_wording(None, CAMPAIGN.model_copy(update={"languages": ("id", "en", "jv")}))
ANSWERING = re.compile(r"\b(balas|membalas|reply|replying|bales|wangsuli (1|YA))\b", re.IGNORECASE)
COMMANDS = frozenset(
    word.upper()
    for key in (
        *("menu", "register", "status", "appointment", "correct", "leave", "looks", "help"),
        *("cancel", "stop", "start", "code"),
    )
    for word in EVERY.typed.words(f"command_{key}")
)


@pytest.mark.parametrize("language", EVERY.languages)
def test_no_page_tells_people_to_send_a_word(language):
    screens = Screens(EVERY, CAMPAIGN)
    for key in KEYS:
        if key.startswith(SENT) or key in SENT_TOO | FROM_A_PHONE:
            continue
        choices = ("yes", "no") if key.startswith(("ask_", "confirm_")) else ()
        shown = screens.of(Reply((Prompt(key, choices=choices),), language))
        said = " ".join((shown.title, *shown.lead, *shown.notes, *shown.mistakes))
        assert not COMMANDS & set(re.findall(r"\w+", said)), key
        assert not ANSWERING.search(said), key


def test_an_erasure_can_be_stopped_where_it_is_told():
    told = {"date": "@date:2021-01-20", "time": "@time:2021-01-20T08:00+07:00", "receipt": "1"}
    assert screen(Prompt("erasing", told)).keeps
    assert screen(Prompt("next_erased", told)).keeps
    assert not screen(Prompt("withdrawn", {"number": NUMBER})).keeps


@pytest.mark.parametrize("language", EVERY.languages)
def test_a_title_names_no_case(language):
    told = Prompt("appeal_case", {"case": "ZQ13-V74N", "date": "@date:2021-01-20"})
    shown = Screens(EVERY, CAMPAIGN).of(Reply((told,), language))
    assert "ZQ13" not in shown.title
    assert "ZQ13-V74N" in " ".join(shown.lead)
