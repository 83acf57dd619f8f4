"""What every channel promises, whoever's wire it is. A new one takes a row in `channels.py`."""

from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from channels.contract import Refused, RejectedError, Request, Response, Sent
from core.events import HangUp, Look, Moved, OptOut, Receipt
from core.messages import Address, AddressKind, Channel, Inbound, Reply
from core.outbox.message import Outgoing
from tests.contract.channels import (
    CARRIERS,
    NAME,
    NOW,
    PERSONAL,
    PHONE,
    REPLY,
    REPORTS,
    TEXT,
    TRIALS,
    WIRES,
)

EVENTS = (Inbound, Receipt, HangUp, OptOut, Moved, Look)
HONEST = {400, 401, 403, 413}
HUGE = 1_000_000
BODY_BYTES_MAX = 4_000_000  # the widest wire is Meta's
SILENT = Reply(prompts=(), language="id")

every_wire = pytest.mark.parametrize("wire", [*WIRES, *TRIALS], ids=lambda wire: wire.name)
every_door = pytest.mark.parametrize(
    "wire", [*WIRES, *TRIALS, *REPORTS], ids=lambda wire: wire.name
)
every_carrier = pytest.mark.parametrize("hauler", CARRIERS, ids=lambda hauler: hauler.name)


def messages(channel, request):
    events = channel.parse(request)
    return [event for event in events if isinstance(event, Inbound)]


def only(channel, request):
    (message,) = messages(channel, request)
    return message


def holds(channel, request):
    """Whatever was asked, the answer is events or an honest rejection, and a response."""
    events, status, reason = (), 400, ""
    try:
        events = channel.parse(request)
    except RejectedError as rejected:
        status, reason = rejected.status, rejected.reason
    assert status in HONEST
    assert not any(datum in reason for datum in PERSONAL)
    assert isinstance(events, tuple)
    assert all(isinstance(event, EVENTS) for event in events)
    for reply in (None, REPLY):
        assert isinstance(channel.answer(request, reply), Response)
    return events


def test_no_two_wires_share_a_path():
    channels = [wire.open for wire in (*WIRES, *TRIALS, *REPORTS)]
    paths = [path for channel in channels for path in channel.paths]
    assert len(paths) == len(set(paths))
    assert len({channel.name for channel in channels}) == len(channels)


@every_door
def test_what_is_read_at_all_is_bounded(wire):
    assert 0 <= wire.open.body_bytes_max <= BODY_BYTES_MAX


@every_wire
def test_a_message_is_read(wire):
    message = only(wire.guarded, wire.good(TEXT, "id-1"))
    assert message.received_at == NOW
    assert TEXT in {message.text, message.ussd.typed if message.ussd else ""}
    assert message.provider == wire.name.partition("/")[2]


# -- total -----------------------------------------------------------------------------------

_TEXTS = st.text(max_size=200)
_HEADERS = st.dictionaries(
    st.sampled_from(
        ["content-type", "x-twilio-signature", "x-hub-signature-256", "x-kannel-from"]
    ),
    st.one_of(st.text(max_size=60), st.sampled_from(["text/plain; charset=utf-16be", "a;b;c"])),
)


@every_door
@settings(deadline=None)
@given(data=st.data(), body=st.binary(max_size=400), query=_TEXTS, headers=_HEADERS)
def test_any_request_gives_events_or_a_rejection(wire, data, body, query, headers):
    for channel in (wire.guarded, wire.open):
        path = data.draw(st.sampled_from(sorted(channel.paths)))
        method = data.draw(st.sampled_from(channel.paths[path]))
        request = Request(
            method=method, path=path, query=query, headers=headers, body=body, received_at=NOW
        )
        holds(channel, request)


