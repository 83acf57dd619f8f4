"""The walk that a stranger takes through `/try`: one person, on every drawn device."""

import re

from tests.e2e.simulator.drawn import Form, Phone, Thread, fact, open_simulator

SITI = "3204115706960001"
NUMBER = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")
ANSWERS_MAX = 8  # until a seat is taken


def walk(page, gateway, seen=lambda _: None):
    """Take the whole walk; call `seen` with the name of what is to be seen then.

    Return the person's number.
    """
    open_simulator(page, gateway)
    phone, sms, chat = Phone(page), Thread(page, "sms"), Thread(page, "whatsapp")
    begin_a_call(page, phone)
    page.get_by_role("button", name="Drop the call").click()
    page.get_by_role("button", name="+30 min").click()
    go_on_in_a_chat(chat)
    seen("chat")
    number = finish_on_the_web(page, chat)
    found = fact(page, "record").filter(has_text=number).filter(has_text="verified")
    found.wait_for()
    seen("web")
    take_a_seat(page, sms)
    clock(page, "Day before the visit")
    sms.says("Jadwal besok")
    seen("reminder")
    kill(page)
    phone.dial("1 Daftar")
    phone.pick("Status", number)
    seen("killed")
    assert fact(page, "record").count() == found.count() == 1
    return number


def begin_a_call(page, phone):
    phone.dial("1 Daftar")
    phone.pick("Daftar", "Setuju?")
    phone.pick("Setuju", "16 angka NIK")
    phone.answer(SITI, "nama lengkap")
    page.locator(".fact", has_text=SITI).first.wait_for()


def go_on_in_a_chat(chat):
    chat.say("halo", "belum selesai")
    chat.tap("Lanjutkan", "Silakan ketik nama")
    chat.say("Siti Aminah", "Apa profesi Anda?")


def finish_on_the_web(page, chat):
    """Follow the link from the chat to the same question; return the number."""
    chat.say("WEB", "/l/")
    chat.theirs.last.get_by_role("link").click()
    form = Form(page)
    form.press()
    form.asks("profesi")
    form.choose("Perawat")
    form.asks("Periksa")
    form.press()
    form.asks("terdaftar")
    return NUMBER.search(form.words)[0]


def take_a_seat(page, sms):
    """Take the first seat that an SMS offers."""
    sms.reply("JADWAL")
    for _ in range(ANSWERS_MAX):
        if "Bawa" in sms.last:
            return fact(page, "appointment").filter(has_text="booked").wait_for()
        sms.reply("1")
    raise AssertionError(sms.last)


def clock(page, label):
    page.get_by_role("button", name=label).click()
    page.locator(".notes", has_text=label).wait_for()


def kill(page):
    proof = page.locator(".proof")
    page.get_by_role("button", name="Kill the gateway").click()
    proof.filter(has_text="the gateway is down").wait_for()
    proof.filter(has_text="1 told registered = 1 recorded").wait_for()
