"""The table and bench.json: what was seen, what it is held against, and in what state it was."""

import re
from typing import NamedTuple

from tests.bench.measure import LOAD_CORE, OWN_CORE


class Aim(NamedTuple):
    """What a figure should be, and at which side of that."""

    value: float
    least: bool


AIMS = (  # by a pattern that the name of a figure matches whole
    (r"turn / floor", Aim(0.75, least=True)),
    (r"CPU of a turn / CPU of the floor", Aim(1 / 0.75, least=False)),
    (r"turn among .*", Aim(1.1, least=False)),
    (r"registration among .*", Aim(1.1, least=False)),
    (r"registrations a second", Aim(1_400, least=True)),
    (r"p99 of a turn at half of peak", Aim(5, least=False)),
    (r"p99 of the committing hop at half of peak", Aim(10, least=False)),
    (r"two workers / one, .*", Aim(1.7, least=True)),
    (r"claim beside .*", Aim(5, least=False)),
    (r"session, mean", Aim(1_024, least=False)),
    (r"turn, sealed / plain, .*", Aim(1.03, least=False)),
    (r"start to ready, median.*", Aim(0.7, least=False)),
)
COLUMNS = {
    "a second": 10,
    "CPU us": 9,
    "stores us": 10,
    "p50": 8,
    "p99": 8,
    "half p50": 10,
    "half p99": 10,
    "core": 6,
    "load": 6,
}
NAME_WIDTH = 52
HELD = 0.95  # of the pace, below which it was not held
RATES = (
    ("turn / floor", "turn", "floor"),
    ("turn / peer", "turn", "peer"),
    ("two workers / one, turn", "turn, 2 workers", "turn"),
    ("two workers / one, registration", "registration, 2 workers", "registration"),
)
HALVES = (
    ("p99 of a turn at half of peak", "turn"),
    ("p99 of the committing hop at half of peak", "its committing hop"),
)


def verdict(name, value):
    """Return the aim of a figure and whether it is met, or nothing where it has none."""
    for pattern, aim in AIMS:
        if re.fullmatch(pattern, name):
            met = value >= aim.value if aim.least else value <= aim.value
            side = "at least" if aim.least else "at most"
            return f"{side} {aim.value:.4g}: {'met' if met else 'MISSED'}"
    return ""


def figure_line(figure):
    """Return a figure with its aim; one of a busy machine is held against none."""
    value = f"{figure.value:,.2f} {figure.unit}"
    said = "busy" if figure.busy else verdict(figure.name, figure.value)
    return f"{figure.name:<{NAME_WIDTH}}{value:>18}   {said}".rstrip()


def head_line():
    """Return the head of the table."""
    return _line("what", COLUMNS)


def row_lines(row):
    """Return the lines of a row: its figures, and below them what is to be known of them."""
    rate = "busy" if row.rate is None else f"{row.rate:,.0f}"
    whole = (rate, f"{row.cpu_us:.1f}", f"{row.stores_us:.1f}") if row.per else ("", "", "")
    latencies = (row.latency_ms(part, half=half) for half in (False, True) for part in (0.5, 0.99))
    shares = (row.share, max(run.others_share[0] for run in row.runs))
    cells = (*whole, *map(_ms, latencies), *(f"{share:.0%}" for share in shares))
    return [_line(row.name, cells), *(f"    {note}" for note in notes(row))]


def _line(name, cells):
    widths = COLUMNS.values()
    return f"{name:<{NAME_WIDTH}}" + "".join(
        f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)
    )


def rate_text(rate, share, workers=1):
    """Return the rate, or why it is not told: the server was kept from working."""
    if rate is not None:
        return f"{rate:,.0f}"
    each = " each" if workers > 1 else ""
    return f"busy: server had only {share:.0%} of a core{each}"


def _ms(value):
    return "" if value is None else f"{value:.1f}"


def notes(row):
    """Return what is to be known of a row, the worst first."""
    said = [f"FAILED: {row.failed}"] if row.failed else []
    if not row.per:  # timed in the runs of the row above
        return said
    if row.rate is None:
        said.append(rate_text(None, row.share, row.runs[0].workers))
    elif len(row.steady) < len(row.runs):
        said.append(f"{len(row.steady)} of {len(row.runs)} rounds had {OWN_CORE:.0%} of a core")
    if row.limited_by_load:
        said.append(f"limited by the load generator: over {LOAD_CORE:.0%} of its core")
    return said + ([_half_note(row)] if row.half else [])


def _half_note(row):
    told = row.half.told
    late = "" if told.count / told.took > HELD * row.pace else ", which it could not hold"
    return f"half: {row.pace:,.0f} requests a second, server {row.half.share:.0%}{late}"


def row_json(row):
    """Return everything that is known of a row."""
    kept = {
        "name": row.name,
        "rate": row.rate if row.per else None,
        "CPU us": row.cpu_us if row.per else None,
        "CPU us of the stores": row.stores_us if row.per else None,
        "share of a core, by round": [run.share for run in row.runs],
        "load's share of its core": [run.others_share[0] for run in row.runs],
        "stores' share": [run.others_share[1] for run in row.runs],
        "requests": [run.told.count for run in row.runs],
        "p50 ms": row.latency_ms(0.5),
        "p99 ms": row.latency_ms(0.99),
        "half: requests a second": row.pace or None,
        "half: p50 ms": row.latency_ms(0.5, half=True),
        "half: p99 ms": row.latency_ms(0.99, half=True),
        "notes": notes(row),
    }
    return {name: round(v, 4) if isinstance(v, float) else v for name, v in kept.items()}


def compared(rows):
    """Yield (name, figure, unit, perhaps that it is busy) of what rows say together.

    What a busy machine would spoil is told only where the server had its core.
    """
    by = {row.name: row for row in rows}
    steady = {name: row for name, row in by.items() if row.rate is not None}
    for one, other in (("turn", "floor"), ("turn", "peer")):
        if one in by and other in by:
            ratio = by[one].cpu_us / by[other].cpu_us
            busy = not (one in steady and other in steady)
            yield f"CPU of a {one} / CPU of the {other}", ratio, "x", busy
    for what, one, other in RATES:
        if one in steady and other in steady:
            yield what, steady[one].rate / steady[other].rate, "x"
    if "registration" in steady:
        yield "registrations a second", steady["registration"].rate, ""
    for what, name in HALVES:
        if name in steady and steady[name].half:
            yield what, steady[name].latency_ms(0.99, half=True), "ms"
