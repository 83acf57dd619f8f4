"""What a booking owes, and how long its words are."""

from datetime import timedelta

import pytest

from core.appointments.facility import Facility
from core.appointments.notices import notices_for, without_ticketed
from core.appointments.rules import BookedAppointment
from core.fields.timezones import local
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.ticket import Ticket
from core.wording.gsm7 import to_gsm7
from tests.fixtures.clinics import JAYAPURA, SOREANG, START, book, cancel, phone, wib
from tests.fixtures.segments import segments
from tests.scripts import NUMBER, WORDING

HOSPITAL = Facility(
    code="1",
    name="RSUP Dr. Hasan Sadikin",
    regency_code="3273",
    address="Jl. Pasteur 38, Bandung",
)
MAIL = Address(AddressKind.EMAIL, "siti@klinik.example")


def kept(start=None, facility=SOREANG, **changes):
    values = {"record_id": 1, "status": "booked", "dose": 1, "code": "7K3M9QXC", "sequence": 2}
    start = local(start or wib(22, 10), facility.zone)
    return BookedAppointment(
        id=1, booked_by="b1", slot_id=1, start=start, facility=facility, **{**values, **changes}
    )


def messages(request=None, appointment=None, phone_on_file=None, kind="booked"):
    request = request or book(NUMBER, 1)
    return {m.key: m for m in notices_for(request, appointment or kept(), phone_on_file, kind)}


def reminders(start, *, at=START, facility=SOREANG):
    request = book(NUMBER, 1, at=int(at.timestamp()))
    found = messages(request, kept(start, facility)).items()
    return {key[12:]: message.not_before for key, message in found if "reminder" in key}


def test_the_ticket_goes_where_it_was_asked_for_at_any_hour():
    told = messages(book(NUMBER, 1, thread={"subject": "x"}), phone_on_file=phone(1).value)
    ticket = told["b1/ticket"]

    assert (ticket.channel, ticket.address, ticket.provider) == ("whatsapp", phone(1), "twilio")
    assert (ticket.answers_request, ticket.quiet, ticket.not_before) == (True, "", None)
    assert ticket.headers == {"subject": "x"}
    assert ticket.ticket == Ticket(
        number=NUMBER,
        code="7K3M9QXC",
        kind="booked",
        facility_name=SOREANG.name,
        facility_address=SOREANG.address,
        start=wib(22, 10),
        dose=1,
        sequence=2,
        latitude=SOREANG.latitude,
        longitude=SOREANG.longitude,
    )
    assert "b1/ticket/phone" not in told


def test_after_ussd_the_ticket_comes_by_sms_from_any_provider():
    ticket = messages(book(NUMBER, 1, channel=Channel.USSD))["b1/ticket"]
    assert (ticket.channel, ticket.provider, ticket.headers) == (Channel.SMS, None, {})


def test_after_a_page_the_phone_on_file_alone_is_written_to():
    browser = Address(AddressKind.WEB, "n1Cq0bJ3vN7xQ2mK5tR8wA")
    by_page = book(NUMBER, 1, channel=Channel.WEB, address=browser)
    told = messages(by_page, phone_on_file=phone(1).value)
    assert list(told) == ["b1/ticket/phone", "b1/reminder/day", "b1/reminder/morning"]
    assert {(one.channel, one.address) for one in told.values()} == {(Channel.SMS, phone(1))}
    assert messages(by_page) == {}


def test_after_a_page_that_a_phone_vouches_for_the_ticket_comes_by_sms():
    told = messages(book(NUMBER, 1, channel=Channel.WEB), phone_on_file=phone(1).value)
    ticket = told["b1/ticket"]
    assert (ticket.channel, ticket.address, ticket.provider) == (Channel.SMS, phone(1), None)
    assert "b1/ticket/phone" not in told


def test_after_a_page_that_a_hidden_number_vouches_for_the_ticket_comes_by_whatsapp():
    hidden = Address(AddressKind.WHATSAPP, "ID.13491208655302741918")
    told = messages(book(NUMBER, 1, channel=Channel.WEB, address=hidden))
    assert (told["b1/ticket"].channel, told["b1/ticket"].provider) == (Channel.WHATSAPP, None)


def test_another_phone_on_file_gets_a_copy_but_not_at_night():
    copy = messages(phone_on_file=phone(2).value)["b1/ticket/phone"]
    assert (copy.channel, copy.address) == (Channel.SMS, phone(2))
    assert (copy.answers_request, copy.quiet, copy.ticket) == (False, "WIB", None)


