"""The options of a visit are data: no label is parsed back, and no release breaks another.

`tests/fixtures/sessions` are sessions in Redis as the release before typed options wrote them,
one for each stage, each with a half-filled form beside the visit.
"""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from core.appointments.requests import (
    Book,
    FindDates,
    FindFacilities,
    FindSeat,
    FindTimes,
    FoundFacilities,
    FoundTimes,
    LookUp,
    Screen,
    StatusReport,
    Taken,
)
from core.appointments.views import Place, StatusEntry
from core.conversation.own.stages import STAGES as ALL_STAGES
from core.conversation.session import Stage
from core.conversation.visit.stages import STAGES
from core.conversation.visit_questions import QUESTIONS
from core.messages import Channel, Location, Prompt
from core.turns.stored_form import decode, encode
from tests.scripts import (
    APPOINTMENT,
    BOOKABLE,
    CAMPAIGN,
    COBLONG,
    HEALTHY,
    NIK,
    NOON,
    NUMBER,
    ONE_BY_ONE,
    REGISTERING,
    TO_FACILITY,
    VERIFIED,
    Person,
    play,
)

BEFORE = Path(__file__).parents[3] / "fixtures" / "sessions"
HEALTH = CAMPAIGN.screening.questions
PLACES = TO_FACILITY[1:]
SINCE = {"offered_booking", "offered_seat"}  # stages that the release before does not know
APPOINTED = replace(VERIFIED, appointment=APPOINTMENT)
FAMILY = (VERIFIED, StatusEntry(number="7K3M-0000", full_name="BUDI (<1 km)", status="verified"))
NAMES = (
    *("Klinik Desa (12 km)", "RSUD (<1 km)", "text:Klinik", "slot:8 Klinik", "date:2021-01-01"),
    *("@text:Klinik", "2", "Klinik\nDesa\n3", "(5 km)"),
)


def person(*standings, **more):
    one = Person(**more)
    one.report = StatusReport(registrations=standings or (VERIFIED,))
    return one


def last(one, kind):
    return next(effect for effect in reversed(one.done) if isinstance(effect, kind))


@pytest.mark.parametrize("far", [None, 0.2, 1.0, 12.4])
@pytest.mark.parametrize("name", NAMES)
def test_a_facility_keeps_its_name_whatever_that_looks_like(name, far):
    place = Place("F9", name, f"{name}\nRT 2", far)
    one = person()
    one.found[FindFacilities] = FoundFacilities(places=(COBLONG, place))
    play(one, *TO_FACILITY, "2")
    assert last(one, FindDates).facility == "F9"
    assert play(one, "1", "1") == ["confirm_booking"]
    assert one.reply.prompts[0].args["place"] == f"@text:{name}"
    assert one.reply.prompts[0].args["address"] == f"@text:{name}\nRT 2"
    one.found[Book] = Taken(others=((place, NOON),))
    play(one, "1", "1")
    assert one.reply.prompts[0].args["place"] == f"@text:{name}"
    assert one.reply.prompts[0].args["address"] == f"@text:{name}\nRT 2"


def test_a_facility_is_chosen_by_the_whole_of_its_name():
    one = person()
    village = Place("F9", "Klinik Desa (12 km)", "Jl. Sawah 1", 2.4)
    one.found[FindFacilities] = FoundFacilities(places=(COBLONG, village))
    play(one, *TO_FACILITY)
    assert one.reply.prompts[0].choices[1] == "place:Klinik Desa (12 km)\t (2 km)"
    assert one.say("klinik desa (12 km)") == ["ask_date"]
    assert last(one, FindDates).facility == "F9"


@pytest.mark.parametrize(
    ("km", "words"),
    [(None, ""), (0.0, "\t (<1 km)"), (0.99, "\t (<1 km)"), (1.0, "\t (1 km)"), (2.5, "\t (2 km)"),
     (2.51, "\t (3 km)"), (5100.4, "\t (5100 km)")],
)  # fmt: skip
def test_how_far_it_is_is_said_in_whole_kilometres(km, words):
    one = person()
    one.found[FindFacilities] = FoundFacilities(places=(COBLONG._replace(distance_km=km),))
    play(one, *TO_FACILITY)
    kind = "place" if words else "text"
    assert one.reply.prompts[0].choices == (f"{kind}:RSUD Coblong{words}",)


