"""Who may connect: no peer takes all connections, and some stay for this machine's own server."""

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

CONNECTIONS_MAX: Final = 100
PEER_CONNECTIONS_MAX: Final = 25  # Postfix makes 20 to one destination
LOCAL: Final = "this machine"
_PREFIX: Final = 64  # bits of an IPv6 address that one host or site has to itself


def peer_of(peername: object) -> str:
    """Return whose connection it is, from the socket's name of the peer: `LOCAL`, or a host."""
    host = str(peername[0]) if isinstance(peername, tuple) and peername else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:  # a socket of this machine has no host
        return host or LOCAL
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback:
        return LOCAL
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _PREFIX), strict=False))
    return str(address)


def has_room(peer: str, others: Sequence[str]) -> bool:
    """Return True if `peer` may connect beside the connections of `others`."""
    if others.count(peer) >= PEER_CONNECTIONS_MAX:
        return False
    remote = len(others) - others.count(LOCAL)
    return peer == LOCAL or remote < CONNECTIONS_MAX - PEER_CONNECTIONS_MAX
