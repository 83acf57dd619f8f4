"""Records and their addresses, intents and history; the roster; proofs and rate limits."""

from sqlalchemy import Column, Index, LargeBinary, Table, Text, UniqueConstraint

from core.database.tables.base import (
    Id,
    count_column,
    metadata,
    number_column,
    partial_index,
    record_column,
    text_column,
)

records = Table(
    "records",
    metadata,
    Column("id", Id, primary_key=True),
    text_column("campaign"),
    text_column("nik"),
    text_column("number"),
    text_column("full_name"),
    text_column("birth_date"),
    text_column("sex"),
    text_column("profession"),
    text_column("phone", optional=True),
    text_column("language"),
    text_column("status"),
    text_column("attributes"),
    number_column("version"),
    text_column("created_at"),
    text_column("updated_at"),
    # Both find a mistyped NIK (core/fields/nik_slips.py); empty in a record that is not current.
    text_column("nik_tail"),
    text_column("nik_jumble"),
    text_column("facility_code", optional=True),  # where the registry says that the person works
    text_column("check_due_at", optional=True),  # when the registry is to be asked (again)
    count_column("check_attempts"),
    count_column("check_round"),  # how often all were to be checked again
    count_column("told_version"),  # the version that the registry has acknowledged
    text_column("standing", "held"),  # core/registration/standing.py
    Column("merged_into", Id, nullable=True),  # the record that goes on for both
    # The version that the ministry's app was told of; NULL in a record that it has not brought.
    Column("app_version", Id, nullable=True),
    # Both find a name; empty in a record of the release before, until they are filled in.
    text_column("regency", ""),  # with which the NIK begins: four digits, never sealed
    text_column("name_marks", ""),  # core/fields/name_marks.py
    text_column("data_key", ""),  # under which what is theirs is sealed; see `data_keys`
    UniqueConstraint("number"),
    Index(None, "nik"),
    Index(None, "birth_date", "name_marks"),
    Index(None, "regency", "name_marks", "standing", "campaign", "id"),  # covers a search by name
    Index(None, "nik_tail", "nik", "id"),  # covers the search for mistyped NIKs
    Index(None, "nik_jumble"),
    Index(None, "phone"),
    Index(None, "status"),
)
partial_index(
    "uq_records_current",
    "standing IN ('claimed', 'held')",
    records.c.nik,
    records.c.campaign,
    unique=True,
)
partial_index("ix_records_check_due_at", "check_due_at IS NOT NULL", records.c.check_due_at)
partial_index(
    "ix_records_to_be_told", "version > told_version", records.c.updated_at, records.c.id
)
partial_index(
    "ix_records_app_to_be_told", "version > app_version", records.c.updated_at, records.c.id
)
partial_index("ix_records_merged_into", "merged_into IS NOT NULL", records.c.merged_into)

erasures = Table(
    "erasures",
    metadata,
    Column("key", Text, primary_key=True),  # a digest of that of the change
    text_column("receipt"),  # a number that says nothing of the person
    text_column("at"),
    UniqueConstraint("receipt"),
    sqlite_with_rowid=False,
)

_OF_ADDRESS = ("kind", "value", "campaign", "received_at", "voucher", "nik", "outcome")
addresses = Table(
    "addresses",
    metadata,
    record_column(primary=True),
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    number_column("verified"),
    text_column("channels"),  # a JSON list, in order of first use
    text_column("linked_at"),
    Index(None, "kind", "value"),
    sqlite_with_rowid=False,
)

intents = Table(
    "intents",
    metadata,
    Column("id", Id, primary_key=True),
    text_column("intent_id"),
    record_column(optional=True),
    text_column("campaign"),
    text_column("channel"),
    text_column("provider"),
    text_column("kind"),
    text_column("value"),
    text_column("message_id"),
    text_column("received_at"),
    text_column("nik"),
    text_column("outcome"),
    text_column("number", optional=True),
    text_column("intent"),  # the whole of it, as JSON
    text_column("voucher", optional=True),  # NULL before there were any
    UniqueConstraint("intent_id"),
    Index(None, "record_id"),
    # For the count of an address's NIKs, which it covers.
    Index("ix_intents_of_address", *_OF_ADDRESS),
    Index(None, "outcome"),
    Index(None, "channel"),
)

