"""The SQL of waiting for a seat that comes free.

A transaction locks the person first, then the wait, then the slot.
"""

from typing import Final

from core.appointments.search_statements import AFTER
from core.appointments.slots import FACILITY
from core.database.statements import Statement

# Waiting for a seat.

LIVE = Statement("""
    SELECT id, status
    FROM standby
    WHERE record_id = :record_id AND status IN ('waiting', 'offered')
""")
JOIN = Statement("""
    INSERT INTO standby
        (record_id, key, campaign, dose, low, high, not_before, kind, value, channel, created_at)
    VALUES
        (:record_id, :key, :campaign, :dose, :low, :high, :not_before, :kind, :value, :channel,
         :at)
    ON CONFLICT (key) DO NOTHING
""")
MOVE = Statement("""
    UPDATE standby
    SET dose = :dose, low = :low, high = :high, not_before = :not_before,
        kind = :kind, value = :value, channel = :channel
    WHERE id = :row_id AND status = 'waiting'
""")
PLACE_IN = Statement(
    "SELECT code FROM facilities WHERE regency_code BETWEEN :low AND :high LIMIT 1"
)
IN_BOX = Statement(
    """
    SELECT {facility}
    FROM facilities
    WHERE latitude BETWEEN :south AND :north
      AND longitude BETWEEN :west AND :east
    """,
    facility=FACILITY,
)

# Offering one. A door has one offer at a time, or a YA would be ambiguous.

_WAITS: Final = """
    standby.status = 'waiting'
      AND NOT EXISTS (
          SELECT 1
          FROM standby AS other
          WHERE other.status = 'offered'
            AND other.kind = standby.kind
            AND other.value = standby.value
      )"""
# Grouped, so that it costs a seek for each facility near, however many people wait.
SEAT = Statement(
    """
    SELECT slots.id, slots.campaign, slots.dose, slots.start, {facility}
    FROM (
        SELECT campaign, dose, low, high, min(not_before) AS not_before
        FROM standby
        WHERE {waits}
        GROUP BY campaign, dose, low, high
    ) AS people
    JOIN facilities ON facilities.regency_code BETWEEN people.low AND people.high
    JOIN slots ON slots.campaign = people.campaign
      AND slots.facility_code = facilities.code
      AND slots.dose = people.dose
      AND slots.booked < slots.capacity
      AND slots.start > {after}
      AND slots.start >= people.not_before
    ORDER BY slots.start, slots.id
    LIMIT 1
    """,
    facility=FACILITY,
    waits=_WAITS,
    after=AFTER,
)
FIRST_WAITING = Statement(
    """
    SELECT standby.id, records.number
    FROM standby
    JOIN records ON records.id = standby.record_id
    WHERE {waits}
      AND standby.campaign = :campaign
      AND standby.dose = :dose
      AND :regency BETWEEN standby.low AND standby.high
      AND standby.not_before <= :start
    ORDER BY standby.id
    LIMIT 1
    """,
    waits=_WAITS,
)
# Read again under the lock. A door that was unlinked meanwhile is somebody else's; who waits by a
# browser is written to on the phone on file, which need not be linked.
WAITING = Statement("""
    SELECT standby.kind, standby.value, standby.channel, records.language,
        EXISTS (
            SELECT 1
            FROM addresses
            WHERE addresses.record_id = standby.record_id
              AND addresses.kind = standby.kind
              AND addresses.value = standby.value
        ) OR (standby.channel = 'web' AND standby.kind = 'phone' AND standby.value = records.phone)
    FROM standby
    JOIN records ON records.id = standby.record_id
    WHERE standby.id = :row_id AND standby.status = 'waiting'
""")
OFFER = Statement("""
    UPDATE standby
    SET status = 'offered', slot_id = :slot, offered_at = :at, expires_at = :expires_at
    WHERE id = :row_id AND status = 'waiting'
""")

# Ending an offer. What makes it void: the deadline, a closed day, another seat, no registration.

DUE = Statement("""
    SELECT standby.id, records.number
    FROM standby
    JOIN records ON records.id = standby.record_id
    JOIN slots ON slots.id = standby.slot_id
    WHERE standby.status = 'offered'
      AND (
          standby.expires_at <= :at
          OR slots.closed = 1
          OR records.status <> 'verified'
          OR EXISTS (
              SELECT 1
              FROM appointments
              WHERE appointments.record_id = standby.record_id
                AND appointments.status = 'booked'
          )
      )
    ORDER BY standby.expires_at
    LIMIT 1
""")
OFFERED = Statement("""
    SELECT standby.slot_id, standby.offered_at, standby.expires_at, standby.dose, slots.closed
    FROM standby
    JOIN slots ON slots.id = standby.slot_id
    WHERE standby.id = :row_id AND standby.status = 'offered'
    FOR UPDATE OF slots
""")
END = Statement("""
    UPDATE standby
    SET status = :status, slot_id = NULL, ended_by = :key
    WHERE id = :row_id AND status IN ('waiting', 'offered')
""")

# Answering one. What came last to a door is what a word answers: an offer, or a notice.

ANSWERED = Statement("""
    SELECT standby.status, records.number
    FROM standby
    JOIN records ON records.id = standby.record_id
    WHERE standby.kind = :kind AND standby.value = :value AND standby.ended_by = :key
""")
LAST_OFFER = Statement("""
    SELECT standby.id, standby.status, records.number
    FROM standby
    JOIN records ON records.id = standby.record_id
    WHERE standby.kind = :kind
      AND standby.value = :value
      AND standby.campaign = :campaign
      AND standby.offered_at > :since
      AND NOT EXISTS (
          SELECT 1
          FROM outbox
          WHERE outbox.kind = :kind
            AND outbox.value = :value
            AND outbox.key LIKE '%' || :notice
            AND outbox.created_at > standby.offered_at
      )
    ORDER BY standby.offered_at DESC
    LIMIT 1
""")
