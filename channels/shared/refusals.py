"""Classify a provider's refusal by its HTTP status and its own code."""

from typing import Final

from channels.contract import Refusal

SUCCESS: Final = range(200, 300)
MISDIRECTED: Final = frozenset({404, 405, 412})  # the address or the route that we configured
_FINAL: Final = range(400, 500)
_OUR_KEY: Final = frozenset({401, 403})  # wrong, or without permission
_TEMPORARY: Final = frozenset({408, 425, 429})  # too slow, too early, too many at once
_OVERRIDING: Final = frozenset({Refusal.OPTED_OUT, Refusal.NO_MARKETING, Refusal.OUR_ACCOUNT})


def classify_refusal(status: int, by_code: Refusal | None = None) -> Refusal:
    """Return what a status outside `SUCCESS` means; `by_code` is what the provider's code means.

    Codes about the person or our account count with any status, other codes only with a final
    status. A final status without a code is about this provider: another may accept the message.
    """
    if by_code in _OVERRIDING:
        return by_code
    if status in _OUR_KEY:
        return Refusal.OUR_ACCOUNT
    if status not in _FINAL or status in _TEMPORARY:
        return Refusal.LATER
    return by_code or Refusal.OTHER_PROVIDER
