"""SQL is written once, in PostgreSQL's words, and each driver gets it in its own."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from core.database.statements import Statement, column_list, iso_utc, parameter_list


def test_sqlite_is_given_values_in_order() -> None:
    text = Statement("SELECT a FROM t WHERE b = :b AND c > :c OR b = :b").text("sqlite")

    assert text.sql == "SELECT a FROM t WHERE b = ? AND c > ? OR b = ?"
    assert text.bind({"c": 1, "b": "x", "unused": None}) == ("x", 1, "x")


@pytest.mark.parametrize(
    ("sql", "bound"), [("SELECT 1", ()), ("SELECT :only", (7,)), ("SELECT :only, :only", (7, 7))]
)
def test_sqlite_is_given_a_sequence_however_few(sql: str, bound: tuple[int, ...]) -> None:
    assert Statement(sql).text("sqlite").bind({"only": 7}) == bound


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError):
        Statement("SELECT :a, :b").text("sqlite").bind({"a": 1})


def test_postgresql_is_given_values_by_name() -> None:
    text = Statement("SELECT x FROM t WHERE x LIKE '%' || :part || '%'").text("postgresql")

    assert text.sql == "SELECT x FROM t WHERE x LIKE '%%' || %(part)s || '%%'"
    assert text.bind({"part": "p"}) == {"part": "p"}


def test_a_cast_and_a_time_are_no_parameters() -> None:
    sql = "SELECT a::text, '10:30' FROM t WHERE a = :a"

    assert Statement(sql).text("sqlite").sql == "SELECT a::text, '10:30' FROM t WHERE a = ?"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("SELECT a FROM t FOR UPDATE", "SELECT a FROM t "),
        ("SELECT a FROM t FOR NO KEY UPDATE", "SELECT a FROM t "),
        ("SELECT a FROM t LIMIT :n FOR UPDATE OF t SKIP LOCKED", "SELECT a FROM t LIMIT ? "),
        ("SELECT (SELECT a FROM t FOR UPDATE) + 1", "SELECT (SELECT a FROM t ) + 1"),
        ("SELECT a IS DISTINCT FROM :b", "SELECT a IS NOT ?"),
        ("SELECT string_agg(a, :sep) FROM t", "SELECT group_concat(a, ?) FROM t"),
        ("SELECT a ILIKE :b", "SELECT a LIKE ?"),
    ],
)
def test_what_sqlite_says_otherwise_is_rewritten(theirs: str, ours: str) -> None:
    assert Statement(theirs).text("sqlite").sql == ours
    assert "FOR" not in ours


def test_columns_and_parameters_come_from_one_list() -> None:
    names = ("a", "b")
    statement = Statement(
        "INSERT INTO t ({columns}) VALUES ({values})",
        columns=column_list(names),
        values=parameter_list(names),
    )

    assert statement.text("sqlite").sql == "INSERT INTO t (a, b) VALUES (?, ?)"
    assert column_list(names, of="t") == "t.a, t.b"


def test_a_moment_is_stored_in_utc_whatever_its_offset_and_however_often() -> None:
    jakarta = datetime(2021, 1, 15, 15, tzinfo=timezone(timedelta(hours=7)))

    for _ in range(2):
        for at in (jakarta, jakarta.astimezone(UTC)):
            assert iso_utc(at) == "2021-01-15T08:00:00.000000+00:00"
    assert iso_utc(jakarta.replace(microsecond=1)) == "2021-01-15T08:00:00.000001+00:00"
    assert iso_utc(jakarta.replace(tzinfo=UTC)) == "2021-01-15T15:00:00.000000+00:00"