@pytest.mark.parametrize(
    ("name", "town", "words"),
    [
        ("RSUD Coblong", "Bandung", "place:RSUD Coblong\t, Bandung"),
        ("RSUD Bandung", "Bandung", "text:RSUD Bandung"),  # the name says it
        ("RSUD Bandung", "Kab. Bandung", "place:RSUD Bandung\t, Kab. Bandung"),
        ("RSUD Coblong", "", "text:RSUD Coblong"),
    ],
)
def test_the_town_stands_beside_a_name_that_does_not_say_it(name, town, words):
    one = person()
    place = COBLONG._replace(name=name, town=town)
    one.found[FindFacilities] = FoundFacilities(places=(place,))
    play(one, *TO_FACILITY)
    assert one.reply.prompts[0].choices == (words,)
    assert one.say(name) == ["ask_date"]


def test_a_person_is_chosen_by_the_whole_of_their_name():
    one = person(*FAMILY)
    play(one, "JADWAL", "budi (<1 km)", HEALTHY)
    assert last(one, FindSeat).number == "7K3M-0000"


def test_every_stage_of_a_visit_asks_something():
    assert set(QUESTIONS) == set(ALL_STAGES) < set(Stage.__args__)


def at_stage(stage):
    """Return a person who was just asked what this stage asks."""
    attended = replace(APPOINTED, appointment=replace(APPOINTMENT, start=Person().now))
    one = person(*{
        "choosing_person": FAMILY, "appointed": (APPOINTED,), "confirming_cancel": (APPOINTED,),
        "telling_attendance": (attended,),
    }.get(stage, ()))  # fmt: skip
    words = {
        "offered_seat": TO_FACILITY[1:-1], "choosing_facility": PLACES,
        "choosing_date": (*PLACES, "1"), "choosing_time": (*PLACES, "1", "1"),
        "confirming_booking": (*PLACES, "1", "1", "2"),
        "choosing_slot": (*PLACES, "1", "1", "2", "1"),
        "confirming_cancel": ("2",), "proving_code": ("7K3M-9QXC",),
    }.get(stage, ())  # fmt: skip
    if stage.startswith("proving"):
        one.report = StatusReport()
    if stage == "proving_code":
        one.found[LookUp] = StatusReport()
        words = (decoded("proving_code").visit.number,)
    one.found[Book] = Taken(others=((COBLONG, NOON),))
    if stage == "offered_booking":
        one.outcome = BOOKABLE
    play(one, *(REGISTERING if stage == "offered_booking" else ("JADWAL", *words)))
    assert one.session.stage == stage
    return one


@pytest.mark.parametrize("stage", STAGES)
def test_what_was_asked_is_asked_again_in_the_same_words(stage):
    one = at_stage(stage)
    asked = one.reply.prompts[-1]
    one.session = decode(encode(one.session, 7)).session
    one.say("BANTUAN")
    assert one.reply.prompts[-1] == asked
    one.say("?")
    assert one.reply.prompts[-1] == asked


# -- beside other releases -------------------------------------------------------------------


def decoded(stage):
    return decode((BEFORE / f"{stage}.json").read_bytes()).session


def stored_at(stage):
    """Return a person whose session the release before wrote at this stage."""
    one = person(*{
        "choosing_person": FAMILY, "appointed": (APPOINTED,), "confirming_cancel": (APPOINTED,),
    }.get(stage, ()))  # fmt: skip
    one.found[FindTimes] = lambda request: FoundTimes(slots=(NOON,) if request.day else ())
    one.session, one.messages = decoded(stage), 100
    one.now = one.now.fromtimestamp(one.session.at, one.now.tzinfo)
    return one


