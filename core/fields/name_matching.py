"""Decide if two names are one person's, whatever their case, spacing, punctuation and degrees."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

NAMES_MAX = 4096  # cached: a registration folds its name many times, later hardly anything does

# Degrees and titles without their dots and spaces, wherever they stand.
_TITLES = frozenset(
    (
        *("dr", "drg", "drh", "drs", "dra", "prof", "ir", "h", "hj", "haji", "hajjah", "kh"),
        *("ns", "ners", "apt", "bd", "tn", "ny", "bpk", "bapak", "ibu", "sdr", "sdri"),
        *("amd", "amk", "amkeb", "amkl", "amdkep", "amdkeb", "amdkes", "amdfarm", "amdak"),
        *("amdgz", "amdkl", "amdrad", "dipl", "bsc", "msc", "mba", "mph", "phd", "finasim"),
        *("skep", "skm", "sst", "skeb", "sked", "skg", "skes", "sfarm", "ssi", "sgz", "spsi"),
        *("strkep", "strkeb", "strkes", "strgz", "str", "se", "sh", "sos", "ssos", "spd", "sag"),
        *("mkes", "mkep", "mkeb", "mked", "mkm", "msi", "mm", "mh", "mars", "mfarm", "mbiomed"),
        *("spa", "spak", "spb", "spbs", "spog", "spot", "sppd", "spp", "sppa", "sppk", "spjp"),
        *("span", "sprad", "spm", "spkj", "spkk", "spkfr", "spgk", "spn", "spu", "sptht"),
        *("kgeh", "kgh", "khom", "kkv", "kic"),
    )
)
_AFTER_A_NAME = frozenset(("st", "mt", "k"))  # before one, `St.` is Siti
_PIECES_MAX = 4  # of one degree: `A. Md. Keb.` is three
_SPECIALIST = "sp"
_ASIDE = re.compile(r"\([^)]{0,100}\)")  # `Sp.OG(K)`
_APOSTROPHES = re.compile(r"['\u2019`]")  # Ma'ruf, Maruf
_NO_LETTERS = re.compile(r"[^a-z]")  # of ASCII in lower case

# Ways to write one name, no slips of the fingers; tried on folded names.
_SPELLINGS = (
    (re.compile(r"^m(h?d|[ou]c?hd?)?(?= )|\bm[ou]c?h?amm?[ae]d\b"), "muhammad"),
    (re.compile(r"^st(?= )"), "siti"),
    (re.compile(r"\babd\b"), "abdul"),
    (re.compile(r"oe"), "u"),  # as written before 1947: Soekarno
)
# Some changes of a letter make another name, not a slip: in a short name any change (Dewi and
# Desi), in any name that of the last vowel (Rina and Rini, Putra and Putri, Susanto and Susanti).
_SHORT = 4  # letters
_ANOTHER = 1_000  # counted for such a change: more slips than any name has


@lru_cache(maxsize=NAMES_MAX)
def fold_name(name: str) -> str:
    """Return the bare words of `name`: lower case, no accents, punctuation or degrees."""
    words = _words(_ASIDE.sub(" ", name)) or _words(name)
    bare = _without_titles(words)
    while bare != words:  # a title gone from between two halves of another
        words, bare = bare, _without_titles(bare)
    return " ".join(bare)


def names_match(first: str, second: str, *, match_min: int) -> bool:
    """Return True if two names may be one person's, mistyped.

    At least `match_min` percent of the letters must be alike, and each word must match a word:
    names that are alike as a whole may differ in one that matters ("Siti Aminah", "Siti Aisyah").
    """
    one, other = _spelled(first), _spelled(second)
    if first == second or not one or not other:
        return first == second
    one_joined, other_joined = "".join(one), "".join(other)
    letters = max(len(one_joined), len(other_joined))
    slips_max = (letters * (100 - match_min) + 50) // 100
    one_left, other_left = _unmatched(one, other), _unmatched(other, one)
    if one_joined == other_joined or not (one_left or other_left):
        return True
    if len(one_left) != len(other_left):
        return _slips(one_joined, other_joined) <= min(slips_max, 1)
    by_place = zip(one_left, other_left, strict=True)
    by_letter = zip(sorted(one_left), sorted(other_left), strict=True)
    return _alike(by_place, slips_max) or _alike(by_letter, slips_max)


def same_name(one: str, other: str, match_min: int) -> bool:
    """Return True if the names are alike enough for one NIK, which no sibling shares."""
    if names_match(one, other, match_min=match_min):
        return True
    return fuzz.ratio(fold_name(one), fold_name(other)) >= match_min


def is_title(text: str) -> bool:
    """Return True if the text is a degree or a title, without its full stops."""
    return text.lower() in _TITLES


def without_links(name: str) -> str:
    """Return the name without what a mail program would turn into a link."""
    return " ".join(name.replace(".", " ").replace("/", " ").split())


def _words(name: str) -> list[str]:
    name = _APOSTROPHES.sub("", name)
    if name.isascii():
        return _NO_LETTERS.sub(" ", name.lower()).split()
    plain = unicodedata.normalize("NFKD", name).casefold()
    bare = (char for char in unicodedata.normalize("NFKD", plain) if not _is_accent(char))
    # Marks that are no accents are vowels in other scripts.
    return "".join(char if unicodedata.category(char)[0] in "LM" else " " for char in bare).split()


def _is_accent(char: str) -> bool:
    return unicodedata.combining(char) != 0


def _without_titles(words: list[str]) -> list[str]:
    """Drop degrees, however their pieces are spaced; a name of nothing else stays."""
    bare: list[str] = []
    place = 0
    while place < len(words):
        pieces = _title_at(words, place, after_a_name=bool(bare))
        if not pieces:
            bare.append(words[place])
        place += pieces or 1
    return bare or words


def _title_at(words: list[str], place: int, *, after_a_name: bool) -> int:
    """Return the number of pieces of the title at `place`; 0 if there is none."""
    for pieces in range(_PIECES_MAX, 0, -1):
        title = "".join(words[place : place + pieces])
        if title in _TITLES or (after_a_name and title in _AFTER_A_NAME):
            return min(pieces, len(words) - place)
    specialist = after_a_name and words[place] == _SPECIALIST
    return min(2, len(words) - place) if specialist else 0


def _spelled(name: str) -> list[str]:
    folded = fold_name(name)
    for written, meant in _SPELLINGS:
        folded = written.sub(meant, folded)
    return folded.split()


def _unmatched(words: list[str], others: list[str]) -> list[str]:
    """Return the words that have no equal among the others, each of which is one word's equal."""
    left, lone = list(others), []
    for word in words:
        if word in left:
            left.remove(word)
        else:
            lone.append(word)
    return lone


def _alike(pairs: Iterable[tuple[str, str]], slips_max: int) -> bool:
    found = [_slips(one, other) for one, other in pairs]
    return sum(found) <= slips_max and max(found) <= max(1, slips_max // 2)


def _slips(one: str, other: str) -> int:
    """Count changed, missing, added and swapped letters; `_ANOTHER` if the names differ."""
    slips = OSA.distance(one, other)
    if slips != 1 or len(one) != len(other):
        return slips
    changed = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    ending = one[-1] != other[-1] and set(changed[0]) <= set("aeiou")
    another = len(changed) == 1 and (ending or len(one) <= _SHORT)
    return _ANOTHER if another else slips
