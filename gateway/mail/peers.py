"""Who may connect: no peer takes all connections, and some stay for this machine's own server."""

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final, NamedTuple

CONNECTIONS_MAX: Final = 100
PEER_CONNECTIONS_MAX: Final = 25  # of one remote peer; Postfix makes 20 to one destination
SHARE_MAX: Final = 75  # of all remote peers together; or of one address of this machine
_PREFIX: Final = 64  # bits of an IPv6 address that one host or site has to itself


class Peer(NamedTuple):
    """Whose a connection is: a host, or a network that one host has to itself."""

    host: str
    local: bool = False  # it is this machine


def peer_of(peername: object) -> Peer:
    """Return whose connection it is, from the socket's name of the peer."""
    host = str(peername[0]) if isinstance(peername, tuple) and peername else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:  # a socket of this machine has no host
        return Peer(host, local=not host)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if isinstance(address, IPv6Address) and not address.is_loopback:
        return Peer(str(ip_network((address, _PREFIX), strict=False)))
    return Peer(str(address), local=address.is_loopback)


def has_room(peer: Peer, others: Sequence[Peer]) -> bool:
    """Return True if `peer` may connect beside the connections of `others`."""
    alike = others.count(peer)
    if peer.local:
        return alike < SHARE_MAX
    remote = sum(not other.local for other in others)
    return alike < PEER_CONNECTIONS_MAX and remote < SHARE_MAX
