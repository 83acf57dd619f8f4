"""The triggers by which revision 0012 opens cases, whichever version of the gateway writes.

They are part of that revision: what changes them later is a revision of its own.
"""

from alembic import op

_NOT_MINE = "not mine"

# What each trigger stands on, and the case that it opens. `key` tells what the case is about.
_INTENT_KEY = """CASE NEW.outcome
    WHEN 'refused' THEN 'too_many:' || NEW.kind || ':' || NEW.value
    ELSE 'nik:' || NEW.campaign || ':' || NEW.nik || ':' || NEW.kind || ':' || NEW.value
END"""
_INTENT_KIND = """CASE
    WHEN NEW.outcome = 'refused' THEN 'too_many'
    WHEN NEW.record_id IS NULL THEN 'twin_nik'
    ELSE 'name_conflict'
END"""
_RECORD_KEY = "'record:' || NEW.id"
_RECORD_KIND = """CASE
    WHEN NEW.standing IN ('contested', 'superseded') THEN 'name_conflict'
    ELSE 'roster_name'
END"""
_INTENT = {
    "campaign": "NEW.campaign",
    "kind": _INTENT_KIND,
    "nik": "CASE NEW.outcome WHEN 'refused' THEN '' ELSE NEW.nik END",
    "record_id": "NEW.record_id",
    "intent_id": "NEW.intent_id",
    "address_kind": "NEW.kind",
    "value": "NEW.value",
    "at": "NEW.received_at",
}
_RECORD = {
    "campaign": "NEW.campaign",
    "kind": _RECORD_KIND,
    "nik": "NEW.nik",
    "record_id": "NEW.id",
    "at": "NEW.updated_at",
}
_OF_RECORD = {
    "campaign": "(SELECT campaign FROM records WHERE id = NEW.record_id)",
    "nik": "(SELECT nik FROM records WHERE id = NEW.record_id)",
    "record_id": "NEW.record_id",
    "at": "NEW.at",
}
_EVIDENCE = {
    "campaign": "''",
    "kind": "'mixed_letter'",
    "address_kind": "'email'",
    "value": "NEW.value",
    "at": "NEW.received_at",
}
_OPENED = (
    ("intents", "INSERT", "NEW.outcome IN ('in_review', 'refused')", _INTENT_KEY, _INTENT),
    ("records", "INSERT", "NEW.status = 'in_review'", _RECORD_KEY, _RECORD),
    (
        "records",
        "UPDATE OF status",
        "NEW.status IN ('in_review', 'superseded') AND NEW.status <> OLD.status",
        _RECORD_KEY,
        _RECORD,
    ),
    (
        "history",
        "INSERT",
        f"NEW.field = 'notice' AND NEW.new = '{_NOT_MINE}'",
        "'phone:' || NEW.record_id",
        {**_OF_RECORD, "kind": "'phone_denied'"},
    ),
    (
        "screenings",
        "INSERT",
        "NEW.outcome = 'ask_site'",
        "'screening:' || NEW.record_id",
        {**_OF_RECORD, "kind": "'ask_site'"},
    ),
    ("evidence", "INSERT", "NEW.part > 0", "'letter:' || NEW.key", _EVIDENCE),
)
_OPEN = """
    UPDATE cases
    SET tries = tries + 1, {again} updated_at = {at}, version = version + 1
    WHERE key = {key} AND status <> 'decided';
    INSERT INTO cases (key, {columns}, opened_at, updated_at)
    SELECT {key}, {values}, {at}, {at}
    WHERE NOT EXISTS (SELECT 1 FROM cases WHERE key = {key} AND status <> 'decided')
    ON CONFLICT DO NOTHING;
"""
_CLOSE = """
    UPDATE cases
    SET status = 'decided',
        decision = 'keep',
        decided_by = 'registry',
        decided_at = NEW.updated_at,
        updated_at = NEW.updated_at,
        version = version + 1
    WHERE key = 'record:' || NEW.id AND status <> 'decided';
"""
_CLOSES = "OLD.status = 'in_review' AND NEW.status IN ('received', 'verified', 'not_listed')"
# What nobody vouches for leaves the same rows, and takes as many numbers of cases, whether the NIK
# is on file under another name, which waits for an official, or is not on file at all.
_FILE = """
    INSERT INTO cases (key, campaign, kind, nik, record_id, status, opened_at, updated_at)
    VALUES (
        'record:' || NEW.id, NEW.campaign, 'name_conflict', NEW.nik, NEW.id, 'decided',
        NEW.updated_at, NEW.updated_at
    );
"""
_FILES = "NEW.standing = 'claimed' AND NEW.status <> 'in_review'"


def open_cases_by_triggers() -> None:
    """Open a case for whatever comes to wait, and close that of a record that waits no more."""
    for row in _OPENED:
        _open_cases(*row)
    _trigger("cases_close", "records", "UPDATE OF status", _CLOSES, _CLOSE)
    _trigger("cases_filed", "records", "INSERT", _FILES, _FILE)


def _open_cases(table: str, event: str, condition: str, key: str, case: dict[str, str]) -> None:
    values = {name: value for name, value in case.items() if name != "at"}
    again = "intent_id = NEW.intent_id," if table == "intents" else ""
    action = _OPEN.format(
        key=key,
        at=case["at"],
        again=again,
        columns=", ".join(values),
        values=", ".join(values.values()),
    )
    suffix = "_moved" if event.startswith("UPDATE") else ""
    _trigger(f"cases_{table}{suffix}", table, event, condition, action)


def _trigger(name: str, table: str, event: str, condition: str, action: str) -> None:
    head, action = f"CREATE TRIGGER tr_{name} AFTER {event} ON {table}", " ".join(action.split())
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"{head} WHEN ({condition}) BEGIN {action} END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {action} "
        + "RETURN NULL; END $$"
    )
    op.execute(f"{head} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}()")


def open_for_what_waits() -> None:
    """Open the cases of what waits already: the newest intent of each NIK and address."""
    op.execute("""
        INSERT INTO cases (
            key, campaign, kind, nik, record_id, intent_id, address_kind, value, opened_at,
            updated_at
        )
        SELECT
            'nik:' || campaign || ':' || nik || ':' || kind || ':' || value,
            campaign,
            CASE WHEN record_id IS NULL THEN 'twin_nik' ELSE 'name_conflict' END,
            nik, record_id, intent_id, kind, value, received_at, received_at
        FROM intents
        WHERE id IN (
            SELECT MAX(id)
            FROM intents
            WHERE outcome = 'in_review'
            GROUP BY campaign, nik, kind, value
        )
    """)
    op.execute("""
        INSERT INTO cases (key, campaign, kind, nik, record_id, opened_at, updated_at)
        SELECT
            'record:' || id,
            campaign,
            CASE
                WHEN standing IN ('contested', 'superseded') THEN 'name_conflict'
                ELSE 'roster_name'
            END,
            nik, id, updated_at, updated_at
        FROM records
        WHERE status IN ('in_review', 'superseded')
    """)
    op.execute(f"""
        INSERT INTO cases (key, campaign, kind, nik, record_id, opened_at, updated_at)
        SELECT 'phone:' || id, campaign, 'phone_denied', nik, id, updated_at, updated_at
        FROM records
        WHERE phone IS NULL AND EXISTS (
            SELECT 1
            FROM history
            WHERE history.record_id = records.id
                AND history.field = 'notice'
                AND history.new = '{_NOT_MINE}'
        )
    """)  # noqa: S608 a constant of ours
