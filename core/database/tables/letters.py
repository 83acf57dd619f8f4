"""What letters bring beside their text: lists of staff, and files as evidence."""

from sqlalchemy import Column, Index, LargeBinary, Table, UniqueConstraint

from core.database.tables.base import (
    Id,
    count_column,
    metadata,
    number_column,
    partial_index,
    text_column,
)

lists = Table(
    "lists",
    metadata,
    Column("id", Id, primary_key=True),
    text_column("key"),  # that of the answer in the outbox: of conversation and message id
    text_column("value"),  # the mailbox
    number_column("lane"),  # 0 for an authentic letter, which goes first
    text_column("received_at"),
    text_column("letter"),  # an `Inbound` as JSON, without its content
    text_column("persons"),  # a JSON list of `ListedPerson`; empty once the answer is queued
    text_column("notes"),  # a JSON list of `Prompt`: what to say of the files
    text_column("state"),  # staged, answered; failed: an official sees to it, `persons` stay
    text_column("due_at"),  # while a worker has claimed it: when its lease ends
    count_column("attempts"),
    text_column("results", "[]"),  # a JSON list: part, row, result
    UniqueConstraint("key"),
    Index(None, "received_at"),
)
partial_index("ix_lists_staged", "state = 'staged'", lists.c.lane, lists.c.due_at, lists.c.id)

evidence = Table(
    "evidence",
    metadata,
    Column("id", Id, primary_key=True),
    text_column("key"),  # a digest of conversation and message id
    number_column("part"),  # the place of the file among the attachments, from 1
    text_column("value"),  # the mailbox
    text_column("media_type"),  # by content, whatever the letter says
    number_column("bytes"),
    Column("data", LargeBinary, nullable=False),
    text_column("received_at"),
    UniqueConstraint("key", "part"),
)
# Whole rows but `data`: SQLite reads the file to come to what stands behind it.
_SHOWN = ("value", "media_type", "bytes")
Index(
    "ix_evidence_newest",
    evidence.c.received_at,
    evidence.c.id,
    *(evidence.c[name] for name in _SHOWN),
)
Index(
    "ix_evidence_value",
    evidence.c.value,
    evidence.c.received_at,
    evidence.c.id,
    *(evidence.c[name] for name in _SHOWN[1:]),
)
