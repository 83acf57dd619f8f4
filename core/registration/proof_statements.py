"""The SQL of codes: what is kept of one, and what a right one changes."""

from sqlalchemy import and_, delete, null, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite's ON CONFLICT is the same

from core.database.statements import Statement, given
from core.database.tables import addresses, proofs, records

_claimed = and_(records.c.number == given("number"), records.c.campaign == given("campaign"))
_linked = and_(
    addresses.c.record_id == records.c.id,
    addresses.c.kind == given("kind"),
    addresses.c.value == given("value"),
)
# the phone on file, and whether the address that asks is proven; NULL where it is not linked
PHONE = Statement(
    select(records.c.id, records.c.phone, addresses.c.verified)
    .select_from(records)
    .join(addresses, _linked, isouter=True)
    .where(_claimed)
)

_ASKER = ("record_id", "kind", "value")
_new = insert(proofs).values(
    {
        "tries": 0,
        "checked_by": null(),
        "proven_by": null(),
        **{name: given(name) for name in (*_ASKER, "code", "key", "expires_at")},
    }
)
_kept = ("code", "key", "tries", "expires_at", "checked_by", "proven_by")
KEEP = Statement(
    _new.on_conflict_do_update(
        index_elements=_ASKER, set_={name: _new.excluded[name] for name in _kept}
    )
)
FORGET = Statement(
    delete(proofs).where(
        proofs.c.record_id == given("record_id"), proofs.c.expires_at < given("before")
    )
)
_proof = ("code", "tries", "expires_at", "checked_by", "proven_by")
_mine = and_(proofs.c.kind == given("kind"), proofs.c.value == given("value"))
PROOF = Statement(
    select(records.c.id, *(proofs.c[name] for name in _proof))
    .join(proofs, proofs.c.record_id == records.c.id)
    .where(_claimed, _mine)
    .with_for_update(of=proofs)  # guesses at once are counted one after the other
)
_this = and_(proofs.c.record_id == given("record_id"), _mine)
TRY = Statement(
    update(proofs).where(_this).values(tries=proofs.c.tries + 1, checked_by=given("key"))
)
PROVE = Statement(
    update(proofs).where(_this).values(code="", checked_by=given("key"), proven_by=given("key"))
)
