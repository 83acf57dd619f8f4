"""Pages are packed where the browser takes that, and else as they were."""

import gzip

import pytest

from channels.contract import Response
from channels.web.packing import PACKED_BYTES_MIN, pack

PAGE = Response(b"a" * PACKED_BYTES_MIN, headers=(("cache-control", "no-store"),))


@pytest.mark.parametrize("accepted", ["gzip", "gzip, deflate, br", "br;q=1.0, GZIP;q=0.8"])
def test_a_page_is_packed_for_whoever_takes_it(accepted):
    packed = pack(PAGE, accepted)
    assert gzip.decompress(packed.body) == PAGE.body
    assert {("content-encoding", "gzip"), ("vary", "accept-encoding")} <= set(packed.headers)
    assert PAGE.headers[0] in packed.headers


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "gzip; q=0.000", "xgzip"])
def test_nobody_else_gets_it_packed(accepted):
    assert pack(PAGE, accepted) is PAGE


def test_a_short_page_is_not_worth_it():
    short = Response(b"a" * (PACKED_BYTES_MIN - 1))
    assert pack(short, "gzip") is short


def test_the_same_page_is_the_same_bytes():
    assert pack(PAGE, "gzip").body == pack(PAGE, "gzip").body
