"""People who register: scattered as they are in life, and no two of them alike.

A NIK is region (6), birth date (6), serial (4). Region, date and serial of person `n` are drawn
by a permutation, so that neighbours in `n` are strangers, and no two people share a NIK. Serials
are low, as they are issued: many people share birth date and serial, and differ in the region.

The last two digits of the region are then chosen so that the sixteen digits, each with a weight
of its own modulo 17, add up to 0. One changed digit or two swapped ones break that sum: nobody's
NIK is a slip of another's, and nobody is held for review.
"""

from datetime import date, timedelta

from core.fields.nik import WOMAN_DAY, regencies

FIRST_BORN, BIRTH_DAYS = date(1950, 1, 1), 18_250  # the last turned 20 in 2019
SERIALS = ((1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (3, 0), (4, 0), (5, 0))  # and which district
MODULUS = 17
WEIGHTS = tuple(pow(3, place, MODULUS) for place in range(16))  # all different: 3 is a root
REGENCIES = tuple(sorted(regencies()))
SPACE = len(REGENCIES) * BIRTH_DAYS * 2 * len(SERIALS)  # people: some 150 million
SYLLABLES = tuple(consonant + vowel for consonant in "BCDFGHJKLMNPRSTWYZ" for vowel in "AIUEO")
NAME_SYLLABLES = 6
NAMES = len(SYLLABLES) ** NAME_SYLLABLES
_STRIDE, _NAME_STRIDE = 92_821_733, 328_441_270_937  # primes that divide neither space


def weighted(digits):
    """Return the weighted sum of sixteen digits, modulo 17."""
    return sum(int(d) * weight for d, weight in zip(digits, WEIGHTS, strict=True)) % MODULUS


DISTRICTS = [  # by what the other digits add up to: those that make it 0
    [
        f"{two:02d}"
        for two in range(1, 100)
        if (rest + two // 10 * WEIGHTS[4] + two % 10 * WEIGHTS[5]) % MODULUS == 0
    ]
    for rest in range(MODULUS)
]


def nik(n):
    """Return the NIK of person `n`, below `SPACE`."""
    left, region = divmod(n * _STRIDE % SPACE, len(REGENCIES))
    left, day = divmod(left, BIRTH_DAYS)
    slot, woman = divmod(left, 2)
    serial, choice = SERIALS[slot]
    born = FIRST_BORN + timedelta(days=day)
    head = REGENCIES[region]
    tail = f"{born.day + WOMAN_DAY * woman:02d}{born:%m%y}{serial:04d}"
    rest = weighted(f"{head}00{tail}")
    return f"{head}{DISTRICTS[rest][choice]}{tail}"


def birth_date(n):
    """Return the birth date that the NIK of person `n` says."""
    return FIRST_BORN + timedelta(days=n * _STRIDE % SPACE // len(REGENCIES) % BIRTH_DAYS)


def name(n):
    """Return the name of person `n`: two words or three, and nobody else's."""
    code, syllables = n * _NAME_STRIDE % NAMES, []
    for _ in range(NAME_SYLLABLES):
        code, place = divmod(code, len(SYLLABLES))
        syllables.append(SYLLABLES[place])
    size = 3 if n % 2 else 2
    starts = range(0, NAME_SYLLABLES, size)
    return " ".join("".join(syllables[start : start + size]) for start in starts)


def phone(n):
    """Return the phone of person `n`, below 10^8."""
    return f"+62812{n:08d}"
