"""What a person answers who goes on as asked: the same as on the drawn phones of `/try`."""

from fnmatch import fnmatchcase

from gateway.simulator.stories import ANSWERS


def answer_to(keys):
    """Return what is answered, None if there is no answer to any of these."""
    return next((said for one, said in ANSWERS for key in keys if fnmatchcase(key, one)), None)