history = Table(
    "history",
    metadata,
    Column("id", Id, primary_key=True),
    record_column(),
    text_column("intent_id"),
    text_column("field"),
    text_column("old", optional=True),
    text_column("new", optional=True),
    text_column("at"),
    Index(None, "record_id"),
)

roster = Table(
    "roster",
    metadata,
    Column("id", Id, primary_key=True),
    text_column("campaign"),
    text_column("nik"),
    text_column("full_name"),
    text_column("profession"),
    text_column("facility_code"),
    text_column("phone", optional=True),
    count_column("demo"),
    text_column("invited_at", optional=True),
    UniqueConstraint("nik", "campaign"),
    Index(None, "campaign", "demo"),
    Index(None, "phone"),  # whose it is, and whether it is more than one person's
)

rosters = Table(
    "rosters",
    metadata,
    Column("campaign", Text, primary_key=True),
    text_column("begun_at"),
    text_column("read_at", optional=True),  # NULL during an import: absence then proves nothing
    Column("checks_after", Id, nullable=True),  # records with a higher id are not due yet
    sqlite_with_rowid=False,
)

roster_files = Table(
    "roster_files",
    metadata,
    Column("id", Id, primary_key=True),
    text_column("campaign"),
    text_column("brought_by"),
    text_column("brought_at"),
    text_column("found"),  # JSON: what the dry run counted
    text_column("applied_by", ""),
    text_column("applied_at", ""),
    text_column("applied", ""),  # JSON: what was written
    Column("data", LargeBinary, nullable=False),  # empty once it is kept no longer
    Index(None, "brought_at"),
)

proofs = Table(
    "proofs",
    metadata,
    record_column(primary=True),
    Column("kind", Text, primary_key=True),  # of the address that asked; each has its own code
    Column("value", Text, primary_key=True),
    text_column("code"),
    text_column("key"),  # of the effect that asked
    number_column("tries"),
    text_column("expires_at"),
    text_column("checked_by", optional=True),  # the key of the effect that tried last
    text_column("proven_by", optional=True),  # the key of the effect that got it right
    sqlite_with_rowid=False,
)
partial_index("ix_proofs_live", "code <> ''", proofs.c.expires_at)
partial_index("ix_proofs_spent", "code = ''", proofs.c.expires_at)

handovers = Table(
    "handovers",
    metadata,
    Column("kind", Text, primary_key=True),  # of the browser that shows a code, or the
    Column("value", Text, primary_key=True),  # phone that got a link: each has one at a time
    text_column("secret"),  # the code; of a link only a digest
    text_column("key"),  # of the effect that asked
    text_column("phone"),  # that the form names: no other may take it
    text_column("answers"),  # JSON: of a half-filled form
    text_column("intent"),  # JSON: of a confirmed one
    text_column("taken_by"),  # the key of the effect, or the browser, that spent it
    text_column("expires_at"),
    Index("uq_handovers_secret", "secret", unique=True),
    Index(None, "expires_at"),
    sqlite_with_rowid=False,
)

aliases = Table(
    "aliases",
    metadata,
    Column("browser", Text, primary_key=True),  # the value of its address
    text_column("kind"),  # of the phone's address, whose conversation is the browser's, too
    text_column("value"),
    text_column("since"),
    text_column("expires_at"),
    Index(None, "kind", "value"),
    Index(None, "expires_at"),
    sqlite_with_rowid=False,
)

tallies = Table(
    "tallies",
    metadata,
    Column("subject", Text, primary_key=True),  # what is counted, and for which bound
    text_column("since"),
    number_column("count"),
    text_column("key"),  # of the effect that was counted last
    Index(None, "since"),
    sqlite_with_rowid=False,
)
