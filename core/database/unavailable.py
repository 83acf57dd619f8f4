"""The one failure of every store."""


class UnavailableError(Exception):
    """A store cannot be reached or did not answer; nothing is certain; try again later.

    `cause` is a code (`core/database/causes.py`), where a store or the system gave one.
    """

    def __init__(self, message: str = "", *, cause: str = "") -> None:
        super().__init__(message)
        self.cause = cause
