"""The SQL of erasing one person."""

from typing import Final

from core.database.statements import Statement

ROOT = Statement("""
    SELECT coalesce(merged_into, id)
    FROM records
    WHERE id = :record_id
""")
OTHERS = Statement("""
    SELECT id
    FROM records
    WHERE (nik = :nik OR merged_into = :record_id) AND id <> :record_id
    ORDER BY id
""")
INTENTS_OF_RECORD = Statement("""
    SELECT intent_id, intent
    FROM intents
    WHERE record_id = :record_id
""")
INTENTS_OF_ADDRESS = Statement("""
    SELECT intent_id, intent
    FROM intents
    WHERE kind = :kind AND value = :value
""")
WAITS = Statement("""
    SELECT id
    FROM cases
    WHERE intent_id = :intent_id AND status <> 'decided'
""")
HISTORY = Statement("""
    SELECT field, old, new
    FROM history
    WHERE record_id = :record_id AND field IN ('phone', 'link', 'unlink')
""")
PART = Statement("""
    UPDATE intents
    SET record_id = NULL, intent = :intent
    WHERE intent_id = :intent_id
""")
ERASE_INTENT = Statement("DELETE FROM intents WHERE intent_id = :intent_id")

# Every table whose rows belong to a record, the record last; a test compares them with the tables.
_BOOKED = """
    SELECT booked_by
    FROM appointments
    WHERE record_id = :record_id"""
_NOBODYS = """
    NOT EXISTS (SELECT 1 FROM intents WHERE intents.intent_id = cases.intent_id)"""
_TABLES = (
    *("standby", "displaced", "appointments", "screenings", "proofs", "history", "addresses"),
)
OF_RECORD: Final = (
    Statement("""
        UPDATE slots
        SET booked = booked - 1
        WHERE id IN (
            SELECT slot_id
            FROM standby
            WHERE record_id = :record_id AND status = 'offered'
        )
    """),
    Statement(f"""
        DELETE FROM refusals
        WHERE key IN ({_BOOKED})
    """),  # noqa: S608 our own words
    *(
        Statement("DELETE FROM {table} WHERE record_id = :record_id", table=table)
        for table in _TABLES
    ),
    Statement("DELETE FROM cases WHERE record_id = :record_id AND {nobodys}", nobodys=_NOBODYS),
    Statement("UPDATE cases SET record_id = NULL WHERE record_id = :record_id"),
    Statement("DELETE FROM records WHERE id = :record_id"),
)
# What names the person by the registration number, or by the NIK.
OF_NUMBER: Final = (
    Statement("""
        UPDATE approvals
        SET number = '', call = '', reason = ''
        WHERE number = :number
    """),
    Statement(
        "DELETE FROM cases WHERE nik = :nik AND record_id IS NULL AND {nobodys}",
        nobodys=_NOBODYS,
    ),
)
# Whether anybody else has the address: linked, on file, or as the sender of an intent.
SHARED = Statement("""
    SELECT 1
    WHERE EXISTS (SELECT 1 FROM addresses WHERE kind = :kind AND value = :value)
        OR EXISTS (SELECT 1 FROM records WHERE phone = :value AND :kind = 'phone')
        OR EXISTS (SELECT 1 FROM intents WHERE kind = :kind AND value = :value)
""")
BROWSERS = Statement("SELECT browser FROM aliases WHERE kind = :kind AND value = :value")
_HERE = "kind = :kind AND value = :value"
OF_ADDRESS: Final = (
    Statement("DELETE FROM outbox WHERE {here}", here=_HERE),
    Statement("DELETE FROM proofs WHERE {here}", here=_HERE),
    Statement("DELETE FROM opt_outs WHERE {here}", here=_HERE),
    Statement("DELETE FROM handovers WHERE {here} OR phone = :value", here=_HERE),
    Statement("DELETE FROM aliases WHERE {here} OR browser = :value", here=_HERE),
    Statement("DELETE FROM lists WHERE value = :value AND :kind IN ('email', 'web')"),
    Statement("DELETE FROM evidence WHERE value = :value AND :kind = 'email'"),
    Statement("DELETE FROM cases WHERE address_kind = :kind AND value = :value"),
)
# The files of one letter, whoever else uses the mailbox, and the case that asks to look at them.
ERASE_FILES = Statement("DELETE FROM evidence WHERE key = :key")
ERASE_CASE = Statement("DELETE FROM cases WHERE key = :key")
LETTERS = Statement("""
    SELECT detail
    FROM cases
    WHERE record_id = :record_id AND kind = 'not_listed_appeal'
""")
RECEIPT = Statement("SELECT receipt FROM erasures WHERE key = :key")
KEEP_RECEIPT = Statement("""
    INSERT INTO erasures (key, receipt, at)
    VALUES (:key, :receipt, :at)
    ON CONFLICT (key) DO NOTHING
""")
