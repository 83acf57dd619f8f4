"""Roads that once led nowhere: a lost SIM, a mistyped NIK, a NIK that another has taken."""

from itertools import count

import pytest

from tests.e2e.test_process import number_in
from tests.e2e.test_vaccination import said
from tests.fixtures.process import TOKEN, Process, eventually

# Three of the demo's roster: NIK, name, profession.
SITI = ("3204115706960001", "Siti Aminah", "perawat")
BUDI = ("3204110101850002", "Budi Santoso", "dokter")
DEWI = ("3273014512900003", "Dewi Lestari", "bidan")
OLD, NEW, HERS, HIS = (f"+62812345680{n:02d}" for n in range(4))
BEARER = {"Authorization": f"Bearer {TOKEN}"}
_calls = count(1)


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    process = Process(tmp_path_factory.mktemp("roads") / "var", DEMO=1)
    try:
        yield process.start()
    finally:
        process.end()


def dial(running, phone, *typed):
    """Dial and press these keys, one screen after the other; return the last screen."""
    call = f"ATUid_{next(_calls)}"
    hops = ["*".join(typed[:length]) for length in range(len(typed) + 1)]
    return [running.ussd(phone, call, hop).text for hop in hops][-1]


def register(running, phone, nik, name, profession="perawat"):
    """Register by SMS; return the words that follow."""
    said(running.text("sms", phone, f"DAFTAR {nik}#{name}#{profession}"))
    return said(running.text("sms", phone, "YA"))


def record(running, number):
    (found,) = running.search(number=number)
    return found


def told(running, phone):
    items = running.api("outbox/search", {"address": phone}).json()["items"]
    return [one["text"] for one in items]


def decide(running, case, decision, **params):
    """Decide a case as an official does: look, then confirm what was seen."""
    seen = running.api(f"cases/{case}/preview", {"decision": decision, **params})
    assert seen.is_success, seen.text
    done = running.client.post(
        f"/api/v1/cases/{case}/decisions",
        json={"decision": decision, "reason": "she showed her KTP", **params},
        headers={**BEARER, "If-Match": f'"{seen.json()["version"]}"'},
    )
    assert done.is_success, done.text
    return [one["text"] for one in seen.json()["messages"]]


def test_who_lost_the_sim_comes_back_by_the_desk(running):
    number = number_in(dial(running, OLD, "1", "1", SITI[0], SITI[1], "2", "1"))
    roads = register(running, NEW, *SITI)
    assert (number in roads, "HP lama" in roads) == (True, True)
    answer = said(running.text("sms", NEW, "3"))
    case = number_in(answer)
    assert ("119" in answer, case != number) == (True, True)
    shown = running.api(f"cases/{case}").json()
    assert (shown["kind"], shown["on_file"]["number"]) == ("lost_phone", number)

    words = decide(running, case, "accept")
    assert eventually(lambda: set(words) <= set(told(running, NEW) + told(running, OLD)))
    assert number in " ".join(told(running, NEW))
    assert f"{number}: " in said(running.text("sms", NEW, "STATUS"))
    assert number in dial(running, NEW, "2")
    assert record(running, number)["phone"] == NEW
    assert "Belum ada pendaftaran" in said(running.text("sms", OLD, "STATUS"))


def test_who_mistyped_her_nik_answers_one_question(running):
    """No official: the same proven phone, the same name, one slip."""
    right, name, profession = DEWI
    wrong = f"{right[:-2]}{right[-1]}{right[-2]}"
    number = number_in(register(running, HERS, wrong, name, profession))
    asked = register(running, HERS, right, name, profession)
    assert (number in asked, right in asked) == (True, True)
    assert number in said(running.text("sms", HERS, "YA"))
    assert eventually(lambda: record(running, number)["status"] == "verified")
    assert [one["number"] for one in running.search(nik=right)] == [number]
    assert running.search(nik=wrong) == []
    assert running.api("cases/search", {"number": number, "status": "open"}).json()["items"] == []


def test_a_nik_that_another_has_taken_is_hers_whom_the_roster_names(running):
    """No official: her own phone, and the roster's name."""
    nik, name, profession = BUDI
    taken = number_in(dial(running, HIS, "1", "1", nik, "ZAINAL ABIDIN", "2", "1"))
    theirs = OLD.replace("80", "81", 1)
    number = number_in(register(running, theirs, nik, name, profession))
    assert number != taken
    assert eventually(lambda: record(running, number)["status"] == "verified")
    assert number in said(running.text("sms", theirs, "STATUS"))
    assert record(running, taken)["status"] == "superseded"
    assert eventually(lambda: [text for text in told(running, HIS) if taken in text])
    assert f"{taken}: diganti" in said(running.text("sms", HIS, "STATUS"))
