"""Every wire as it is really put together: whatever a stranger sends gets an honest answer."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.settings.settings import WIRES, Settings
from gateway.wiring.app import asgi_apps, dispatch, make_webhooks
from gateway.wiring.providers import make_channels
from tests.contract.channels import REPORTS, WEB, WORDING
from tests.contract.channels import WIRES as TRIED
from tests.fixtures.ussd_gateways import FILE
from tests.integration.test_webhook import House
from tests.scripts import CAMPAIGN

INSIDES = re.compile(rb"Traceback|[a-z]Error\b|Exception|File \"|<class|0x[0-9a-f]{6}")
PATHS = {path: methods for wire in (*TRIED, *REPORTS) for path, methods in wire.open.paths.items()}
FIELDS = ("sessionId", "phoneNumber", "text", "from", "to", "id", "MessageSid", "From", "Body")
FORMS = st.lists(
    st.tuples(st.sampled_from(FIELDS), st.sampled_from(["", "1", "+6281211110001", "%ff", "[]"]))
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs).encode())
JSON = st.sampled_from(
    [b"{}", b"[]", b"null", b'{"entry":[]}', b'{"entry":[{"changes":[{"value":{}}]}]}', b"[" * 999]
)
BODIES = st.one_of(st.binary(max_size=200), FORMS, JSON)


def make_house(**given_settings):
    house = House()
    own = Settings(ussd_gateways=FILE, secret="s" * 32, **given_settings, _env_file=None)
    made = make_channels(own, WORDING, CAMPAIGN)
    house.app = dispatch(asgi_apps(make_webhooks(made, house.intake, "id")), house._nothing)
    return house, {path: methods for channel in made for path, methods in channel.paths.items()}


def test_every_route_of_the_interface_is_served():
    assert make_house()[1] == PATHS


@pytest.mark.parametrize("wire", [wire for wire in WIRES if wire != "smtp"])
async def test_a_wire_that_is_not_served_is_nowhere(wire):
    house, paths = make_house(wires=tuple(one for one in WIRES if one != wire))
    gone = set(PATHS) - set(paths)
    assert gone
    for path in gone:
        assert (await house.post(b"", path=path)).status == 404


@given(path=st.sampled_from(sorted(PATHS)), body=BODIES, get=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_no_body_shows_our_insides(path, body, get, logged):
    house, _paths = make_house()
    answer = await house.post(body, path=path, method="GET" if get else "POST")
    assert answer.status in {200, 400, 401, 403, 404, 405, 413, 415, 422}
    assert not INSIDES.search(answer.body)
    assert logged() == []


@pytest.mark.parametrize("path", sorted(PATHS))
async def test_a_wire_whose_secret_is_set_takes_nothing_unsigned(path):
    house, _paths = make_house(
        webhook_key="k", twilio_auth_token="t", meta_app_secret="m", meta_verify_token="v"
    )
    pages = {"GET", "HEAD"} if path in WEB.paths else set()  # which anybody may open
    for method in set(PATHS[path]) - pages:
        answer = await house.post(b"sessionId=1&text=", path=path, method=method)
        assert answer.status in {400, 401, 403}
        assert house.sessions.rows == {}
