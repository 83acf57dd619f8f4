"""Print what a gateway consists of, with licences, as CycloneDX 1.6 JSON: `make sbom`.

Of the standard library alone: the lock names the packages, and each package its licence. A tool
would add ten packages, and count those of the tests, too.
"""

import json
import re
import sys
from importlib.metadata import PackageNotFoundError, distribution, requires, version

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.docs.pages import ROOT

LOCK = ROOT / "requirements.lock"
SPEC = "1.6"
# How packages without `License-Expression` (PEP 639) call theirs.
NAMED = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "MIT License": "MIT",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "BSD License": "BSD-3-Clause",  # Jinja2's and segno's files say which
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
_ID = re.compile(r"[A-Za-z0-9.+-]+")


def locked():
    """Return the packages that the lock pins here, by name."""
    lines = LOCK.read_text().splitlines()
    pins = [Requirement(line.rstrip(" \\")) for line in lines if re.match(r"\w", line)]
    return {
        canonicalize_name(pin.name): pin
        for pin in pins
        if pin.marker is None or pin.marker.evaluate()
    }


def licence(metadata):
    """Return a package's licence as an SPDX expression, or as it is called; "" if it says none."""
    if expression := metadata.get("License-Expression"):
        return expression
    said = (metadata.get("License") or "").strip()
    if said in NAMED or _ID.fullmatch(said):
        return NAMED.get(said, said)
    classified = [
        one.rpartition(" :: ")[2]
        for one in metadata.get_all("Classifier", [])
        if one.startswith("License :: OSI Approved :: ")
    ]
    return " OR ".join(NAMED.get(one, one) for one in classified) or said.split("\n")[0]


def _licences(said):
    if _ID.fullmatch(said):
        return [{"license": {"id": said}}]
    if re.fullmatch(r"[\w.+-]+(?: (?:AND|OR|WITH) [\w.+-]+)+", said):
        return [{"expression": said}]
    return [{"license": {"name": said}}]


def _purl(name, number):
    return f"pkg:pypi/{name}@{number}"


def _component(name):
    found = distribution(name)
    purl = _purl(name, found.version)
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": found.version,
        "description": found.metadata.get("Summary", ""),
        "licenses": _licences(licence(found.metadata)),
        "purl": purl,
    }


def _needs(name, among, extras=()):
    """Return the packages of `among` that this one requires here, with its extras."""
    found = [Requirement(line) for line in requires(name) or ()]
    names = {
        canonicalize_name(one.name)
        for one in found
        if one.marker is None
        or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras))
    }
    return sorted(names & set(among))


def bom():
    """Return the bill of materials of this checkout."""
    packages = locked()
    parts = {name: _component(name) for name in packages}
    number = version("satupintu")
    own = _purl("satupintu", number)
    tree = {own: _needs("satupintu", parts)}
    tree |= {
        parts[name]["bom-ref"]: _needs(name, parts, pin.extras) for name, pin in packages.items()
    }
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": "satupintu",
                "version": number,
                "licenses": _licences("Apache-2.0"),
                "purl": own,
            }
        },
        "components": [parts[name] for name in sorted(parts)],
        "dependencies": [
            {"ref": ref, "dependsOn": [parts[name]["bom-ref"] for name in needed]}
            for ref, needed in sorted(tree.items())
        ],
    }


if __name__ == "__main__":
    try:
        json.dump(bom(), sys.stdout, indent=1)
    except PackageNotFoundError as missing:
        sys.exit(f"{missing.name} of requirements.lock is not installed: run make .venv/.run")
    print()
