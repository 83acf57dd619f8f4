"""The sentences that a story can say, and what each of them does."""

import re
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from core.database.statements import Statement
from tests.scripts import WIB
from tests.stories import on_web
from tests.stories.play import Play
from tests.stories.world import CAST, PEOPLE, list_person

SHARE = Statement("UPDATE roster SET phone = :phone WHERE nik = :nik")
DAY = r"(\d+ \w+ \d{4})"
PLACES = {place["name"]: code for code, place in CAST["places"].items()}
_STATE = """
    SELECT COALESCE(
        (
            SELECT appointments.status
            FROM appointments
            WHERE appointments.record_id = records.id
                AND appointments.status NOT IN ('changed', 'cancelled', 'moved_by_site')
            ORDER BY appointments.id DESC
            LIMIT 1
        ),
        records.status
    )
    FROM records
    WHERE records.nik = :nik
"""


async def run(play):
    """Play every step of the scene; an AssertionError names the step."""
    for step in play.scene.steps:
        try:
            await _step(play, step)
            await play.deliver()
        except AssertionError as error:
            raise AssertionError(f"{step!r}: {error}") from error
    return play


async def _step(play, step):
    for sentence, act in SENTENCES:
        if found := re.fullmatch(sentence, step, re.DOTALL):
            return await act(play, *found.groups())
    raise AssertionError("no such sentence")


def at_wib(day, hour="00:00"):
    """Return the moment of `20 January 2021`, `08:00`, in western Indonesia."""
    return datetime.strptime(f"{day} {hour}", "%d %B %Y %H:%M").replace(tzinfo=WIB)


async def happens(play, what):
    """Tell what happened, and let the gateway do what it does then."""
    play.note("", what)
    await play.settle()


async def later(play, count, unit):
    """Let so many minutes, hours or days pass."""
    await play.passes(play.world.now + timedelta(**{f"{unit.rstrip('s')}s": int(count)}))
    await happens(play, f"{count} {unit} later")


async def on_day(play, day, hour):
    """Let time pass until then."""
    await play.passes(at_wib(day, hour))
    await play.settle()


async def we_say(play, keys):
    """What was said since a person spoke last has these keys."""
    for key in keys.split(", "):
        assert any(fnmatchcase(one, key) for one in play.heard), f"we said {play.heard}"


async def is_so(play, who, state):
    """Their appointment has this status; without one their record; `not registered` has none."""
    await play.settle()
    found = play.world.rows(_STATE, nik=PEOPLE[who].nik)
    so = found[0][0] if found else "not registered"
    assert so == state, f"{who} is {so}"


async def is_listed(play, who):
    """Let the ministry list somebody."""
    list_person(play.world, PEOPLE[who])
    await happens(play, f"the ministry lists {who}")


async def is_invited(play, who):
    """Let the ministry's list have somebody's phone, and the campaign write to it."""
    await play.world.invite(PEOPLE[who])
    await happens(play, f"the campaign invites {who}")


async def shares_on_list(play, who, owner):
    """Let the ministry's list give one person's phone to another, too."""
    play.world.database.run(
        lambda on: on.run(SHARE, nik=PEOPLE[who].nik, phone=PEOPLE[owner].phone)
    )


async def one_seat(play, place, day, hour):
    """Leave one seat in all the land."""
    play.world.leave_one_seat(PLACES[place], at_wib(day, hour))
    await happens(play, f"one seat is left: {place}, {day}, {hour}")


async def looks(play, who, reason):
    """Let an officer see somebody's data."""
    await play.officials.look_at(play.number_of(who), reason)
    await happens(play, f"an officer looks at {who}'s data: {reason}")


async def decides(play, decision, reason):
    """Let an officer decide the case that waits."""
    await play.officials.decide(decision, reason)
    await happens(play, f"an officer decides: {decision}, {reason}")


async def closes(play, place, day, offer):
    """Close a facility for a day."""
    await play.officials.close_day(PLACES[place], at_wib(day).date().isoformat(), offer)
    await happens(play, f"{place} closes on {day}")


async def came(play, place, who):
    """Let a facility note that somebody came."""
    await play.officials.note_came(PLACES[place], play.number_of(who))
    await happens(play, f"{place} notes that {who} came")


SENTENCES = (
    (r"(\w+) dials(?: (\S+))?", Play.dials),
    (r"(\w+)(?: by (USSD|SMS|WhatsApp|email))?: (.+)", Play.says),
    (r"(\w+) registers", Play.registers),
    (r"(\w+) asks for (\w+)", Play.asks_for),
    (r"(\w+) goes on until (.+)", Play.goes_on),
    (r"(\w+) opens our page", on_web.opens),
    (r"(\w+) looks at the page again", on_web.looks),
    (r"(\w+) follows the link", on_web.follows),
    (r"(\w+) uploads a letter", on_web.uploads),
    (r"(\w+) hangs up", Play.hangs_up),
    (r"(\w+) presses (.+), and the call drops", Play.drops),
    (r"(\w+) uses (\w+)'s phone", Play.borrows),
    (r"(\w+) has a new number", Play.changes_number),
    (r"(\d+) (minutes?|hours?|days?) later", later),
    (rf"on {DAY} at (\d\d:\d\d)", on_day),
    (r"we say (.+)", we_say),
    (r"the ministry lists (\w+)", is_listed),
    (r"the campaign invites (\w+)", is_invited),
    (r"the list has (\w+) at (\w+)'s phone", shares_on_list),
    (rf"one seat is left: (.+), {DAY}, (\d\d:\d\d)", one_seat),
    (r"an officer looks at (\w+)'s data, because (.+)", looks),
    (r"an officer decides (\w+), because (.+)", decides),
    (rf"(.+) closes on {DAY} and offers (\w+)", closes),
    (r"(.+) notes that (\w+) came", came),
    (r"(\w+) is (.+)", is_so),
)
