"""Letters whose sender is forged: each counted, and logged once a minute with their number."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from channels.email.letter import PROVIDER
from gateway.runtime.logs import log
from gateway.runtime.metrics import Metrics

LOG_EVERY: Final = timedelta(minutes=1)


@dataclass(slots=True)
class ForgedLetters:
    """The forged letters of this process; a line holds no address."""

    metrics: Metrics
    _unlogged: int = field(default=0, init=False)
    _logged_at: datetime | None = field(default=None, init=False)

    def note(self, at: datetime) -> None:
        """Count one that came at `at`; log those since the last line, if that is a minute ago."""
        self.metrics.forged_letters.inc()
        self._unlogged += 1
        if self._logged_at is None or at - self._logged_at >= LOG_EVERY:
            log.warning("letters fail DMARC: dropped", provider=PROVIDER, count=self._unlogged)
            self._unlogged, self._logged_at = 0, at
