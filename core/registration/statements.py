"""SQL on records that several files run."""

from core.database.statements import Statement

# The id of the record with a number; after a merger, of the one that goes on for both.
OF_NUMBER = "(SELECT coalesce(merged_into, id) FROM records WHERE number = :number)"

# An effect's time is cut to whole seconds, and may lie before the stored one.
TOUCH_RECORD = Statement("""
    UPDATE records
    SET updated_at = CASE WHEN updated_at < :at THEN :at ELSE updated_at END,
        version = version + 1
    WHERE id = :record_id
""")
# A corrected name may match, and nobody was told the verdict on a record that is now held.
CHECK_AGAIN = Statement("""
    UPDATE records
    SET check_due_at = :at, check_attempts = 0
    WHERE id = :record_id AND status <> 'verified'
""")
# A word of ours, which triggers and statements compare: it says nothing of the person.
ADD_WORD = Statement("""
    INSERT INTO history (record_id, intent_id, field, new, at)
    VALUES (:record_id, :intent_id, :field, :word, :at)
""")
ADD_HISTORY = Statement("""
    INSERT INTO history (record_id, intent_id, field, old, new, at)
    VALUES (:record_id, :intent_id, :field, :old, :new, :at)
""")
