"""Every column that holds text is personal or is not, and every statement keeps it so."""

import re

import pytest
from sqlalchemy import LargeBinary, Text

from core.database import personal
from core.database.tables import metadata
from tests.fixtures.statements import ALL

# What says nothing of a person by itself: words of ours, times, places, officials and providers.
CLEAR = {
    "aliases": "kind since expires_at",
    "addresses": "kind channels linked_at",
    "api_calls": "digest at",
    "appointments": "status code created_at updated_at attended_by batch",
    "approvals": "act asked_by asked_at expires_at decided_by decided_at outcome",
    "audit": "at action operator sealed digest",
    "audit_heads": "chain digest",
    "backups": "at",
    "cases": """
        campaign kind address_kind status opened_at updated_at taken_by taken_until decision
        decided_by decided_at
    """,
    "closures": "campaign facility_code begins ends offer made_by made_at done_at reopened_at",
    "compatibility": "compatible_from",
    "count_changes": "about kind state",
    "counts": "about kind state",
    "data_keys": "ref wrapped",
    "displaced": "called_at called_by",
    "erasures": "receipt at",
    "evidence": "media_type received_at",
    "exports": "format asked_by expires_at",
    "facilities": "code name regency_code address",
    "funnel": "day channel step",
    "handovers": "kind expires_at",
    "history": "field at",
    "intents": "campaign channel provider kind received_at outcome voucher",
    "leases": "name until holder",
    "lists": "received_at state due_at",
    "operator_links": "digest purpose expires_at used_at",
    "operator_sessions": "digest created_at seen_at expires_at",
    "operator_tokens": "digest label scopes created_at revoked_at",
    "operators": "name role facility_code password locked_until created_at disabled_at",
    "opt_outs": "kind at",
    "outbox": """
        channel provider kind status due_at why created_at sent_at not_before quiet refused_by
        unsure_of not_after origin tried_at
    """,
    "proofs": "kind expires_at",
    "records": """
        campaign sex profession language status created_at updated_at facility_code check_due_at
        standing data_key regency
    """,
    "refusals": "why at",
    "roster": "campaign profession facility_code invited_at",
    "roster_files": "campaign brought_by brought_at applied_by applied_at",
    "rosters": "campaign begun_at read_at",
    "screenings": "version outcome until at",
    "slots": "campaign facility_code start",
    "standby": """
        campaign low high not_before kind channel status offered_at expires_at created_at
    """,
    "tallies": "since",
}
_INSERT = re.compile(r"INSERT INTO (\w+) \(([^)]+)\)\s*(?:VALUES \(|SELECT )(.+)", re.DOTALL)
_UPDATE = re.compile(r"UPDATE (\w+)\s+SET (.+?)(?:\sWHERE\b|$)", re.DOTALL)
# Columns whose name means the same in every table.
_LOOKED_UP = ("nik", "number", "phone", "value", "browser", "birth_date", "secret", "booked_by")
_IS = re.compile(rf"\b({'|'.join(_LOOKED_UP)}) (?:=|<>|IN) \(?:([a-z]\w*)")


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_every_column_with_text_or_bytes_is_personal_or_clear(table):
    kinds = (Text, LargeBinary)
    held = {column.name for column in table.columns if isinstance(column.type, kinds)}
    sealed, clear = (
        set(personal.COLUMNS.get(table.name, ())),
        set(CLEAR.get(table.name, "").split()),
    )

    assert sealed | clear == held
    assert not sealed & clear


def test_a_parameter_says_how_each_personal_column_is_kept():
    of = {name for columns in personal.COLUMNS.values() for name in columns.values()}
    assert of <= set(personal.PARAMETERS)


def _written(sql):
    """Yield table, column and parameter of each value that a statement writes."""
    if found := _INSERT.search(sql):
        table, columns, values = found.groups()
        names = [name.strip() for name in columns.split(",")]
        for name, value in zip(names, values.split(","), strict=False):
            if given := re.match(r"\s*:(\w+)\b", value):
                yield table, name, given[1]
    for table, changes in _UPDATE.findall(sql):
        for name, parameter in re.findall(r"\b(\w+) = :(\w+)", changes):
            yield table, name, parameter


WORD = "word"  # of ours, in a column that holds what is personal in other rows


def test_every_statement_writes_a_column_as_it_is_kept():
    wrong = []
    for place, statement in ALL.items():
        for table, column, parameter in _written(statement.sql):
            kept = personal.COLUMNS.get(table, {}).get(column)
            if parameter != WORD and personal.personal(parameter) != (
                personal.PARAMETERS[kept] if kept else None
            ):
                wrong.append(f"{place}: {table}.{column} = :{parameter}")

    assert wrong == []


def test_every_statement_looks_a_column_up_as_it_is_kept():
    """But those that seal: they look for rows as they stood before."""
    wrong = []
    for place, statement in ALL.items():
        if place.startswith("core.database.sealing."):
            continue
        for column, parameter in _IS.findall(statement.sql):
            kinds = personal.PARAMETERS[column], personal.PARAMETERS["key"]
            if personal.personal(parameter) not in kinds:
                wrong.append(f"{place}: {column} = :{parameter}")

    assert wrong == []
