"""Verify an exported audit: `python3 verify_audit.py audit.jsonl [DIGEST]`.

For whoever does not trust us: it needs Python alone, and nothing of ours. The file is what `GET
/api/v1/audit` answers, a JSON object a line, the last one with the head of the chain. A row's
`digest` covers the digest before it, so nobody can change, remove or insert one unnoticed. Note
the head that this prints, and give it as DIGEST when you verify a later export: if the end of the
audit was cut off or written anew meanwhile, that digest is no longer in it.

The number of a person and the reason are covered by a salted digest, `sealed`. An erasure by law
empties both with the salt; the row stays in the chain, and what it said is gone.

Exit status: 0 if all of it is whole, 1 if not.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


def digest_of(*parts: str) -> str:
    """Return SHA-256 of the parts as a JSON list."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def faults_of(row: dict[str, Any], before: str) -> Iterator[str]:
    """Yield what is wrong with a row, given the digest of the one before it."""
    if row["digest"] != digest_of(
        before, row["at"], row["action"], row["operator"], row["sealed"]
    ):
        yield "does not follow from the row before it"
    if row["salt"]:
        if row["sealed"] != digest_of(row["salt"], row["number"] or "", row["why"]):
            yield "its number or reason was changed"
    elif row["number"] or row["why"]:
        yield "has a number or reason that nothing covers"


def verify(lines: Iterable[str], known: str = "") -> tuple[list[str], dict[str, int], str]:
    """Return the faults of an export, what it has of each kind of row, and its head."""
    counts, before, head = {"rows": 0, "erased": 0, "older": 0}, "", None
    faults: list[str] = []
    seen: set[str] = set()
    for line in lines:
        row = json.loads(line)
        if "head" in row:
            head = row["head"]
            break
        if not row["digest"] and not before:  # written before the audit was a chain
            counts["older"] += 1
            continue
        faults += [f"row {row['id']} {fault}" for fault in faults_of(row, before)]
        counts["rows"] += 1
        counts["erased"] += not row["salt"]
        before = row["digest"]
        seen.add(before)
    if head is None:
        faults.append("the file ends without the head of the chain")
    elif head != before:
        faults.append("the last row is not the head of the chain")
    if known and known not in seen:
        faults.append("the digest that you noted is not in it")
    return faults, counts, before


def main(words: list[str]) -> int:
    """Print what was found; return the exit status."""
    if len(words) not in {1, 2}:
        sys.stderr.write(f"{__doc__}\n")
        return 1
    with Path(words[0]).open(encoding="utf-8") as lines:
        faults, counts, head = verify(lines, *words[1:])
    for fault in faults:
        sys.stdout.write(f"BROKEN: {fault}\n")
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    sys.stdout.write(f"{told}; head {head or 'of nothing'}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
