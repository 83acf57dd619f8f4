"""A real gateway with people in it, and its console in a real browser."""

import re

from tests.fixtures.node import modules
from tests.fixtures.process import Process, eventually

NURSE, MIDWIFE = "3204115706960001", "3204115706960012"
SITI, BUDI = "+6281234567001", "+6281234567002"
SERIOUS = ("serious", "critical")


def start(folder, **settings):
    """Start a gateway, and let two people claim one NIK: that makes a case."""
    gateway = Process(folder / "var", **settings).start()
    for phone, words in (
        (SITI, f"DAFTAR {NURSE}#Siti Aminah#perawat"),
        (BUDI, f"DAFTAR {NURSE}#Budi Santoso#perawat"),
        (SITI, f"DAFTAR {MIDWIFE}#Dewi Lestari#bidan"),
    ):
        assert gateway.text("sms", phone, words).status_code == 200
        assert gateway.text("sms", phone, "YA").status_code == 200
    assert eventually(lambda: gateway.search(nik=MIDWIFE))
    return gateway


def sign_in(page, gateway, language="en"):
    """Sign a manager in by the link that a start in dev prints; it is good once."""
    page.goto(re.search(r"http://\S+/console/sign-in/\S+", gateway.said)[0])
    page.goto(f"{gateway.url}/console/language/{language}")
    return page.context.cookies()


def faults(page):
    """Return what axe finds that is serious, as rule and element."""
    page.add_script_tag(path=str(modules() / "axe-core" / "axe.min.js"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (one["id"], node["html"][:120])
        for one in found["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


def overflow(page):
    """Return by how many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
