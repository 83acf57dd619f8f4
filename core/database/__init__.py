"""`Database.write(operation)` returns when it is durable, `read(operation)` sees one moment.

Operations are plain functions of a `Connection`; they may run twice and do nothing but SQL, the
same on SQLite and PostgreSQL. Tables and their history stand here, the statements with their
users. What fails raises `UnavailableError`, after which nothing is certain.
"""
