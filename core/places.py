"""Facilities as a person looks for them: how far, in whose regency, by what name. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Final, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from core.message import Location
from core.standing import Place
from core.zones import zone_of

EARTH_KM: Final = 6_371.0
NAME_LIKENESS_MIN: Final = 0.7  # of what was typed, letter by letter
WORD_LIKENESS_MIN: Final = 0.6  # below it, two words have nothing to do with each other
TYPED_WORDS_MAX: Final = 8
_BEGUN: Final = 0.95  # the likeness of a word typed only as far as its beginning
_BEGUN_LETTERS_MIN: Final = 3
_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """A place where appointments are kept. `regency_code` is as at the head of a NIK."""

    code: str
    name: str
    regency_code: str
    address: str
    latitude: float | None = None
    longitude: float | None = None

    @property
    def zone(self) -> str:
        """Return its time zone, as `core.zones` names it."""
        return zone_of(self.regency_code)

    @property
    def location(self) -> Location | None:
        """Return where it is, if that is known."""
        if self.latitude is None or self.longitude is None:
            return None
        return Location(self.latitude, self.longitude)

    def place(self, near: Location | None = None) -> Place:
        """Return what a person is shown of it, with its distance from `near`."""
        here = self.location
        away = None if near is None or here is None else distance_km(near, here)
        return Place(self.code, self.name, self.address, away)


class Home(NamedTuple):
    """Where a person is at home: regency by NIK, and code and regency of the workplace."""

    regency: str
    workplace: str = ""
    workplace_regency: str = ""

    def rank(self, facility: Facility) -> tuple[int, bool, str, str]:
        """Return how near a facility counts without coordinates; the lowest is nearest."""
        theirs, work = facility.regency_code, self.workplace_regency
        nearer = (
            theirs == self.regency,
            theirs == work,
            theirs[:2] == self.regency[:2],
            bool(work) and theirs[:2] == work[:2],
            True,
        )
        away = facility.code != self.workplace
        return nearer.index(True), away, facility.name, facility.code


def distance_km(one: Location, other: Location) -> float:
    """Return the distance along the great circle (haversine)."""
    north, north_too = radians(one.latitude), radians(other.latitude)
    half_up = sin((north_too - north) / 2) ** 2
    half_across = sin(radians(other.longitude - one.longitude) / 2) ** 2
    chord = half_up + cos(north) * cos(north_too) * half_across
    return 2 * EARTH_KM * asin(min(1.0, sqrt(chord)))


def order(
    found: Iterable[Facility], home: Home, near: Location | None
) -> list[tuple[Facility, Place]]:
    """Return facilities nearest first: by distance from `near`, the unknown last, or by rank."""
    places = [(facility, facility.place(near)) for facility in found]
    if near is None:
        return sorted(places, key=lambda one: home.rank(one[0]))

    def far(one: tuple[Facility, Place]) -> tuple[float, tuple[int, bool, str, str]]:
        away = one[1].distance_km
        return float("inf") if away is None else away, home.rank(one[0])

    return sorted(places, key=far)


def named(typed: str, names: Mapping[str, str]) -> dict[str, float]:
    """Return which of the names (key -> name) may be meant by what was typed, and how like.

    Every typed word is held against every word of a name, so that order, words left out, slips
    and words only begun do no harm; long words weigh more.
    """
    wanted = _words(typed)[:TYPED_WORDS_MAX]
    pieces = {key: _words(name) for key, name in names.items()}
    vocabulary = sorted({word for words in pieces.values() for word in words})
    likeness = {word: _alike(word, vocabulary) for word in set(wanted)}
    letters = sum(map(len, wanted))
    found = {}
    for key, words in pieces.items():
        score = sum(
            len(one) * max((likeness[one].get(word, 0.0) for word in words), default=0.0)
            for one in wanted
        )
        if letters and score >= NAME_LIKENESS_MIN * letters:
            found[key] = score / letters
    return found


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _alike(word: str, vocabulary: list[str]) -> dict[str, float]:
    scorer = OSA.normalized_similarity
    matches = process.extract(
        word, vocabulary, scorer=scorer, score_cutoff=WORD_LIKENESS_MIN, limit=None
    )
    alike = {other: score for other, score, _ in matches}
    if len(word) >= _BEGUN_LETTERS_MIN:
        for other in vocabulary:
            if other.startswith(word):
                alike[other] = max(alike.get(other, 0.0), _BEGUN)
    alike |= {word: 1.0} if word in vocabulary else {}
    return alike
