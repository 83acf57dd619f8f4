"""The garbage collector of a process that imports once and then serves for weeks.

What a start allocates stays for good, yet every full collection walks all of it: some 50 ms in
which no request is answered, and a tenth of each turn. So a start runs without collection, its
objects are frozen, and turns, whose objects rarely form cycles, are collected seldom.
"""

import gc
from typing import Final

YOUNG_MAX: Final = 50_000  # containers allocated, less those freed, between two collections
YOUNG_PASSES_MAX: Final = 50  # collections of the youngest before one of the middle generation
MIDDLE_PASSES_MAX: Final = 1_000  # collections of the middle generation before a full one


def resume() -> None:
    """Freeze the rest of what a start leaves; collect from now on, at our thresholds."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_MAX, YOUNG_PASSES_MAX, MIDDLE_PASSES_MAX)
    gc.enable()
