"""Which routes lead to a message's recipient, and in which order to try them. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from core.messages import AddressKind, Channel
from core.outbox.message import Claimed, Outgoing
from core.outbox.receipts import STAND_IN, TEMPLATE
from gateway.sending.delivery import KEPT_HERE, NO_ACCOUNT, Route
from gateway.sending.routing import Prefixes, order_routes

Routes = Prefixes[Sequence[Route]]  # by channel, or by channel and the beginning of a number


def reach(message: Outgoing, routes: Routes, *, closed: bool = False) -> list[Route]:
    """Return every route to the address, SMS last for a phone number on WhatsApp.

    With `closed`, the person's last message is known to be too old for free text, which then comes
    after the templates of the same account.
    """
    own = [one for one in _on(routes, message.channel, message) if one.takes(message)]
    own = own or [KEPT_HERE]
    if closed:
        own.sort(key=lambda one: not (is_template(one) and one.foresees))
    if message.channel is Channel.WHATSAPP and message.address.kind is AddressKind.PHONE:
        texts = [one for one in _on(routes, Channel.SMS, message) if one is not NO_ACCOUNT]
        return [*own, *(replace(one, provider=STAND_IN + one.provider) for one in texts)]
    return own


def _on(routes: Routes, channel: Channel, message: Outgoing) -> Sequence[Route]:
    return routes.find(f"{channel}{message.address.value}", ())


def candidates(
    claimed: Claimed, reachable: Iterable[Route], resting: Collection[str]
) -> list[Route]:
    """Return the routes that may still take the message, in the order to try them."""
    message = claimed.message
    routes, here = {route.provider: route for route in reachable}, f"{message.channel}/"
    late = {name.removeprefix(here) for name in resting if name.startswith(here)}
    names = order_routes(
        list(routes),
        preferred=message.provider,
        refused_by=claimed.refused_by,
        deprioritised=late | {claimed.unsure_of},
    )
    return [routes[name] for name in names]


def may_try(route: Route, refused_by: Collection[str], *, closed: bool) -> bool:
    """Return False for a template while free text, which costs less, may still be taken."""
    if not is_template(route) or (closed and route.foresees):
        return True
    return route.provider.removeprefix(TEMPLATE) in refused_by


def ways_of(provider: str) -> tuple[str, ...]:
    """Return the provider and the other way by the same account, text or template, if any."""
    if provider.startswith(STAND_IN):
        return (provider,)
    account = provider.removeprefix(TEMPLATE)
    return account, TEMPLATE + account


def is_template(route: Route) -> bool:
    """Return True if the route sends approved templates only."""
    return route.provider.startswith(TEMPLATE)
