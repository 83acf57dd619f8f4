"""The SQL of codes: what is counted, what is kept of one, and what a right one changes."""

from sqlalchemy import and_, case, delete, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite's ON CONFLICT is the same

from core.statements import Statement, given
from core.tables import outbox, proofs, records, tallies

FORGET = Statement(delete(tallies).where(tallies.c.since < given("before")))

_first = insert(tallies).values(
    subject=given("subject"), since=given("now"), count=1, key=given("key")
)
_again = tallies.c.key == given("key")
_over = tallies.c.since <= given("stale")
# Touches no row where the bound is reached; the same effect is counted once.
COUNT = Statement(
    _first.on_conflict_do_update(
        index_elements=["subject"],
        set_={
            "count": case((_again, tallies.c.count), (_over, 1), else_=tallies.c.count + 1),
            "since": case((and_(_over, ~_again), given("now")), else_=tallies.c.since),
            "key": given("key"),
        },
        where=or_(_again, _over, tallies.c.count < given("most")),
    )
)

_claimed = and_(records.c.number == given("number"), records.c.campaign == given("campaign"))
PHONE = Statement(select(records.c.id, records.c.phone).where(_claimed))
OWED = Statement(select(outbox.c.id).where(outbox.c.key == given("key")))

_new = insert(proofs).values(
    {
        "tries": 0,
        "checked_by": null(),
        "proven_by": null(),
        **{name: given(name) for name in ("record_id", "kind", "value", "code", "key")},
        "expires_at": given("expires_at"),
    }
)
_kept = ("kind", "value", "code", "key", "tries", "expires_at", "checked_by", "proven_by")
KEEP = Statement(
    _new.on_conflict_do_update(
        index_elements=["record_id"], set_={name: _new.excluded[name] for name in _kept}
    )
)
_proof = ("kind", "value", "code", "tries", "expires_at", "checked_by", "proven_by")
PROOF = Statement(
    select(records.c.id, *(proofs.c[name] for name in _proof))
    .join(proofs, proofs.c.record_id == records.c.id)
    .where(_claimed)
    .with_for_update(of=proofs)  # guesses at once are counted one after the other
)
TRY = Statement(
    update(proofs)
    .where(proofs.c.record_id == given("record_id"))
    .values(tries=proofs.c.tries + 1, checked_by=given("key"))
)
PROVE = Statement(
    update(proofs)
    .where(proofs.c.record_id == given("record_id"))
    .values(code="", checked_by=given("key"), proven_by=given("key"))
)
