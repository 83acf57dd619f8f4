"""What must happen sometimes: a fault or an outcome that never comes proves nothing."""

from itertools import product

from tests.sim.nemesis import FAULTS, OUTAGES

STORES = ("sql", "redis")
OFTEN = frozenset(  # in every thousand schedules
    {
        *(("fault", *pair) for pair in product(STORES, FAULTS)),
        *(("outage", *pair) for pair in product(STORES, ("down", "read-only", "flaky"))),
        *(("broken", store, kind, "partition") for store, kind in product(STORES, OUTAGES)),
        *(("lost", what) for what in ("sql", "redis")),
        *(("provider", what) for what in ("takes", "later", "other_provider", "unsure", "nobody")),
        *(("receipt", what) for what in ("delivered", "sent", "failed")),
        *(("registry", what) for what in ("listed", "not listed")),
        *(("skew", seconds) for seconds in (3_600, -3_600, 0)),
        *(("feed", what) for what in ("told", "refused")),
        *(("turn", what) for what in ("answered", "unsure")),
        *(("saw", what) for what in ("registered", "already_registered", "in_review", "again")),
        *(("heard", what) for what in ("opted_out", "opted_in", "booked", "ticket_booked")),
        *(("heard", what) for what in ("registered_bookable", "registered_sms", "status_one")),
        ("crash", "A"),
        ("draw", "again"),
    }
)
SELDOM = frozenset(  # in every ten thousand
    {
        *(("fault", *pair) for pair in product(("registry", "kannel", "meta"), FAULTS)),
        *(("heard", what) for what in ("late", "just_taken", "updated", "withdrawn", "erasing")),
        *(("heard", what) for what in ("notice_mine", "code_wrong", "appointment_cancelled")),
        ("lost", "redis all"),
        ("outage", "registry", "down"),
        ("outage", "kannel", "down"),
        ("provider", "opted_out"),
    }
)


def missing(hits, expected=OFTEN | SELDOM):
    """Return what did not happen."""
    return sorted(expected - hits.keys(), key=str)
