"""The SQL about a record that more than one file runs."""

from core.database.statements import Statement

# Effects bear whole seconds, and so may be younger than they say.
TOUCH_RECORD = Statement("""
    UPDATE records
    SET updated_at = CASE WHEN updated_at < :at THEN :at ELSE updated_at END,
        version = version + 1
    WHERE id = :record_id
""")
ADD_HISTORY = Statement("""
    INSERT INTO history (record_id, intent_id, field, old, new, at)
    VALUES (:record_id, :intent_id, :field, :old, :new, :at)
""")
