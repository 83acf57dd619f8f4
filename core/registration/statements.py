"""The SQL of a registration: what is on file about an intent, and what is written of it."""

from collections.abc import Sequence

from sqlalchemy import Select, and_, case, distinct, func, or_, select, union_all, update
from sqlalchemy import literal_column as constant
from sqlalchemy.dialects.postgresql import insert  # SQLite's ON CONFLICT is the same
from sqlalchemy.sql.elements import ColumnElement

from core.database.statements import Connection, Row, Statement, given
from core.database.tables import addresses, history, intents, opt_outs, records

_same_address = and_(intents.c.kind == given("kind"), intents.c.value == given("value"))
_others = select(func.count(distinct(intents.c.nik))).where(
    _same_address,
    intents.c.campaign == given("campaign"),
    intents.c.nik != given("nik"),
    intents.c.outcome != "refused",
)
_same_intent = intents.c.intent_id == given("intent_id")

_its_record = select(records.c.status).where(
    records.c.id == select(intents.c.record_id).where(_same_intent).scalar_subquery()
)

# number of other NIKs from the address; outcome and number of the same intent, and the status
# that its record has by now
HEARD = Statement(
    select(
        _others.scalar_subquery(),
        select(intents.c.outcome).where(_same_intent).scalar_subquery(),
        select(intents.c.number).where(_same_intent).scalar_subquery(),
        _its_record.scalar_subquery(),
    )
)

RECORD_COLUMNS = ("id", "version", "nik", "number", "full_name", "birth_date", "profession")


def _on_file(condition: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    columns = (*(records.c[name] for name in RECORD_COLUMNS), records.c.phone, records.c.language)
    return select(*columns).where(condition, records.c.campaign == given("campaign"))


def _alike(start: int, length: int, name: str) -> ColumnElement[bool]:
    piece = func.substr(records.c.nik, constant(str(start)), constant(str(length)))
    return piece == given(name)


# The record itself and its look-alikes, more than once. A select each: with OR, SQLite reads
# every record. A slip leaves at least one of three pieces of the NIK as it was.
ON_FILE = Statement(
    union_all(
        _on_file(records.c.nik.in_([given("nik"), given("other_sex")])),
        _on_file(records.c.nik.between(given("lowest"), given("highest"))),
        _on_file(records.c.nik_tail == given("tail")),
        _on_file(records.c.nik_jumble == given("jumble")),
        _on_file(
            and_(
                records.c.phone == given("phone"),
                or_(_alike(1, 5, "first"), _alike(6, 6, "middle"), _alike(12, 5, "last")),
            )
        ),
    )
)
_HOLD = Statement(
    select(records.c.id)
    .where(records.c.id == given("record_id"))
    .with_for_update(key_share=True)  # who only refers to it waits for nobody
)
_ADDRESSES = Statement(
    select(addresses.c.kind, addresses.c.value, addresses.c.verified, addresses.c.channels).where(
        addresses.c.record_id == given("record_id")
    )
)


def hold_addresses(connection: Connection, record_id: int) -> Sequence[Row]:
    """Return its addresses, of which nobody else adds one before the transaction ends.

    Held before they are read: what was read first would not show whom it has waited for.
    """
    connection.one(_HOLD, record_id=record_id)
    return connection.all(_ADDRESSES, record_id=record_id)


_RECORD = (
    "campaign",
    "nik",
    "nik_tail",
    "nik_jumble",
    "number",
    "full_name",
    "birth_date",
    "sex",
    "phone",
)
_RECORD_TOO = ("profession", "language", "attributes", "created_at", "updated_at")
_CHECKED = ("status", "facility_code", "check_due_at")
ADD_RECORD = Statement(
    insert(records)
    .values({name: given(name) for name in (*_RECORD, *_RECORD_TOO, *_CHECKED)})
    .values(version=1)
    .on_conflict_do_nothing()
    .returning(records.c.id)
)
CHANGE_RECORD = Statement(
    update(records)
    .where(records.c.id == given("record_id"), records.c.version == given("seen"))
    .values(
        full_name=given("full_name"),
        profession=given("profession"),
        updated_at=given("at"),
        version=records.c.version + 1,
    )
)
# A name that is not verified is checked again: another may match.
CHECK_AGAIN = Statement(
    update(records)
    .where(records.c.id == given("record_id"), records.c.status != "verified")
    .values(check_due_at=given("at"), check_attempts=0)
)
# Effects bear whole seconds, and so may be younger than they say.
_later = case((records.c.updated_at < given("at"), given("at")), else_=records.c.updated_at)
TOUCH_RECORD = Statement(
    update(records)
    .where(records.c.id == given("record_id"))
    .values(updated_at=_later, version=records.c.version + 1)
)
_ADDRESS = ("record_id", "kind", "value", "verified", "channels")
ADD_ADDRESS = Statement(
    insert(addresses)
    .values({name: given(name) for name in _ADDRESS})
    .values(linked_at=given("at"))
    .on_conflict_do_nothing()
)
CHANGE_ADDRESS = Statement(
    update(addresses)
    .where(
        addresses.c.record_id == given("record_id"),
        addresses.c.kind == given("kind"),
        addresses.c.value == given("value"),
        addresses.c.channels == given("seen"),
    )
    .values(verified=given("verified"), channels=given("channels"))
)
_INTENT = ("intent_id", "record_id", "campaign", "channel", "provider", "kind", "value")
_INTENT_TOO = ("message_id", "received_at", "nik", "outcome", "number", "intent")
ADD_INTENT = Statement(
    insert(intents)
    .values({name: given(name) for name in (*_INTENT, *_INTENT_TOO)})
    .on_conflict_do_nothing(index_elements=["intent_id"])
)
_HISTORY = ("record_id", "intent_id", "field", "old", "new", "at")
ADD_HISTORY = Statement(insert(history).values({name: given(name) for name in _HISTORY}))

_wish = insert(opt_outs).values({name: given(name) for name in ("kind", "value", "out", "at")})
OPT = Statement(
    _wish.on_conflict_do_update(
        index_elements=["kind", "value"],
        set_={"out": _wish.excluded.out, "at": _wish.excluded.at},
        where=opt_outs.c.at <= _wish.excluded.at,
    )
)