@every_door
@settings(deadline=None)
@given(data=st.data(), text=_TEXTS, name=_TEXTS, noise=st.binary(max_size=8))
@example(data=None, text="", name="1", noise=b"")
def test_a_garbled_message_gives_events_or_a_rejection(wire, data, text, name, noise):
    try:
        good = wire.good(text, name)
    except UnicodeEncodeError:  # a text that the provider itself could not have sent
        good = wire.good(TEXT, "id-1")
    at = data.draw(st.integers(0, len(good.body))) if data else 0
    end = at + (data.draw(st.integers(0, 8)) if data else 0)
    channel = wire.open
    for path in channel.paths:
        garbled = good.body[:at] + noise + good.body[end:]
        holds(channel, replace(good, path=path, body=garbled))
        holds(channel, replace(good, path=path, query=good.query[:at] + good.query[end:]))


@every_door
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe\x00",
        b"\0" * 100,
        b"&" * HUGE,
        b"a=1&" * (HUGE // 4),
        b"x" * HUGE,
        b"[" * HUGE,
        b'{"a":' * (HUGE // 5),
        b"9" * HUGE,
        b"%" * 50_000,
        b"text=" + b"*" * 60_000,
        "text=\ud800".encode("utf-8", "surrogatepass"),
        b"\x00t\x00e\x00x\x00t\x00=\x001",
    ],
    ids=lambda body: f"{body[:8]!r}x{len(body)}",
)
def test_empty_huge_and_odd_bodies_do_no_harm(wire, body):
    channel = wire.open
    for path in channel.paths:
        holds(channel, replace(wire.good(TEXT, "id-1"), path=path, query="", body=body))


@every_door
@pytest.mark.parametrize("charset", ["utf-16", "no-such", "idna", "rot13", "utf-7", '"', ""])
def test_a_strange_charset_does_no_harm(wire, charset):
    good = wire.good(TEXT, "id-1")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        headers = {**good.headers, "content-type": f"{kind}; charset={charset}"}
        holds(wire.open, replace(good, headers=headers))


@every_wire
def test_no_nul_gets_in(wire):
    good = wire.good("DAFTAR XYZ", "id-1")
    hole = replace(
        good,
        body=good.body.replace(b"XYZ", b"%00").replace(b"58595a", b"000000"),
        query=good.query.replace("XYZ", "%00"),
    )
    for event in holds(wire.open, hole):
        typed = event.ussd.typed if event.ussd else ""
        assert "\0" not in event.text + typed + event.message_id


# -- strangers -------------------------------------------------------------------------------


@every_door
def test_a_stranger_is_refused_on_every_path(wire):
    channel = wire.guarded
    good = wire.good(TEXT, "id-1")
    assert channel.parse(good)
    for forged in wire.forged(good):
        for path in channel.paths:
            with pytest.raises(RejectedError) as caught:
                channel.parse(replace(forged, path=path))
            assert caught.value.status in {401, 403}, forged


@every_door
def test_there_are_strangers_to_refuse(wire):
    assert len(wire.forged(wire.good(TEXT, "id-1"))) >= 3


@every_wire
def test_a_channel_without_a_secret_takes_anyone(wire):
    assert messages(wire.open, wire.good(TEXT, "id-1"))


# -- the same message is the same message ----------------------------------------------------


@every_wire
def test_the_same_bytes_are_the_same_message(wire):
    first = only(wire.guarded, wire.good(TEXT, "id-1"))
    later = replace(wire.good(TEXT, "id-1"), received_at=NOW + timedelta(hours=12))
    assert only(wire.guarded, later) == replace(first, received_at=later.received_at)


@every_wire
def test_another_message_has_another_id(wire):
    channel = wire.guarded
    ids = {only(channel, wire.good(TEXT, f"id-{n}")).message_id for n in range(20)}
    assert len(ids) == 20


@every_wire
def test_an_id_does_not_tell_what_was_typed(wire):
    for name in ("id-1", "x" * 4_000, ""):
        try:
            found = messages(wire.guarded, wire.good(TEXT, name))
        except RejectedError:
            continue
        for message in found:
            assert len(message.message_id) <= 256
            assert not any(datum in message.message_id for datum in PERSONAL)


