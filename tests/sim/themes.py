"""What a schedule is about: its first byte chooses the theme, and so houses, words and deeds.

A theme reaches what happens too seldom where everything may: the second of two deeds on one seat,
a verdict that comes late, a sweep after which nothing is delivered again.
"""

from functools import cache
from typing import NamedTuple

from core.database.statements import Statement
from core.messages import Channel
from tests.chaos import scenes
from tests.chaos.house import House
from tests.scripts import CAMPAIGN, NAME, NIK, TO_SEAT
from tests.sim.gateway import NUMBER_OF

_FILL = Statement("UPDATE slots SET capacity = booked")
_CHECK = Statement("UPDATE records SET check_due_at = updated_at")
_NAMES = (
    Statement("UPDATE records SET number = :number"),
    Statement("UPDATE intents SET number = :number"),
)
_WISHES = (
    *("DAFTAR {nik}#{name}#PERAWAT",) * 4,
    *("JADWAL",) * 3,
    *("STATUS", "STOP", "STOP", "MULAI", "BATAL", "HAPUS", "HAPUS", "UBAH"),
    *("BUKAN SAYA", "BUKAN SAYA", "DAFTAR {other_nik}#{name}#2"),
)
_REGISTER = ("DAFTAR {nik}#{name}#PERAWAT",) * 4
_OWN = ("DAFTAR {other_nik}#{name}#2", "STATUS", "UBAH", "HAPUS")
_FAULTS = ("break_port", "mend", "crash", "start")
_EVERYTHING = (
    "nothing",
    *("somebody",) * 16,
    *("background",) * 5,
    *("wait",) * 3,
    *("receipt",) * 2,
    *_FAULTS,
    *("mark", "lose_commits", "lose", "skew"),
)


@cache
def waiting():
    """One has the only seat that is left, another waits for one."""
    house = House(scenes.booked())
    house.stores.run(_FILL)
    words = (f"DAFTAR {scenes.OTHER_NIK}#{scenes.OTHER_NAME}#PERAWAT", "YA", *TO_SEAT, "1")
    return scenes.after(house, *scenes.chat(*words, address=scenes.OTHER, n=500))


@cache
def waiting_and_leaving():
    """The one who has the seat is asked whether she cancels."""
    return scenes.after(House(waiting()), *scenes.chat("JADWAL", "2", n=600))


@cache
def waiting_and_free():
    """The seat is free, and nobody has looked yet who waits for it."""
    return scenes.after(House(waiting_and_leaving()), *scenes.chat("YA", n=650))


@cache
def to_check():
    """She has registered, and the registry is to be asked."""
    words = (f"DAFTAR {NIK}#{NAME}#PERAWAT", "YA")
    house = scenes.after(House(), *scenes.chat(*words, n=100))
    house.stores.run(_CHECK)
    return house


@cache
def claimed_and_to_check():
    house = House(scenes.claimed())
    house.stores.run(_CHECK)
    return house


@cache
def withdrawn():
    """She has withdrawn what was registered under the first number that her NIK may have."""
    house = scenes.after(House(scenes.about_to_withdraw()), *scenes.chat("1", n=750))
    for statement in _NAMES:
        house.stores.run(statement, number=NUMBER_OF(CAMPAIGN.id, NIK, 0))
    return house


class Theme(NamedTuple):
    """`houses` say where it begins, and whether records are checked with the registry.

    `deeds` are methods of the world, as often as they come. Where nobody `insists`, what was not
    answered is never delivered again. Calls that are `racing` let others go first now and then;
    those of the ports in `faulty` fail more often. People write by one of `channels`.
    """

    name: str
    houses: tuple
    wishes: tuple = _WISHES
    deeds: tuple = _EVERYTHING
    insists: bool = True
    racing: bool = False
    faulty: frozenset = frozenset()
    channels: tuple = (Channel.SMS, Channel.USSD, Channel.WHATSAPP)


_ANYTHING = Theme(
    "anything",
    (
        (scenes.open_clinic, False),
        (scenes.nothing, True),
        (scenes.verified, False),
        (scenes.about_to_book, False),
        (scenes.both_about_to_book, False),
        (scenes.booked, False),
        (scenes.both_about_to_take, False),
        (claimed_and_to_check, True),
    ),
)
THEMES = (
    _ANYTHING,
    _ANYTHING,
    Theme(
        "seats",
        (
            (scenes.booked, False),
            (scenes.about_to_cancel, False),
            (scenes.about_to_change, False),
            (scenes.about_to_erase, False),
            (scenes.both_about_to_book, False),
            (scenes.about_to_change_and_to_cancel, False),
        ),
        wishes=(*("JADWAL",) * 5, "STATUS", "HAPUS"),
        deeds=(*("somebody",) * 12, "background", "wait", *_FAULTS),
        faulty=frozenset({"sql"}),
    ),
    Theme(
        "verdicts",
        (
            (to_check, True),
            (to_check, True),
            (scenes.both_about_to_register, True),
            (claimed_and_to_check, True),
        ),
        wishes=(*_REGISTER, *_OWN),
        deeds=(
            *("somebody",) * 6,
            *("verify",) * 5,
            *("tell_registry",) * 4,
            *("wait",) * 2,
            *("send", "sweep", *_FAULTS),
        ),
        faulty=frozenset({"registry", "sql"}),
    ),
    Theme(
        "receipts",
        ((scenes.both_about_to_register, False), (scenes.booked, False), (scenes.verified, False)),
        deeds=(*("somebody",) * 6, *("send",) * 6, *("receipt",) * 6, *("wait",) * 2, *_FAULTS),
        faulty=frozenset({"kannel", "jasmin", "meta"}),
    ),
    Theme(
        "screens",
        ((scenes.verified, False), (scenes.both_about_to_register, False)),
        deeds=(*("somebody",) * 12, "sweep", "wait", *_FAULTS),
        insists=False,
        faulty=frozenset({"sql"}),
        channels=(Channel.USSD,),
    ),
    Theme(
        "sweeps",
        (
            (scenes.both_about_to_register, False),
            (withdrawn, False),
            (scenes.verified, False),
        ),
        wishes=(*_REGISTER, *_OWN),
        deeds=(*("somebody",) * 10, "background", "wait", *_FAULTS),
        insists=False,
        faulty=frozenset({"sql"}),
    ),
    Theme(
        "at once",
        (
            (scenes.both_about_to_register, False),
            (scenes.both_about_to_book, False),
            (scenes.both_about_to_take, False),
            (scenes.about_to_change_and_to_cancel, False),
            (scenes.nothing, True),
            (withdrawn, False),
        ),
        wishes=(*_REGISTER, *_OWN, "JADWAL", "JADWAL"),
        deeds=(*("at_once",) * 8, *("somebody",) * 2, "background", "wait"),
        racing=True,
    ),
    Theme(
        "standby",
        ((waiting, False), (waiting_and_leaving, False), (waiting_and_free, False)),
        wishes=(*("JADWAL",) * 4, "STATUS"),
        deeds=(*("somebody",) * 8, *("offer_seats",) * 3, *("send",) * 2, "wait", *_FAULTS),
    ),
)
