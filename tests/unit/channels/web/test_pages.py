"""The headers of every page."""

from channels.web.pages import HEADERS, headers_of


def test_nobody_may_frame_a_page():
    assert headers_of({}) == headers_of({"console"}) == HEADERS
    named = dict(HEADERS)
    assert "frame-ancestors 'none'" in named["content-security-policy"]
    assert named["x-frame-options"] == "DENY"


def test_where_the_simulator_is_served_only_our_own_page_may():
    named = dict(headers_of({"try"}))
    assert "frame-ancestors 'self'" in named["content-security-policy"]
    assert named["x-frame-options"] == "SAMEORIGIN"
    changed = [name for name, value in HEADERS if named[name] != value]
    assert changed == ["content-security-policy", "x-frame-options"]
