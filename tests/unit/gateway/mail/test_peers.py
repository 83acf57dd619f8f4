import pytest

from gateway.mail.peers import (
    CONNECTIONS_MAX,
    PEER_CONNECTIONS_MAX,
    SHARE_MAX,
    Peer,
    has_room,
    peer_of,
)

LOCAL = Peer("127.0.0.1", local=True)
REMOTE = Peer("192.0.2.1")
MANY = [Peer(f"192.0.3.{n}") for n in range(CONNECTIONS_MAX)]


@pytest.mark.parametrize(
    ("peername", "peer"),
    [
        (("127.0.0.1", 1), LOCAL),
        (("127.9.8.7", 1), Peer("127.9.8.7", local=True)),
        (("::1", 1, 0, 0), Peer("::1", local=True)),
        (("::ffff:127.0.0.1", 1, 0, 0), LOCAL),
        ("", Peer("", local=True)),
        (None, Peer("", local=True)),
        (("192.0.2.1", 1), REMOTE),
        (("::ffff:192.0.2.1", 1, 0, 0), REMOTE),
        (("2001:db8:0:1::1", 1, 0, 0), Peer("2001:db8:0:1::/64")),
        (("2001:db8:0:1:ff::9", 1, 0, 0), Peer("2001:db8:0:1::/64")),
        (("fe80::1%eth0", 1, 0, 2), Peer("fe80::/64")),
    ],
)
def test_a_peer_is_a_host(peername, peer):
    assert peer_of(peername) == peer


@pytest.mark.parametrize(("peer", "most"), [(REMOTE, PEER_CONNECTIONS_MAX), (LOCAL, SHARE_MAX)])
def test_a_peer_has_so_many_connections(peer, most):
    others = MANY[: CONNECTIONS_MAX - SHARE_MAX]
    assert has_room(peer, [*others, *[peer] * (most - 1)])
    assert not has_room(peer, [*others, *[peer] * most])


def test_this_machine_has_some_whoever_else_connects():
    assert SHARE_MAX < CONNECTIONS_MAX
    others = MANY[:SHARE_MAX]
    assert has_room(REMOTE, others[1:])
    assert not has_room(REMOTE, others)
    assert has_room(LOCAL, [*others, *[LOCAL] * (CONNECTIONS_MAX - SHARE_MAX - 1)])
