"""The one place that constructs stores and channels, and closes them in order."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from channels.base import Channel
from core.campaign import Campaign
from core.queries import Queries
from core.wording import Wording
from gateway.desk import Desk
from gateway.settings import Settings

Work = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Everything that serves, put together."""

    settings: Settings
    campaign: Campaign
    wording: Wording
    desk: Desk
    channels: tuple[Channel, ...]
    queries: Queries
    checks: Mapping[str, Work]  # what must work for the gateway to be ready
    background: Mapping[str, Work]  # what works beside the requests
