"""What the gateways call: providers that take messages, and the registry."""

import asyncio

from channels.contract import Refusal, Refused, Sent
from core.database.unavailable import UnavailableError
from core.events import Receipt, ReceiptStatus
from core.messages import Channel
from core.roster.listing import Listing
from gateway.registry.client import CALL_SECONDS_MAX, Answer
from gateway.sending.delivery import Route
from tests.sim.nemesis import DoubtError

PROVIDERS = {
    Channel.SMS: ("kannel", "jasmin"),
    Channel.WHATSAPP: ("meta",),
    Channel.EMAIL: ("relay",),
}
SILENT = frozenset({"jasmin"})  # its receipts do not say our reference
ANSWERS = (None,) * 11 + (
    Refusal.LATER,
    Refusal.OTHER_PROVIDER,
    Refusal.UNSURE,
    Refusal.NOBODY,
    Refusal.OPTED_OUT,
)
REFUSING = ANSWERS[7:]


class Providers:
    """All providers; what one of them took reaches its person at once."""

    def __init__(self, world):
        self._world = world
        self.taken = []  # (provider, provider's id, Claimed), the newest last
        self._settled = 0  # how many of them had their last receipt

    def routes(self, gateway):
        return {
            channel.value: [self._route(gateway, name) for name in names]
            for channel, names in PROVIDERS.items()
        }

    def _route(self, gateway, provider):
        async def send(claimed):
            return await self._send(gateway, provider, claimed)

        return Route(provider, send, echoes_reference=provider not in SILENT)

    async def _send(self, gateway, provider, claimed):
        taker = (gateway, gateway.faults)
        followed = self._world.oracle.followed
        followed.asks(provider, claimed, gateway)
        result = await self._tried(gateway, provider, claimed, taker)
        if isinstance(result, Refused):
            echoes = provider not in SILENT
            followed.refuses(provider, claimed, taker, result.means, echoes=echoes)
        return result

    async def _tried(self, gateway, provider, claimed, taker):
        try:
            return await self._world.nemesis.around(
                gateway, provider, lambda: self._answer(provider, claimed, taker)
            )
        except DoubtError:
            return Refused("silence", Refusal.UNSURE)
        except UnavailableError:
            return Refused("unreachable", Refusal.LATER)

    def _answer(self, provider, claimed, taker):
        world = self._world
        answers = REFUSING if provider in world.theme.faulty else ANSWERS
        means = None if world.nemesis.calm else world.choices.one_of(answers)
        if means is Refusal.UNSURE and world.choices.one_in(2):
            taker[0].faults += 1
            self._take(provider, claimed, taker)
            raise DoubtError("no answer", cause="doubt")
        if means is not None:
            world.hit("provider", means.name.lower())
            if means is Refusal.OPTED_OUT:
                world.oracle.excused.add("opted")
            world.note("refuses", provider, claimed.id, means.name.lower())
            return Refused("no", means)
        return self._take(provider, claimed, taker)

    def _take(self, provider, claimed, taker):
        world = self._world
        provider_id = f"{provider}-{len(self.taken)}"
        self.taken.append((provider, provider_id, claimed))
        world.hit("provider", "takes")
        world.note("takes", provider, claimed.id, claimed.message.key)
        world.oracle.taken(provider, claimed, taker)
        world.tell(claimed.message)
        return Sent(provider_id)

    def id_of(self, provider_id):
        """Return the row of the message that a provider took under its id."""
        return int(self.taken[int(provider_id.rpartition("-")[2])][2].id)

    def receipt(self):
        """Return a receipt for a message that was taken; None if there is none."""
        if not self.taken:
            return None
        choices = self._world.choices
        provider, provider_id, claimed = self.taken[-1 - choices.below(len(self.taken))]
        statuses = (ReceiptStatus.DELIVERED, ReceiptStatus.SENT, ReceiptStatus.FAILED)
        status = choices.one_of(statuses)
        self._world.hit("receipt", status.value)
        self._world.note("receipt", claimed.id, status.value)
        if status is ReceiptStatus.FAILED:
            self._world.oracle.excuse(claimed)
        return self._receipt(provider, provider_id, claimed, status)

    def receipts(self):
        """Return the receipts of all that was taken since the last call: then none is in doubt."""
        new, self._settled = self.taken[self._settled :], len(self.taken)
        for provider, provider_id, claimed in new:
            yield self._receipt(provider, provider_id, claimed, ReceiptStatus.DELIVERED)

    def _receipt(self, provider, provider_id, claimed, status):
        return Receipt(
            provider=provider,
            provider_id=provider_id,
            status=status,
            reference="" if provider in SILENT else claimed.id,
            channel=claimed.message.channel,
        )


class SimRegistry:
    """The ministry's: `look_up` as a `Registry`, and `post` as the receiver of a feed."""

    def __init__(self, world, gateway):
        self._world, self._gateway = world, gateway

    async def look_up(self, applicant):
        world = self._world
        asker = (self._gateway, self._gateway.faults)

        def act():
            listed = world.nemesis.calm or world.choices.byte() % 2 == 0
            name = applicant.full_name if listed else ""
            world.hit("registry", "listed" if listed else "not listed")
            world.oracle.followed.verdict(applicant, asker)
            return Listing(listed, name, "F1" if listed else "")

        return await world.nemesis.around(self._gateway, "registry", act)

    async def post(self, batch):
        world = self._world

        def act():
            refuses = not world.nemesis.calm and world.choices.one_in(16)
            world.hit("feed", "refused" if refuses else "told")
            if refuses:
                world.oracle.excused.add("fed")
            else:
                world.oracle.fed(batch)
                world.oracle.followed.fed(batch)
            return Answer(422 if refuses else 204, b"")

        world.oracle.followed.feeds(self._gateway)
        try:
            async with asyncio.timeout(CALL_SECONDS_MAX):
                return await world.nemesis.around(self._gateway, "registry", act)
        except TimeoutError as error:
            raise UnavailableError("the registry did not answer") from error
        finally:
            world.oracle.followed.rests(self._gateway)
