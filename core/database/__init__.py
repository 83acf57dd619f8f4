"""`Database.write(operation)` returns when it is durable, `read(operation)` sees one snapshot.

Operations are plain functions of a `Connection`; they may run twice and do nothing but SQL, the
same on SQLite and PostgreSQL. Tables and migrations are here, each statement is beside its user.
Every failure of a store is `UnavailableError`, after which a write may have happened or not.
"""
