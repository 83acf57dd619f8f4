"""The key of personal data is exchanged while people register: nobody is lost, all is read."""

from tests.fixtures.crowd import check_nobody_else, check_promises
from tests.fixtures.people import name, nik
from tests.fixtures.rotation import NEW, OLD, Comers, Pair

LATER, PHONE = 700_001, "+6281370000001"  # who begins before, and goes on afterwards


async def test_a_key_is_exchanged_while_people_register(gateway, tmp_path, pg_dsn, valkey_url):
    pair = Pair(gateway, tmp_path, DATABASE_URL=pg_dsn, REDIS_URL=valkey_url)
    first, second = pair.both
    await pair.begin(second, OLD, NEW)
    await pair.begin(first, NEW, OLD)
    for typed in ("", "1", "1*1", f"1*1*{nik(LATER)}"):
        assert second.ussd(PHONE, "before", typed).status_code == 200
    async with Comers(pair, at_once=3) as comers:
        await comers.register(9)
        await pair.begin(second, NEW, OLD)
        rotated = await pair.command("keys", "rotate")
    assert int(rotated.split()[0]) > 1, "the common key, and those of who came before"
    assert comers.failed == 0

    second.stop()
    await pair.begin(first, NEW)
    check_promises(comers, first)
    check_nobody_else(comers, first)
    assert "belum selesai" in first.ussd(PHONE, "after", "").text
    for typed in ("1", f"1*{name(LATER)}", f"1*{name(LATER)}*2"):
        screen = first.ussd(PHONE, "after", typed).text
    assert "data ini benar?" in screen
