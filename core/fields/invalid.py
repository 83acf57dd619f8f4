"""Why an answer cannot be used."""


class InvalidError(ValueError):
    """The answer cannot be used; `code` is the key of the phrase that says why.

    `facts` fill that phrase; they never hold what was typed.
    """

    def __init__(self, code: str, **facts: str) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts
