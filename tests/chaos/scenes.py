"""Houses in which something has happened already, and the words of people who come to them."""

from contextlib import suppress
from datetime import timedelta
from functools import cache, partial

from core.appointments.facility import Facility
from core.appointments.proposals import proposing
from core.appointments.schedule import Offer, open_slots, put_facility
from core.database.statements import Statement
from core.messages import Address, AddressKind, Channel, UssdSession
from core.registration.number import make_number
from core.roster.invitations import _invite, draft_invitation
from tests.chaos.faults import CrashError, Faults, step
from tests.chaos.house import House, take
from tests.scripts import (
    CAMPAIGN,
    HEALTHY,
    NAME,
    NIK,
    PHONE,
    START,
    TO_FACILITY,
    TO_SEAT,
    WORDING,
    inbound,
)

NUMBER = make_number(1)  # of whoever registers first
FIRST_CODE, WRONG_CODE = "000001", "999999"
SHOWN_FIRST = "00000001"
OTHER = Address(AddressKind.PHONE, "+6281299990009")
BROWSER = Address(AddressKind.WEB, "a" * 22)
STRANGER = Address(AddressKind.EMAIL, "stranger@mail.example")
SLIPPED = f"{NIK[:-1]}2"  # another NIK that hers may be
OTHER_NIK, OTHER_NAME = "3175015203880009", "BUDI SANTOSO"
CLINIC = Facility(
    code="F1",
    name="Puskesmas Soreang",
    regency_code="3204",
    address="Jl. Raya Soreang 1",
    latitude=-7.0331,
    longitude=107.5183,
)
TIMES = [START + timedelta(days=5, hours=hours) for hours in (0, 4)]
LIST = Statement("""
    INSERT INTO roster (campaign, nik, full_name, profession, facility_code)
    VALUES (:campaign, :nik, :full_name, 'perawat', 'F1')
""")
CALLED = Statement("UPDATE roster SET phone = :phone WHERE nik = :nik")
SENT = Statement("UPDATE outbox SET status = 'sent' WHERE key LIKE 'invite/%'")
RELIST = Statement("UPDATE roster SET full_name = :full_name WHERE nik = :nik")
STOP = inbound("STOP", n=100)
PLACES = TO_FACILITY[1:]  # what leads from JADWAL to the list of places


def chat(*words, n=0, **more):
    """Return messages, of which the first has the number `n`."""
    return [inbound(word, n=n + place, **more) for place, word in enumerate(words)]


def ussd(*words):
    """Return the hops of one call in which `words` are typed."""
    typed = ["*".join(words[:count]) for count in range(len(words) + 1)]
    return [
        inbound(channel=Channel.USSD, message_id=f"call/{text}", ussd=UssdSession("call", text))
        for text in typed
    ]


def after(house, *messages):
    """Let the messages be taken in, one after the other and without any fault."""
    intake = house.intake()
    for message in messages:
        done, _ = step(take(intake, message))
        assert done  # nothing in the house is waited for
    return house


@cache
def nothing():
    return House()


@cache
def claimed():
    """Somebody has written a letter about a person, and named her phone; she has the notice."""
    answers = {"nik": NIK, "full_name": NAME, "profession": "3", "phone": PHONE.value}
    letter = inbound(
        n=900, channel=Channel.EMAIL, address=STRANGER, confirms=True, answers=answers
    )
    return after(House(), letter)


@cache
def claimed_and_about_to_register():
    return after(House(claimed()), *chat(f"DAFTAR {NIK}#{NAME}#PERAWAT", n=100))


@cache
def claimed_and_another_comes():
    """Another phone is about to take the claimed NIK in another name."""
    return after(House(claimed()), *chat(f"DAFTAR {NIK}#{OTHER_NAME}#2", address=OTHER, n=100))


@cache
def open_clinic():
    """A clinic with one seat at either time, and a roster with two people who may have it."""
    house = House()
    people = ((NIK, NAME), (OTHER_NIK, OTHER_NAME))
    for nik, name in people:
        house.stores.run(LIST, campaign=CAMPAIGN.id, nik=nik, full_name=name)
    database = house.stores.database
    database.run(lambda connection: put_facility(connection, CLINIC))
    offer = Offer(CAMPAIGN.id, CLINIC.code, 1, 1)
    database.run(lambda connection: open_slots(connection, offer, TIMES))
    return house


@cache
def invited():
    """She is on the roster with her phone, and has the SMS that proposes the first seat."""
    house = House(open_clinic())
    house.stores.run(CALLED, phone=PHONE.value, nik=NIK)
    draft = proposing(draft_invitation(CAMPAIGN, WORDING), asks_registry=False)
    wave = partial(_invite, draft=draft, at=START, after=0, limit=9)
    house.stores.database.run(wave)
    house.stores.run(SENT)
    return house


@cache
def invited_too_late():
    """The seat that was proposed to her is another's by now."""
    words = (f"DAFTAR {OTHER_NIK}#{OTHER_NAME}#PERAWAT", "YA", "1", "1", "1")
    return after(House(invited()), *chat(*words, address=OTHER, n=500))


