import pytest

from gateway.mail.peers import CONNECTIONS_MAX, LOCAL, PEER_CONNECTIONS_MAX, has_room, peer_of


@pytest.mark.parametrize(
    ("peername", "peer"),
    [
        (("127.0.0.1", 1), LOCAL),
        (("127.9.8.7", 1), LOCAL),
        (("::1", 1, 0, 0), LOCAL),
        (("::ffff:127.0.0.1", 1, 0, 0), LOCAL),
        ("", LOCAL),
        (None, LOCAL),
        (("192.0.2.1", 1), "192.0.2.1"),
        (("::ffff:192.0.2.1", 1, 0, 0), "192.0.2.1"),
        (("2001:db8:0:1::1", 1, 0, 0), "2001:db8:0:1::/64"),
        (("2001:db8:0:1:ff::9", 1, 0, 0), "2001:db8:0:1::/64"),
        (("fe80::1%eth0", 1, 0, 2), "fe80::/64"),
    ],
)
def test_a_peer_is_a_host(peername, peer):
    assert peer_of(peername) == peer


@pytest.mark.parametrize("peer", [LOCAL, "192.0.2.1"])
def test_a_peer_has_so_many_connections(peer):
    others = ["192.0.2.9"] * PEER_CONNECTIONS_MAX
    assert has_room(peer, [*others, *[peer] * (PEER_CONNECTIONS_MAX - 1)])
    assert not has_room(peer, [*others, *[peer] * PEER_CONNECTIONS_MAX])


def test_this_machine_has_some_whoever_else_connects():
    others = [f"192.0.2.{n}" for n in range(CONNECTIONS_MAX - PEER_CONNECTIONS_MAX)]
    assert has_room("192.0.3.1", others[1:])
    assert has_room("192.0.3.1", [*others[1:], *[LOCAL] * PEER_CONNECTIONS_MAX])
    assert not has_room("192.0.3.1", others)
    assert has_room(LOCAL, [*others, *[LOCAL] * (PEER_CONNECTIONS_MAX - 1)])
