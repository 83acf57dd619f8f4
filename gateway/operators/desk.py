"""What the acts of the desk stand on, and all of them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from core.campaign import Campaign
from core.cases.desk import SqlCases
from core.database.database import Database
from core.operators.queries import Queries
from core.turns.perform import EffectRunner
from core.turns.sessions import SessionStore
from core.wording.catalog import Wording
from gateway.runtime.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The stores and words.

    `steps` returns how many turns reached each step, `examine` what the doctor finds.
    """

    database: Database
    wording: Wording
    campaign: Campaign
    steps: Callable[[], Awaitable[dict[str, int]]]
    examine: Callable[[], Awaitable[Sequence[Finding]]]
    effects: EffectRunner
    sessions: SessionStore

    @property
    def countries(self) -> frozenset[str]:
        """Return the countries that SMS go to unasked, by ISO code."""
        return self.effects.terms.countries

    @property
    def cases(self) -> SqlCases:
        """Return the cases."""
        return SqlCases(self.database, self.effects.terms)

    @property
    def queries(self) -> Queries:
        """Return the operator's queries."""
        return Queries(self.database)
