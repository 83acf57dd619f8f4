"""Are two written names one person's? Case, spacing, punctuation and degrees do not count."""

import re
import unicodedata

from rapidfuzz.distance import Levenshtein

# Degrees and titles, as they stand once the dots are gone: before the name, or after it.
_TITLES = frozenset(
    (
        *("dr", "drg", "drh", "drs", "dra", "prof", "ir", "h", "hj", "haji", "hajjah", "kh"),
        *("ns", "ners", "apt", "bd", "tn", "ny", "bpk", "bapak", "ibu", "sdr", "sdri"),
        *("amd", "amk", "amdkep", "amdkeb", "amdfarm", "amdak", "amdgz", "amdkl", "dipl"),
        *("skep", "skm", "sst", "skeb", "sked", "skg", "sfarm", "ssi", "sgz", "spsi", "str"),
        *("strkep", "strkeb", "strkes", "se", "sh", "spd", "mkes", "mkep", "mkeb", "msi", "mph"),
        *("mm", "mars", "mfarm", "mbiomed", "phd", "md", "spa", "spak", "spb", "spog", "sppd"),
        *("spp", "spjp", "span", "sprad", "spm", "spkj", "spkk", "spn", "spu", "sptht"),
    )
)
_DEGREE_APART = re.compile(
    r"\b(s|m|a|sp|str|amd)\.?\s+(kep|keb|ked|kes|farm|gz|si|md|a|og|pd)\b\.?"
)
_MARKS = re.compile(r"[^a-z ]")


def fold_name(name: str) -> str:
    """Return the bare words of `name`: lower case, no accents, punctuation or degrees."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    tokens = _DEGREE_APART.sub(r"\1\2", letters).replace(",", " ").split()
    bare = [word for token in tokens for word in _words(token)]
    return " ".join(bare or _MARKS.sub(" ", letters).split())


def names_match(first: str, second: str, *, match_min: int) -> bool:
    """Say whether two names may be one person's, with small slips of the fingers.

    Each word must find its like, in any order: a whole that is alike hides one word that is
    another person's ("Siti Aminah", "Siti Aisyah").
    """
    one, other = sorted((fold_name(first), fold_name(second)))
    if one == other or one.replace(" ", "") == other.replace(" ", ""):
        return True
    words, others = sorted(one.split()), sorted(other.split())
    if len(words) != len(others):
        return _alike(one.replace(" ", ""), other.replace(" ", ""), match_min)
    left = list(others)
    for word in words:
        like = next((candidate for candidate in left if _alike(word, candidate, match_min)), None)
        if like is None:
            return False
        left.remove(like)
    return True


def _alike(one: str, other: str, match_min: int) -> bool:
    """One slip in a short word; in a long one, as many as leave `match_min` percent alike."""
    longest = max(len(one), len(other))
    slips_max = max(1, longest * (100 - match_min) // 100) if longest > 3 else 0  # noqa: PLR2004 - "Ani" and "Ari" are two people
    return Levenshtein.distance(one, other, score_cutoff=slips_max) <= slips_max


def _words(token: str) -> list[str]:
    """Return the words in one token, none if it is a degree; `M.Yusuf` is two words."""
    if _MARKS.sub("", token) in _TITLES:
        return []
    return [
        word for word in _MARKS.sub(" ", token.replace("'", "")).split() if word not in _TITLES
    ]
