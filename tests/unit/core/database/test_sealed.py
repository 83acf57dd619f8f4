"""What a sealed connection does with values; the stores are tested on it in tests/contract."""

import pytest

from core.database.keyring import BYTES_MARK, MARK
from core.database.personal import name_by_tokens
from core.database.statements import KEYS, Connection, Statement
from tests.fixtures.sealing import sealed_in_memory

PUT = Statement("INSERT INTO opt_outs (kind, value, out, at) VALUES (:kind, :value, 1, :at)")
READ = Statement("SELECT value FROM opt_outs WHERE value = :value")
STAGE = Statement("CREATE TEMPORARY TABLE staged (nik TEXT, full_name TEXT, profession TEXT)")
PHONE = "+628111000001"


@pytest.fixture
def database():
    return sealed_in_memory()


def lying(database, table):
    """Return the rows of a table as they lie there."""
    return database.run(lambda on: Connection(on._cursor, "sqlite").all(_all(table)))


def _all(table):
    return Statement("SELECT * FROM {table}", table=table)


def test_a_token_is_found_by_the_same_value_and_opened(database):
    database.run(lambda on: on.run(PUT, kind="phone", value=PHONE, at=""))

    assert database.run(lambda on: on.all(READ, value=PHONE)) == [(PHONE,)]
    assert lying(database, "opt_outs")[0][1].startswith(f"{MARK}address:")


def test_many_rows_are_sealed_as_one_is(database):
    rows = [{"kind": "phone", "value": PHONE, "at": ""}]
    database.run(lambda on: on.run_many(PUT, rows))

    assert database.run(lambda on: on.one(READ, value=PHONE)) == (PHONE,)


def test_a_table_is_filled_by_its_personal_columns(database):
    def fill(connection):
        connection.run(STAGE)
        connection.fill(
            "staged", ("nik", "full_name", "profession"), [("3204115706960001", "A", "x")]
        )
        return connection.all(_all("staged")), Connection(connection._cursor, "sqlite").all(
            _all("staged")
        )

    read, stored = database.run(fill)
    assert read == [("3204115706960001", "A", "x")]
    assert [cell[:5] for cell in stored[0]] == [f"{MARK}nik:", f"{MARK}full", "x"]


@pytest.mark.parametrize("value", ["", "{}", "[]", "mine", "not mine", None, 5])
def test_what_sql_asks_for_stays_as_it_is(database, value):
    bound = Statement("SELECT CAST(:new AS TEXT), CAST(:old AS TEXT)")
    plain = database.run(
        lambda on: Connection(on._cursor, "sqlite").all(bound, new=value, old="x")
    )
    row = database.run(lambda on: on.all(bound, new=value, old="x"))
    assert row == plain


def test_identifiers_in_a_key_are_the_tokens_of_their_columns():
    def token(domain, text):
        return f"<{domain} {text}>"

    for key, named in {
        f"phone:{PHONE}/msg/2": f"phone:<address {PHONE}>/msg/2",
        "email:a.b@x.id/<1@y>": "email:<address a.b@x.id>/<address <1@y>>",
        "web:abc/1": "web:<address abc>/1",
        "nik:c:3204115706960001:web:desk:7": "nik:c:<nik 3204115706960001>:web:<address desk:7>",
        "claim:7K3M-9QXC": "claim:<number 7K3M-9QXC>",
        "codes a day:+628111000001": "codes a day:<address +628111000001>",
        "phone:5": "phone:5",  # of the record with this id
        "record:3204": "record:3204",
        "0123456789012345abcdefabcdefabcd/told": "0123456789012345abcdefabcdefabcd/told",
    }.items():
        assert name_by_tokens(key, token) == named


def test_keys_of_many_are_looked_up_by_tokens(database):
    among = Statement("SELECT value FROM opt_outs WHERE value IN ({keys})", keys=KEYS)
    database.run(lambda on: on.run(PUT, kind="phone", value=PHONE, at=""))

    assert database.run(lambda on: on.all_among(among, ["x", PHONE])) == [(PHONE,)]


@pytest.mark.parametrize("domain", ["nik", "full_name", "reason", "address", "x"])
@pytest.mark.parametrize("rest", ["", "x", "common:x", "AAAA:x", "common:\u00e9", "abc:d:e", "::"])
def test_a_text_from_outside_that_looks_sealed_is_read_as_it_is(database, domain, rest):
    text = f"{MARK}{domain}:{rest}"
    bound = Statement("SELECT CAST(:code AS TEXT)")  # of a column that is not personal

    assert database.run(lambda on: on.one(bound, code=text)) == (text,)


@pytest.mark.parametrize("rest", [b"", b"x", b"a:b", b"reason:common:x", b"\xff:\xff:x"])
def test_a_file_from_outside_that_looks_sealed_is_read_as_it_is(database, rest):
    bound = Statement("SELECT CAST(:code AS BLOB)")

    assert database.run(lambda on: on.one(bound, code=BYTES_MARK + rest)) == (BYTES_MARK + rest,)
