"""Who finds no seat may wait for one, and hears of it by the same door."""

from dataclasses import replace as changed

import pytest

from core.appointments.requests import (
    Booked,
    FindFacilities,
    FindSeat,
    FoundFacilities,
    FoundSeat,
    NotBookable,
    StatusReport,
)
from core.appointments.standby_requests import AnswerOffer, OfferEnded, OfferTaken, Wait
from core.messages import Address, AddressKind, Channel, Location
from core.registration.requests import AnswerNotice, NoticeAnswered
from tests.scripts import (
    APPOINTMENT,
    COBLONG,
    HEALTHY,
    MAILBOX,
    NUMBER,
    PHONE,
    TO_SEAT,
    VERIFIED,
    Person,
    play,
)

TAKEN = OfferTaken(number=NUMBER, booked=Booked(appointment=APPOINTMENT))


def person(*, opened=True, **more):
    one = Person(**more)
    one.report = StatusReport(registrations=(VERIFIED,))
    one.found[FindSeat] = FoundSeat(opened=opened)
    one.found[FindFacilities] = FoundFacilities(places=(), opened=opened)
    return one


def offered(result=TAKEN, **more):
    one = person(**more)
    one.found[AnswerOffer] = result
    return one


def done(one, kind):
    return [effect for effect in one.done if isinstance(effect, kind)]


def test_a_person_waits_on_yes():
    one = person()
    assert play(one, *TO_SEAT) == ["ask_standby"]
    assert one.say("1") == ["standby_joined"]
    [wish] = done(one, Wait)
    assert (wish.number, wish.dose, wish.address, wish.channel) == (
        VERIFIED.number,
        1,
        PHONE,
        Channel.SMS,
    )
    assert one.reply.ends


FAR = COBLONG._replace(distance_km=180.4)


def far_from_all(**more):
    one = person(**more)
    one.found[FindSeat] = FoundSeat(beyond=FAR)
    one.found[FindFacilities] = lambda request: FoundFacilities(
        places=(FAR,) if request.anywhere else (), beyond=FAR
    )
    return one


def test_who_is_far_from_all_seats_is_told_so_and_may_wait():
    one = far_from_all()
    assert play(one, *TO_SEAT) == ["ask_standby_far"]
    assert one.reply.prompts[0].args == {"km": "180"}
    assert one.say("apa?") == ["choice_unclear", "ask_standby_far"]
    assert one.say("1") == ["standby_joined"]
    assert len(done(one, Wait)) == 1


def test_who_is_far_from_all_seats_may_see_them_all_the_same():
    one = far_from_all()
    play(one, *TO_SEAT)
    assert one.say("3") == ["ask_facility"]
    assert one.reply.prompts[0].choices == ("place:RSUD Coblong\t (180 km)",)
    assert one.say("1") == ["ask_date"]


def test_where_nothing_is_far_three_is_no_choice():
    one = person()
    play(one, *TO_SEAT)
    assert one.say("3") == ["choice_unclear", "ask_standby"]


def test_a_shared_place_answers_what_is_near():
    one = far_from_all()
    play(one, *TO_SEAT)
    one.found[FindFacilities] = FoundFacilities(places=(COBLONG,))
    assert one.say(channel=Channel.WHATSAPP, location=Location(-6.9, 107.6)) == ["ask_facility"]


def test_who_has_a_seat_is_shown_what_is_far():
    one = far_from_all()
    one.report = StatusReport(registrations=(changed(VERIFIED, appointment=APPOINTMENT),))
    assert play(one, "JADWAL", "1", HEALTHY) == ["ask_facility"]


@pytest.mark.parametrize("word", ["2", "tidak"])
def test_a_person_waits_for_nothing_on_no(word):
    one = person()
    play(one, *TO_SEAT)
    assert one.say(word) == ["standby_no"]
    assert not done(one, Wait)


def test_another_word_asks_again_and_zero_leaves():
    one = person()
    play(one, *TO_SEAT)
    assert one.say("apa?") == ["choice_unclear", "ask_standby"]
    assert one.say("0") == ["menu"]


def test_a_seat_is_looked_for_near_the_place_that_was_shared():
    one = person()
    play(one, *TO_SEAT)
    one.say(channel=Channel.WHATSAPP, location=Location(-7.2279, 107.9087))
    play(one, "0", "00", *TO_SEAT, "1")
    assert done(one, Wait)[-1].near == Location(-7.2279, 107.9087)


def test_who_may_not_book_is_told_why():
    one = person()
    one.found[Wait] = NotBookable(why="not_verified")
    assert play(one, *TO_SEAT, "1") == ["not_bookable_not_verified"]


def test_nobody_waits_for_what_has_not_opened():
    assert play(person(opened=False), *TO_SEAT) == ["no_slots"]


def test_who_has_an_appointment_waits_for_none():
    one = person()
    one.report = StatusReport(registrations=(changed(VERIFIED, appointment=APPOINTMENT),))
    assert play(one, "JADWAL", "1", HEALTHY) == ["no_facilities"]


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WHATSAPP])
@pytest.mark.parametrize("before", [(), ("menu",)])
@pytest.mark.parametrize(("word", "takes"), [("YA", True), ("yes", True), ("TIDAK", False)])
def test_an_offer_is_answered(word, takes, before, channel):
    one = offered()
    play(one, *before)
    assert one.say(word, channel) == ["booked"]
    [answer] = done(one, AnswerOffer)
    assert (answer.takes, answer.address, answer.channel) == (takes, PHONE, channel)


@pytest.mark.parametrize("why", ["gone", "declined"])
def test_an_offer_that_books_nothing_says_so(why):
    one = offered(OfferEnded(why=why))
    assert one.say("YA") == [f"seat_{why}"]
    assert one.say("halo") == ["menu"]


def test_where_none_is_offered_the_word_answers_a_notice():
    one = offered(None)
    one.found[AnswerNotice] = NoticeAnswered(number=NUMBER)
    assert one.say("YA") == ["notice_mine"]


@pytest.mark.parametrize("word", ["YA", "TIDAK"])
@pytest.mark.parametrize("before", [(), ("menu",)])
def test_without_either_the_word_means_what_it_meant(word, before):
    one, other = offered(None), offered(None)
    play(one, *before)
    play(other, *before)
    assert one.say(word) == other.say("ABC")
    assert one.session.stage == other.session.stage


@pytest.mark.parametrize("before", [("menu", "1"), ("menu", "1", "1"), TO_SEAT])
def test_a_yes_to_another_question_answers_that(before):
    one = offered()
    play(one, *before)
    one.say("YA")
    assert not done(one, AnswerOffer)


def test_a_letter_and_a_call_answer_no_offer():
    writer, caller = offered(address=MAILBOX), offered()
    writer.forge("YA")
    caller.dial()
    caller.key("YA")
    assert done(writer, AnswerOffer) == done(caller, AnswerOffer) == []


def test_a_user_who_hides_the_number_answers_too():
    one = offered(address=Address(AddressKind.WHATSAPP, "ID.7"))
    assert one.say("YA", Channel.WHATSAPP) == ["booked"]


@pytest.mark.parametrize("address", [PHONE, Address(AddressKind.WEB, "n1Cq0bJ3vN7xQ2mK5tR8wA")])
def test_a_person_may_wait_by_the_web_vouched_for_by_a_phone_or_not(address):
    one = person(address=address)
    for word in (*TO_SEAT, "1"):
        heard = one.say(word, Channel.WEB)
    assert heard == ["standby_joined"]
    [wish] = done(one, Wait)
    assert (wish.address, wish.channel) == (address, Channel.WEB)
