"""A PostgreSQL URL is libpq's, but for the parameter that names a pooler."""

import pytest

from core.database.postgres_url import PostgresUrl

PLAIN = "postgresql://u:p@h/db"
READ = {
    PLAIN: (PLAIN, False),
    "postgresql+psycopg://u:p@h/db": (PLAIN, False),
    f"{PLAIN}?pooler=transaction": (PLAIN, True),
    f"{PLAIN}?a=b&pooler=transaction": (f"{PLAIN}?a=b", True),
    f"{PLAIN}?pooler=transaction&a=b": (f"{PLAIN}?a=b", True),
    f"{PLAIN}?a=b&pooler=transaction&c=d": (f"{PLAIN}?a=b&c=d", True),
    f"{PLAIN}?my_pooler=transaction": (f"{PLAIN}?my_pooler=transaction", False),
    "postgresql://u@/pooler=transaction": ("postgresql://u@/pooler=transaction", False),
}


@pytest.mark.parametrize("url", READ)
def test_what_is_ours_does_not_reach_libpq(url):
    assert PostgresUrl.of(url) == PostgresUrl(*READ[url])


@pytest.mark.parametrize("pooler", ["", "session", "transactions", "TRANSACTION"])
def test_only_one_kind_of_pooler_is_known(pooler):
    with pytest.raises(ValueError, match="pooler=transaction") as told:
        PostgresUrl.of(f"postgresql://u:secret@h/db?pooler={pooler}")
    assert "secret" not in str(told.value)


def test_what_libpq_cannot_read_is_a_sentence_without_the_url():
    for wrong in ("?nonsense=secret", "?sslmode", "%zz"):
        with pytest.raises(ValueError, match="libpq") as told:
            PostgresUrl.of(f"postgresql://u:secret@h/db{wrong}").fields()
        assert "secret" not in str(told.value)


def test_a_password_is_not_shown():
    assert "secret" not in repr(PostgresUrl.of("postgresql://siti:secret@h/db"))
