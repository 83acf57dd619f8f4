"""Facilities as a person looks for them: by distance, regency or name. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt
from typing import Final, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from core.appointments.views import Place
from core.fields.timezones import zone_of
from core.fields.towns import centre_of, town_of
from core.messages import Location

EARTH_KM: Final = 6_371.0
NAME_LIKENESS_MIN: Final = 0.7  # of what was typed, letter by letter
WORD_LIKENESS_MIN: Final = 0.6  # below it, two words are unrelated
TYPED_WORDS_MAX: Final = 8
_BEGUN: Final = 0.95  # the likeness of a word typed only as far as its beginning
_BEGUN_LETTERS_MIN: Final = 3
_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """A place with appointments. `regency_code` are the first four digits of a NIK there."""

    code: str
    name: str
    regency_code: str
    address: str
    latitude: float | None = None
    longitude: float | None = None

    @property
    def zone(self) -> str:
        """Return its time zone, as `core.fields.timezones` names it."""
        return zone_of(self.regency_code)

    @property
    def town(self) -> str:
        """Return the name of its city or regency, "" if that is unknown."""
        return town_of(self.regency_code)

    @property
    def location(self) -> Location | None:
        """Return its coordinates, if known."""
        if self.latitude is None or self.longitude is None:
            return None
        return Location(self.latitude, self.longitude)

    def place(self, near: Location | None = None) -> Place:
        """Return it as a person sees it, with its distance from `near`."""
        away = None if self.location is None else self.km_from(near)
        return Place(self.code, self.name, self.address, away, self.town)

    def km_from(self, near: Location | None) -> float | None:
        """Return the distance in km, from the middle of its regency if it has no coordinates."""
        here = self.location or centre_of(self.regency_code)
        return None if near is None or here is None else distance_km(near, here)


class Home(NamedTuple):
    """A person's regency (from the NIK), and code, regency and location of the workplace."""

    regency: str
    workplace: str = ""
    workplace_regency: str = ""
    workplace_location: Location | None = None

    @property
    def location(self) -> Location | None:
        """Return where the person probably is: at work, else in the middle of the regency."""
        at_work = self.workplace_location or centre_of(self.workplace_regency)
        return at_work or centre_of(self.regency)

    def rank(self, facility: Facility) -> tuple[int, bool, str, str]:
        """Return a sort key without coordinates, nearest first."""
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


def order_facilities(
    found: Iterable[Facility], home: Home, near: Location | None
) -> list[tuple[Facility, Place]]:
    """Return facilities nearest first: by distance from `near`, the unknown last, or by rank."""
    places = [(facility, facility.place(near)) for facility in found]
    if near is None:
        return sorted(places, key=lambda one: home.rank(one[0]))

    def far(one: tuple[Facility, Place]) -> tuple[bool, float, tuple[int, bool, str, str]]:
        away = one[0].km_from(near)
        at_work = one[0].code == home.workplace and near == home.location
        return not at_work, float("inf") if away is None else away, home.rank(one[0])

    return sorted(places, key=far)


def match_names(typed: str, names: tuple[str, ...]) -> dict[int, float]:
    """Return index and likeness (0 to 1) of the names that may be meant by what was typed.

    Every typed word is compared with every word of a name: their order, missing words, typing
    errors and unfinished words do no harm. Long words weigh more.
    """
    words = _words(typed)[:TYPED_WORDS_MAX]
    positions = _index(names)
    scores: dict[int, float] = {}
    for word in words:
        best: dict[int, float] = {}
        for other, likeness in _alike(word, positions).items():
            for place in positions[other]:
                best[place] = max(best.get(place, 0.0), likeness)
        for place, likeness in best.items():
            scores[place] = scores.get(place, 0.0) + len(word) * likeness
    letters = sum(map(len, words))
    least = NAME_LIKENESS_MIN * letters
    return {place: score / letters for place, score in scores.items() if score >= least}


@lru_cache(maxsize=2)  # two searches in a row use the same names
def _index(names: tuple[str, ...]) -> Mapping[str, Sequence[int]]:
    """Return every word, with the indexes of the names that contain it."""
    positions: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        for word in set(_words(name)):
            positions.setdefault(word, []).append(place)
    return positions


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _alike(word: str, vocabulary: Mapping[str, object]) -> dict[str, float]:
    matches = process.extract(
        word,
        list(vocabulary),
        scorer=OSA.normalized_similarity,
        score_cutoff=WORD_LIKENESS_MIN,
        limit=None,
    )
    alike = {other: score for other, score, _ in matches}
    if len(word) >= _BEGUN_LETTERS_MIN:
        begun = (other for other in vocabulary if other.startswith(word) and other != word)
        alike |= {other: max(alike.get(other, 0.0), _BEGUN) for other in begun}
    return alike
