"""`SATUPINTU_NOW` at the real process: dev believes it, production says that it does not."""

from datetime import UTC, datetime, timedelta

from tests.fixtures.people import name, nik

PHONE = "+6281200000077"


def register(running, n):
    typed = []
    for word in ("", "1", "1", nik(n), name(n), "2", "1"):
        typed += [word] if word else []
        assert running.ussd(PHONE, "ATUid_1", "*".join(typed)).status_code == 200
    [record] = running.search(nik=nik(n))
    return datetime.fromisoformat(record["created_at"])


def test_dev_lives_at_the_time_that_it_is_told(gateway):
    running = gateway(NOW="2021-01-20T09:00:00+07:00").start()
    began = datetime(2021, 1, 20, 2, 0, tzinfo=UTC)
    assert began <= register(running, 1) < began + timedelta(minutes=2)
    assert running.client.post("/peer", content=b"{}").status_code == 404  # nobody is its peer


def test_production_says_that_it_keeps_the_real_time(gateway):
    running = gateway(
        NOW="2021-01-20T09:00:00+07:00",
        MODE="production",
        ALLOW_EMBEDDED=1,
        WIRES="africastalking,twilio",
    ).start()
    assert "SATUPINTU_NOW is for dev and is not honoured" in running.errors()
    assert abs(register(running, 2) - datetime.now(UTC)) < timedelta(minutes=2)
