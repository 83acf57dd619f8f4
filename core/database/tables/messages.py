"""The outbox and opt-outs; leases and heartbeats."""

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint

from core.database.tables.base import (
    Id,
    count_column,
    metadata,
    number_column,
    partial_index,
    text_column,
)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    number_column("out"),
    text_column("at"),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),  # in the order in which messages were enqueued
    text_column("key"),
    text_column("channel"),
    text_column("provider", optional=True),
    text_column("kind"),
    text_column("value"),
    text_column("reply"),
    text_column("headers"),
    number_column("answers_request"),
    text_column("status"),
    number_column("attempts"),
    text_column("due_at"),  # while a sender has claimed it: when its lease ends
    text_column("provider_id", optional=True),
    text_column("why", optional=True),
    text_column("created_at"),
    text_column("sent_at", optional=True),
    text_column("not_before", ""),  # until then it delays no other
    count_column("bulk"),
    text_column("quiet", ""),
    text_column("refused_by", "[]"),  # a JSON list
    text_column("unsure_of", ""),
    text_column("ticket", optional=True),
    text_column("not_after", optional=True),  # then it is dropped
    text_column("origin", ""),  # the number of ours that sends it, if not any
    text_column("tried_at", optional=True),  # the first attempt
    count_column("doubts"),  # attempts with an unknown outcome
    Column("held_by", Id),  # the queued message that goes first; not claimable while set
    count_column("unvouched"),  # answers a letter that nobody vouches for
    UniqueConstraint("key"),
    Index(None, "kind", "value", "channel", "status", "id"),
    Index(None, "provider", "provider_id"),
)
_BY_LANE = (outbox.c.bulk, outbox.c.unvouched, outbox.c.due_at, outbox.c.id)
partial_index("ix_outbox_ready", "status = 'queued' AND held_by IS NULL", *_BY_LANE)
partial_index("ix_outbox_held_by", "held_by IS NOT NULL", outbox.c.held_by)
partial_index("ix_outbox_oldest", "status = 'queued' AND bulk = 0", outbox.c.not_before)
partial_index("ix_outbox_dead", "status = 'dead'", outbox.c.id)
_SAYS = """reply <> '[[],""]'"""
partial_index("ix_outbox_outdated", f"not_after IS NOT NULL AND {_SAYS}", outbox.c.not_after)
partial_index("ix_outbox_old", f"status <> 'queued' AND {_SAYS}", outbox.c.due_at)
partial_index("ix_outbox_withheld", "status = 'withheld'", outbox.c.created_at)
# Two triggers release what a message holds up when it leaves the queue, is put off or is deleted:
# see migration 0007.

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),  # of work that one process does at a time
    text_column("until"),
    text_column("holder"),
    sqlite_with_rowid=False,
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("worker", Integer, primary_key=True, autoincrement=False),
    Column("beats", Id, nullable=False),
)

backups = Table(
    "backups",
    metadata,
    Column("at", Text, primary_key=True),  # of the newest: there is one row
    sqlite_with_rowid=False,
)