# -- nothing personal shows ------------------------------------------------------------------


def assert_discreet(*values):
    for value in values:
        shown = f"{value!r} {value!s}"
        for datum in PERSONAL:
            assert datum not in shown
            assert datum.replace(" ", "+") not in shown


@every_door
def test_no_repr_shows_a_person(wire):
    channel = wire.guarded
    good = wire.good(TEXT, "id-1")
    assert_discreet(good, *channel.parse(good), channel.answer(good, REPLY))


# -- answers ---------------------------------------------------------------------------------


@every_door
def test_an_answer_is_in_band_or_is_queued(wire):
    channel = wire.guarded
    good = wire.asks(wire.good(TEXT, "id-1"))
    spoken, bare = channel.answer(good, REPLY), channel.answer(good, None)
    assert (spoken.status, bare.status) == (200, 200)
    assert (spoken != bare) is channel.in_band
    assert spoken == channel.answer(good, REPLY)


@every_door
def test_a_reply_without_words_is_a_bare_acknowledgement(wire):
    channel = wire.guarded
    good = wire.good(TEXT, "id-1")
    assert channel.answer(good, SILENT) == channel.answer(good, None)


# -- carriers --------------------------------------------------------------------------------


def outgoing(channel):
    return Outgoing(
        key=f"phone:{PHONE}/id-1",
        channel=channel,
        address=Address(AddressKind.PHONE, PHONE),
        reply=REPLY,
        created_at=NOW,
        headers={"to": "1199"},
    )


@every_carrier
def test_a_delivery_shows_nobody(hauler):
    message = outgoing(Channel(hauler.name.partition("/")[0]))
    delivery = hauler.carrier.compose(message)
    assert_discreet(message, delivery)
    assert not any(datum in delivery.url for datum in PERSONAL)
    bodies = (delivery.form, delivery.json, delivery.content)
    assert sum(body is not None for body in bodies) == 1


@every_carrier
def test_composing_twice_is_the_same(hauler):
    message = outgoing(Channel(hauler.name.partition("/")[0]))
    assert hauler.carrier.compose(message) == hauler.carrier.compose(message)


@every_carrier
def test_yes_and_no_are_told_apart(hauler):
    assert isinstance(hauler.carrier.read_response(*hauler.taken), Sent)
    assert isinstance(hauler.carrier.read_response(*hauler.refused), Refused)


@every_carrier
@settings(deadline=None)
@given(data=st.data(), status=st.integers(0, 999), body=st.binary(max_size=200))
def test_any_answer_is_sent_or_refused(hauler, data, status, body):
    code, taken = hauler.taken
    at = data.draw(st.integers(0, len(taken)))
    end = at + data.draw(st.integers(0, 8))
    for answer in ((status, body), (code, body), (code, taken[:at] + body[:9] + taken[end:])):
        assert isinstance(hauler.carrier.read_response(*answer), Sent | Refused)


@every_carrier
@pytest.mark.parametrize("body", [b"", b"[" * HUGE, b"9" * HUGE, b'{"a":' * 100_000, b"\xff"])
def test_an_unreadable_yes_is_tried_again(hauler, body):
    answer = hauler.carrier.read_response(hauler.taken[0], body)
    assert isinstance(answer, Refused)
    assert answer.means.about_provider


@every_carrier
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_provider_in_trouble_is_tried_again(hauler, status):
    answer = hauler.carrier.read_response(status, b"<html>busy</html>")
    assert isinstance(answer, Refused)
    assert answer.means.about_provider


@every_carrier
@settings(deadline=None)
@given(status=st.integers(100, 599))
def test_a_reason_is_a_code(hauler, status):
    answer = hauler.carrier.read_response(status, f"no route to {PHONE} for {NAME}".encode())
    if isinstance(answer, Refused):
        assert_discreet(answer)
