"""The bill of materials is complete, of the form that it claims, and its licences are known."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import jsonschema_rs
import pytest

from tests.docs.pages import ROOT
from tests.docs.sbom import bom, licence, locked
from tests.docs.test_locks import read

PAGE = ROOT / "docs" / "licences.md"


@pytest.fixture(scope="module")
def made():
    return bom()


def licences(part):
    """The SPDX ids of one component."""
    for each in part["licenses"]:
        yield each["expression"] if "expression" in each else each["license"].get("id")


def test_every_package_of_the_lock_is_in_it(made):
    here = {pin.name for pin in read("requirements.lock") if pin.name in locked()}
    assert {part["name"] for part in made["components"]} >= here
    assert len(made["components"]) > 50


def test_every_package_but_one_is_there_because_another_needs_it(made):
    refs = {part["bom-ref"] for part in made["components"]}
    needed = {one for each in made["dependencies"] for one in each["dependsOn"]}
    assert needed == refs
    assert {each["ref"] for each in made["dependencies"]} - refs == {
        made["metadata"]["component"]["bom-ref"]
    }


def test_every_package_has_a_licence_of_which_the_page_speaks(made):
    page = PAGE.read_text()
    unknown = [
        (part["name"], said)
        for part in made["components"]
        for said in licences(part)
        for one in re.split(" (?:AND|OR|WITH) ", said or "none")
        if f"`{one}`" not in page
    ]
    assert unknown == []


@pytest.mark.parametrize(
    ("said", "spdx"),
    [
        ({"License-Expression": "MIT AND PSF-2.0", "License": "x"}, "MIT AND PSF-2.0"),
        ({"License": "Apache 2.0"}, "Apache-2.0"),
        ({"License": "MPL-2.0"}, "MPL-2.0"),
        ({"License": "Copyright me\nall rights"}, "Copyright me"),
        ({}, ""),
    ],
)
def test_a_licence_is_read_however_it_is_said(said, spdx):
    class Metadata(dict):
        def get_all(self, _name, default):
            return default

    assert licence(Metadata(said)) == spdx


def test_it_is_of_its_schema(made):
    found = find_spec("cyclonedx")
    if found is None:
        pytest.skip("the schemas of CycloneDX are not at hand (cyclonedx-python-lib)")
    folder = Path(found.origin).parent / "schema" / "_res"
    schemas = {
        name: json.loads((folder / f"{name}.SNAPSHOT.schema.json").read_text())
        for name in ("bom-1.6", "spdx", "jsf-0.82")
    }
    main = schemas.pop("bom-1.6")
    more = [(f"http://cyclonedx.org/schema/{name}.schema.json", schemas[name]) for name in schemas]
    more += [
        (f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json", schemas[name])
        for name in schemas
    ]
    checked = jsonschema_rs.validator_for(main, registry=jsonschema_rs.Registry(more))
    assert [str(fault) for fault in checked.iter_errors(made)] == []
