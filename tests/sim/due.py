"""What the tables say that there is to do, and when."""

from core.database.statements import Statement

STEPS = ("sweep", "send", "verify", "tell_registry", "offer_seats", "erase")
NEXT = Statement("""
    SELECT min(due)
    FROM (
        SELECT min(due_at) AS due FROM outbox WHERE status = 'queued' AND held_by IS NULL
        UNION ALL
        SELECT min(check_due_at) FROM records
        UNION ALL
        SELECT min(updated_at) FROM records WHERE version > told_version
        UNION ALL
        SELECT min(expires_at) FROM standby WHERE status = 'offered'
        UNION ALL
        SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', min(opened_at), '+72 hours')
        FROM cases
        WHERE kind = 'erase_request' AND status <> 'decided'
    ) AS soonest
""")
# Of what the tables say that there is for each of the steps to do; a sweep looks at sessions.
OWED = Statement("""
    SELECT
        1,
        EXISTS (SELECT 1 FROM outbox WHERE status = 'queued'),
        EXISTS (SELECT 1 FROM records WHERE check_due_at IS NOT NULL),
        EXISTS (SELECT 1 FROM records WHERE version > told_version),
        EXISTS (SELECT 1 FROM standby),
        EXISTS (SELECT 1 FROM cases WHERE kind = 'erase_request')
""")
