"""The garbage collector of a process that imports once and then serves for weeks.

What a start makes stays for good, yet every full pass walks all of it: some 50 ms in which no
phone is answered, and a tenth of each turn. So a start is not collected at all, what it left is
set aside, and what turns make, which rarely goes in circles, is looked through seldom.
"""

import gc
from typing import Final

YOUNG_MAX: Final = 50_000  # containers made, less those freed, between two passes
YOUNG_PASSES_MAX: Final = 50  # of the youngest, before the middle ones are looked through too
MIDDLE_PASSES_MAX: Final = 1_000  # of the middle ones, before all are


def pause() -> None:
    """Collect nothing until `settle`."""
    gc.disable()


def set_aside() -> None:
    """Never look again at what imports have made: hardly any of it is garbage."""
    gc.freeze()


def settle() -> None:
    """Set aside the rest of what a start leaves, and collect what comes at our thresholds."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_MAX, YOUNG_PASSES_MAX, MIDDLE_PASSES_MAX)
    gc.enable()
