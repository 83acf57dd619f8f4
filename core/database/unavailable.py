"""The one failure of every store."""


class UnavailableError(Exception):
    """A store cannot be reached or did not answer; a write may have happened. Retry later.

    `cause` is a code (`core/database/causes.py`), or empty.
    """

    def __init__(self, message: str = "", *, cause: str = "") -> None:
        super().__init__(message)
        self.cause = cause