@cache
def verified():
    return after(House(open_clinic()), *chat(f"DAFTAR {NIK}#{NAME}#PERAWAT", "YA", n=100))


@cache
def about_to_book():
    """Everything is answered but whether the first time at the clinic is wanted."""
    return after(House(verified()), *chat("JADWAL", *PLACES, "1", "1", "1", n=200))


@cache
def about_to_take():
    """The first time at the clinic is offered, right after registering."""
    return after(House(verified()), *chat("1", HEALTHY, n=200))


@cache
def booked():
    return after(House(about_to_book()), *chat("YA", n=300))


@cache
def relisted():
    """Somebody has a seat whose NIK the roster has under another name by now."""
    house = House(booked())
    house.stores.run(RELIST, full_name=OTHER_NAME, nik=NIK)
    return house


@cache
def relisted_and_the_other_comes():
    return after(House(relisted()), *chat(f"DAFTAR {NIK}#{OTHER_NAME}#2", address=OTHER, n=100))


@cache
def about_to_cancel():
    return after(House(booked()), *chat("JADWAL", "2", n=400))


@cache
def about_to_change():
    return after(House(booked()), *chat("JADWAL", "1", "1", "1", "1", n=400))


@cache
def both_about_to_book():
    """Two people who were shown the same last seat."""
    house = House(about_to_book())
    words = (f"DAFTAR {OTHER_NIK}#{OTHER_NAME}#PERAWAT", "YA", "JADWAL", *PLACES, "1", "1", "1")
    return after(house, *chat(*words, address=OTHER, n=500))


@cache
def both_about_to_take():
    """Two people who were offered the same last seat."""
    words = (f"DAFTAR {OTHER_NIK}#{OTHER_NAME}#PERAWAT", "YA", *TO_SEAT)
    return after(House(about_to_take()), *chat(*words, address=OTHER, n=500))


@cache
def too_late():
    """Somebody who was shown the last seat, that is another's by now."""
    return after(House(both_about_to_book()), *chat("YA", address=OTHER, n=600))


@cache
def both_about_to_register():
    house = after(House(), *chat(f"DAFTAR {NIK}#{NAME}#PERAWAT", n=100))
    return after(house, *chat(f"DAFTAR {OTHER_NIK}#{OTHER_NAME}#PERAWAT", address=OTHER, n=100))


@cache
def stopping():
    """Somebody whose STOP was decided on, but not done: its worker died."""
    house = House()
    with suppress(CrashError):
        step(take(house.intake(Faults(at=3).wrap), STOP))
    return house


@cache
def about_to_prove():
    """A stranger's phone that was asked for the code."""
    return after(House(verified()), *chat("STATUS", NUMBER, address=OTHER, n=600))


@cache
def about_to_withdraw():
    return after(House(booked()), *chat("HAPUS", "1", n=700))


@cache
def about_to_erase():
    return after(House(booked()), *chat("HAPUS", "2", n=700))


@cache
def about_to_correct():
    return after(House(verified()), *chat("UBAH", "2", "bidan", n=700))


@cache
def about_to_own_up():
    """She was asked whether the NIK that is on file is hers, mistyped."""
    return after(House(verified()), *chat(f"DAFTAR {SLIPPED}#{NAME}#PERAWAT", "YA", n=700))


@cache
def about_to_move_and_to_withdraw():
    """One registration, about to be moved to another phone, and withdrawn by this one."""
    words = (f"UBAH {NUMBER}", FIRST_CODE, "3")
    return after(House(about_to_withdraw()), *chat(*words, address=OTHER, n=750))


def page(text="", n=0, **more):
    """Return what is said in a browser."""
    web = {"channel": Channel.WEB, "address": BROWSER, "opens": False}
    return inbound(text, n=n, **web, **more)


@cache
def half_filled():
    """Somebody has answered three questions in a browser, which shows a code."""
    words = ("DAFTAR", "1", NIK, NAME, "KODE")
    return after(House(), *(page(word, n=800 + n) for n, word in enumerate(words)))


@cache
def confirmed():
    """Somebody has registered in a browser, which shows a code."""
    answers = {"nik": NIK, "full_name": NAME, "profession": "2", "phone": PHONE.value}
    return after(House(), page(n=800, confirms=True, answers=answers))


@cache
def about_to_link():
    """Two phones know the code of the half-filled form, and are asked whether it is theirs."""
    code = f"KODE {SHOWN_FIRST}"
    phones = (PHONE, OTHER)
    asked = [inbound(code, n=900 + n, address=one) for n, one in enumerate(phones)]
    return after(House(half_filled()), *asked)


@cache
def about_to_hold():
    """The phone is asked whether the confirmed form is its own."""
    return after(House(confirmed()), *chat(f"KODE {SHOWN_FIRST}", n=900))


@cache
def about_to_change_and_to_cancel():
    """One appointment, about to be changed on one proven phone and cancelled on another."""
    proof = chat("STATUS", NUMBER, FIRST_CODE, "JADWAL", "2", address=OTHER, n=700)
    return after(House(about_to_change()), *proof)
