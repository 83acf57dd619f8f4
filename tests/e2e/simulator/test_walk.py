"""The walk that a stranger takes: one person, on every drawn device, in one page."""

import re

import pytest

from tests.e2e.simulator.drawn import Phone, Thread, fact, open_simulator

SITI = "3204115706960001"
NUMBER = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")
WALK_SECONDS = 120
ANSWERS_MAX = 8  # until a seat is taken


@pytest.mark.timeout(WALK_SECONDS)
def test_one_person_walks_through_every_door(gateway, tab):
    page = tab(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    open_simulator(page, gateway)
    phone, sms, chat = Phone(page), Thread(page, "sms"), Thread(page, "whatsapp")

    phone.dial("1 Daftar")
    phone.pick("Daftar", "Setuju?")
    phone.pick("Setuju", "16 angka NIK")
    phone.answer(SITI, "nama lengkap")
    phone.answer("SITI AMINAH", "Profesi Anda?")
    page.get_by_role("button", name="Drop the call").click()
    page.get_by_role("button", name="+30 min").click()

    chat.say("halo", "belum selesai")
    chat.tap("Lanjutkan", "Apa profesi Anda?")
    chat.choose("Perawat", "Mohon periksa data Anda")
    chat.tap("Ya", "terdaftar")
    number = NUMBER.search(chat.last)[0]

    fact(page, "record").filter(has_text=number).filter(has_text="verified").wait_for()
    assert fact(page, "record").count() == 1

    book(sms)
    fact(page, "appointment").filter(has_text="booked").wait_for()
    clock(page, "Evening before the visit")
    sms.says("Jadwal besok")

    proof = page.locator(".proof")
    page.get_by_role("button", name="Kill the gateway").click()
    proof.filter(has_text="the gateway is down").wait_for()
    proof.filter(has_text="1 told registered = 1 recorded").wait_for()
    phone.dial("1 Daftar")
    phone.pick("Status", number)
    assert fact(page, "record").filter(has_text=number).count() == 1


def clock(page, label):
    page.get_by_role("button", name=label).click()
    page.locator(".notes", has_text=label).wait_for()


def book(sms):
    """Take the first seat that an SMS offers."""
    sms.reply("JADWAL")
    for _ in range(ANSWERS_MAX):
        if "Bawa" in (said := sms.last):
            return
        sms.reply("1")
    raise AssertionError(said)