def test_reminders_keep_to_the_hours_of_the_place():
    assert reminders(wib(22, 10)) == {"day": wib(21, 10), "morning": wib(22, 8)}
    assert reminders(wib(22, 8), facility=JAYAPURA) == {
        "day": wib(21, 8),
        "morning": wib(22, 6),
    }
    assert reminders(wib(22, 6), facility=JAYAPURA) == {"day": wib(21, 16)}  # for 08:00 there
    assert {m.quiet for key, m in messages(appointment=kept(facility=JAYAPURA)).items()} == {
        "",
        "WIT",
    }


def test_a_reminder_is_of_use_on_its_day_only_and_before_they_must_leave():
    told = messages(appointment=kept(wib(22, 10)))
    end = timedelta(days=1, microseconds=-1)
    assert told["b1/reminder/day"].not_after == wib(21, 0) + end
    assert told["b1/reminder/morning"].not_after == wib(22, 9)
    assert told["b1/ticket"].not_after is None
    night = messages(appointment=kept(wib(22, 0, 30)))
    assert night["b1/reminder/day"].not_after == wib(21, 23, 30)


def test_an_early_appointment_has_one_reminder_the_evening_before():
    assert reminders(wib(22, 9, 59)) == reminders(wib(22, 8)) == {"day": wib(21, 18)}
    (said,) = messages(appointment=kept(wib(22, 8)))["b1/reminder/day"].reply.prompts
    assert said.key == "reminder_day"  # it says "tomorrow"


def test_no_reminder_says_today_later_than_an_hour_before():
    for hour in range(24):
        for key, told in messages(appointment=kept(wib(22, hour))).items():
            if "reminder" in key:
                assert told.not_before < told.not_after <= wib(22, hour) - timedelta(hours=1)
                said_on = local(told.not_before, "WIB").date()
                assert said_on == local(told.not_after, "WIB").date()
                assert (said_on.day == 22) is (told.reply.prompts[0].key == "reminder_morning")


@pytest.mark.parametrize(
    ("at", "left"),
    [
        (wib(21, 8, 59), {"day", "morning"}),
        (wib(21, 9), {"morning"}),
        (wib(22, 6, 59), {"morning"}),
        (wib(22, 7), set()),
    ],
)
def test_a_reminder_that_is_nearly_due_is_left_out(at, left):
    assert reminders(wib(22, 10), at=at).keys() == left


@pytest.mark.parametrize(("at", "left"), [(wib(21, 16, 59), {"day"}), (wib(21, 17), set())])
def test_an_early_seat_is_reminded_only_if_the_evening_is_an_hour_off(at, left):
    assert reminders(wib(22, 8), at=at).keys() == left


def test_without_a_phone_reminders_go_where_the_person_wrote():
    told = messages(book(NUMBER, 1, address=MAIL, channel=Channel.EMAIL, provider="smtp"))
    day = told["b1/reminder/day"]
    assert (day.channel, day.address) == (Channel.EMAIL, MAIL)


def test_a_cancellation_owes_no_reminders():
    told = messages(cancel(NUMBER), kind="cancelled", phone_on_file=phone(2).value)
    assert told.keys() == {"c1/ticket", "c1/ticket/phone"}
    assert told["c1/ticket"].reply.prompts[0].key == "ticket_cancelled"


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("kind", ["booked", "changed", "cancelled"])
def test_words_name_place_and_time_in_one_segment(language, kind):
    request = book(NUMBER, 1, language=language)
    for message in messages(request, kept(facility=HOSPITAL), kind=kind).values():
        text = WORDING.text(message.reply, "short")
        assert to_gsm7(text) == text
        for part in (HOSPITAL.name, HOSPITAL.address, "10:00 WIB", NUMBER, "22 Jan"):
            assert part in text
        assert segments(text) == 1, (len(text), text)
        assert ("KTP" in text) is (kind != "cancelled")
        long = WORDING.text(message.reply, "long")
        assert HOSPITAL.address in long
        assert "{" not in long


def test_nothing_of_a_message_is_shown_in_its_repr():
    assert "Hasan" not in repr([*messages(appointment=kept(facility=HOSPITAL)).values()])


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("key", ["booked", "booking_changed", "appointment_cancelled"])
def test_nobody_is_told_twice_at_once_what_the_ticket_says(key, channel):
    said = Reply((Prompt("greet_salam"), Prompt(key)), "id", ends=True)
    left = [one.key for one in without_ticketed(said, channel).prompts]
    by_ticket = channel in (Channel.SMS, Channel.WHATSAPP)
    assert left == (["greet_salam"] if by_ticket else ["greet_salam", key])


def test_what_no_ticket_says_is_said():
    said = Reply((Prompt("just_taken"), Prompt("ask_slot", choices=("yes",))), "id")
    assert without_ticketed(said, Channel.SMS) is said
