"""Whose request it is: the network address, as far as proxies of ours can be believed.

`X-Forwarded-For` is anybody's to write; each proxy appends whom it was called by. So it is read
from its end, and only for as long as the address before is that of a proxy that we trust.
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from gateway.settings.lists import Network

HOPS_MAX: Final = 10  # read of a header
FORWARDED: Final = "x-forwarded-for"
NOBODY: Final = ""
_PRIVATE: Final = tuple(  # RFC 1918, 4193, 4291 (2.5.3, 2.5.6), 6890 (2.2.2)
    ip_network(one)
    for one in (
        *("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
)
_SUBSCRIBER_BITS: Final = 64  # of an IPv6 address: one customer has all that begins so


def client_address(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """Return the address that called us, or for whom a trusted proxy did; "" if unknown.

    An IPv6 address stands for its whole /64, which one subscriber has. An address of a private
    network is a proxy's that we were not told of, or dev's: then nothing is known of who called.
    """
    found = _read(peer)
    hops = forwarded.split(",")[-HOPS_MAX:] if forwarded else []
    while found and hops and _is_trusted(found, tuple(trusted)):
        before = _read(hops.pop())
        if not before:
            break
        found = before
    return NOBODY if found and _is_trusted(found, _PRIVATE) else _subscriber(found)


def _read(text: str) -> str:
    """Return the address without its port, "" if it is none."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare)
    except ValueError:
        return NOBODY
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


@lru_cache(maxsize=1_024)
def _is_trusted(address: str, trusted: tuple[Network, ...]) -> bool:
    return any(ip_address(address) in network for network in trusted)


def _subscriber(address: str) -> str:
    if ":" not in address:
        return address
    return str(ip_network((address.partition("%")[0], _SUBSCRIBER_BITS), strict=False))
