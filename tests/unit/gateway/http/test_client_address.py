"""Whose request it is: only a proxy that is trusted is believed, and only about its caller."""

from ipaddress import ip_network

import pytest

from gateway.http.client_address import HOPS_MAX, client_address

OURS = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # a stranger's word
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (
            "10.0.0.1",
            "1.1.1.1, 198.51.100.1",
            "198.51.100.1",
        ),  # what stands before is a stranger's
        ("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.2.3.4", "198.51.100.1"),
        ("10.0.0.1", "10.2.3.4", ""),
        ("10.0.0.1", "", ""),
        ("10.0.0.1", "1.1.1.1, unknown", ""),
        ("127.0.0.1", "1.1.1.1", ""),  # a proxy that we were not told of
        ("192.168.0.1", "", ""),
        ("100.64.0.1", "", "100.64.0.1"),  # a carrier's subscriber
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::/64"),
        ("fd00::1", "198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("2001:db8:1:2:3::4", "", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::5", "", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "", ""),
        ("::1", "", ""),
        ("", "198.51.100.1", ""),
        ("testclient", "198.51.100.1", ""),
    ],
)
def test_whose_request_it_is(peer, forwarded, found):
    assert client_address(peer, forwarded, OURS) == found


def test_so_many_hops_are_read():
    chain = ["198.51.100.1", *["10.0.0.2"] * (HOPS_MAX - 1)]
    assert client_address("10.0.0.1", ",".join(chain), OURS) == "198.51.100.1"
    chain.append("10.0.0.2")
    assert client_address("10.0.0.1", ",".join(chain), OURS) == ""
    assert client_address("10.0.0.1", "," * 1_000_000, OURS) == ""
