"""What a provider's refusal means, by its HTTP status and its own code."""

from typing import Final

from channels.contract import Refusal

TOOK: Final = range(200, 300)
_FINAL: Final = range(400, 500)
_OUR_KEY: Final = frozenset({401, 403})  # it is wrong, or may not do this
_PASSING: Final = frozenset({408, 425, 429})  # too slow, too early, too many at once
_WHATEVER_THE_STATUS: Final = frozenset({Refusal.OPTED_OUT, Refusal.OUR_ACCOUNT})


def refusal(status: int, by_code: Refusal | None = None) -> Refusal:
    """Return what a status other than `TOOK` means. `by_code`: what their own code says, if any.

    A code about the message counts where the status is final, too. A final status alone is about
    this provider: another may take the message.
    """
    if by_code in _WHATEVER_THE_STATUS:
        return by_code
    if status in _OUR_KEY:
        return Refusal.OUR_ACCOUNT
    if status not in _FINAL or status in _PASSING:
        return Refusal.LATER
    return by_code or Refusal.OTHER_PROVIDER
