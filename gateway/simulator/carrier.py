"""What takes our messages in dev where no account does: it keeps them, or fails as told."""

from collections.abc import Mapping
from typing import Final

from channels.contract import Refusal, Refused, Sent
from core.messages import Channel
from core.outbox.message import Claimed
from gateway.sending.delivery import DEV, Route
from gateway.simulator.faults import Faults

FAILS: Final[Mapping[str, Refused]] = {
    "busy": Refused("429: too many requests", Refusal.LATER),
    "silent": Refused("no answer", Refusal.UNSURE),
    "nobody": Refused("no such number", Refusal.NOBODY),
}
CHANNELS: Final = (Channel.SMS, Channel.WHATSAPP, Channel.EMAIL)


def simulated_routes(routes: Mapping[str, list[Route]], faults: Faults) -> dict[str, list[Route]]:
    """Return the routes, with one of ours for each channel that has none."""

    async def send(claimed: Claimed) -> Sent | Refused:
        for kind, refused in FAILS.items():
            if faults.once.pop(kind, None) is not None:
                return refused
        return Sent(claimed.message.key)

    ours = {channel.value: [Route(DEV, send)] for channel in CHANNELS}
    return {**ours, **{name: several for name, several in routes.items() if several}}