@pytest.mark.parametrize(
    ("stage", "word", "heard"),
    [
        ("choosing_person", "2", "ask_person"),
        ("screening", "1", "ask_screening"),
        ("choosing_facility", "2", "ask_facility"),
        ("choosing_date", "1", "ask_date"),
        ("choosing_time", "2", "ask_date"),
        ("choosing_slot", "1", "ask_facility"),
        ("confirming_booking", "1", "booked"),
        ("appointed", "2", "appointed"),
        ("confirming_cancel", "1", "appointed"),
        ("telling_attendance", "1", "ask_health"),
        ("proving_number", NIK, "number_mistyped"),
        ("proving_code", "123456", "ask_health"),
        ("resuming", "1", "ask_date"),
    ],
)
def test_a_visit_that_the_release_before_began_goes_on(stage, word, heard):
    one = stored_at(stage)
    form = one.session.answers
    assert form
    assert one.say(word)[0] == heard
    assert one.session.answers == form
    assert not [effect for effect in one.done if isinstance(effect, Screen)]


def test_every_visit_that_the_release_before_began_is_here():
    assert {path.stem for path in BEFORE.glob("*.json")} == {*STAGES, "resuming"} - SINCE


def test_what_was_chosen_at_the_release_before_is_what_is_booked():
    one = stored_at("confirming_booking")
    one.say("apa?")
    asked = one.reply.prompts[-1].args
    assert asked["place"] == "@text:Puskesmas Soreang"
    assert asked["time"] == "@time:2021-01-20T13:30+07:00"
    one.say("1")
    assert (last(one, Book).slot, last(one, Book).number) == (NOON.id, NUMBER)


@pytest.mark.parametrize("stage", sorted({*STAGES, "resuming"} - SINCE))
def test_whatever_they_say_next_the_form_is_kept_and_an_answer_given(stage):
    words = ("BANTUAN", "0", "00", "98", "apa?", "ENGLISH", "STATUS", "JADWAL")
    for word in words:
        one = stored_at(stage)
        form = one.session.answers
        assert one.say(word)
        assert one.session.answers == form
    one = stored_at(stage)
    assert one.dial()
    assert stored_at(stage).say(channel=Channel.WHATSAPP, location=Location(-7.2, 107.9))
    assert stored_at(stage).say(channel=Channel.WHATSAPP, wordless=True)


def test_days_are_listed_at_the_facility_that_was_chosen_at_the_release_before():
    one = stored_at("choosing_date")
    one.say("1")
    assert last(one, FindDates).facility == "F1"


def test_a_name_that_was_looked_for_before_and_finds_nothing_now_shows_all():
    one = stored_at("choosing_facility")
    named = structs.replace(one.session.visit, name="atlantis")
    one.session = structs.replace(one.session, visit=named)
    all_ = FoundFacilities(places=(COBLONG,))
    one.found[FindFacilities] = lambda request: (
        FoundFacilities(places=()) if request.name else all_
    )
    assert one.say("1") == ["ask_facility"]
    assert one.say("1") == ["ask_date"]


class VisitBefore(msgspec.Struct):
    """What the release before reads of a visit, where it differs."""

    place: tuple[str, str, str] = ("", "", "")
    start: str = ""
    slot: int = 0
    options: tuple[str, ...] = ()
    asked: Prompt | None = None


class SessionBefore(msgspec.Struct):
    """What the release before reads of a session, as far as it differs."""

    answers: dict[str, str] = {}
    visit: VisitBefore | None = None


@pytest.mark.parametrize("stage", STAGES)
def test_the_release_before_can_read_what_this_one_writes(stage):
    body = encode(at_stage(stage).session, 7).partition(b":")[2]
    read = msgspec.json.decode(body, type=SessionBefore)
    assert (read.visit.options, read.visit.asked) == ((), None)


def test_an_answer_is_not_kept_for_a_question_that_was_not_asked():
    one = person(campaign=ONE_BY_ONE)
    one.say("JADWAL")
    questions = ONE_BY_ONE.screening.questions[::-1]
    others = ONE_BY_ONE.screening.model_copy(update={"questions": questions})
    other = Person(campaign=CAMPAIGN.model_copy(update={"screening": others}))
    other.report, other.session, other.now, other.messages = one.report, one.session, one.now, 50
    assert other.say("1") == ["ask_screening"]
    assert other.session.visit.screening == {}
    assert other.reply.prompts[0].args == {"question": f"@screening:{HEALTH[-1].code}"}
