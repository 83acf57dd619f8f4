"""Every page of the console, with people in the house and without, for every role."""

import io
import re
from functools import partial
from html import unescape
from importlib.resources import files
from itertools import product
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import gateway.http
import gateway.operators
from core.appointments.schedule import put_facility
from core.cases.kinds import CaseKind
from core.cases.number import case_number
from core.cases.queue import NewCase, open_case
from core.database.statements import Statement
from core.messages import Address, AddressKind
from core.operators.roles import SCOPES, Role
from core.registration.number import make_number
from core.wording.catalog import LOCALE
from gateway.operators.console.pages import PAGES
from gateway.operators.console.visit import HOME
from gateway.runtime.finding import note
from tests.contract.test_record_stores import MAIL, NIK, PHONE, intent
from tests.fixtures.clinics import SOREANG, START
from tests.fixtures.console import CSRF, make_console
from tests.fixtures.desk import make_desk
from tests.fixtures.effects import recorder
from tests.integration.test_deadletters import bury

CASES = Statement("SELECT id FROM cases")
LETTER = Statement("""
    INSERT INTO evidence (key, part, value, media_type, bytes, data, received_at)
    VALUES ('k', 1, 'tu@rs.example', 'image/png', 3, :data, '2021-01-20T02:00:00.000000+00:00')
""")
NOBODYS = make_number(1)
ACTIONS = Statement("SELECT action, operator, number FROM audit ORDER BY id")


def path_of(page, **values):
    values = {"code": SOREANG.code, "date": "2021-01-22", **values}
    return HOME + re.sub(r"\{(\w+)\}", lambda place: values.get(place[1], "0000-0000"), page.path)


@pytest.fixture
async def number(database):
    record = recorder(database)
    first = await record(intent())
    await record(intent("2", full_name="Budi Santoso", address=MAIL))
    await bury(database)
    await database.write(partial(put_facility, facility=SOREANG))
    return first.number


async def test_every_page_has_something_to_show(database, number):
    ((case,),) = await database.read(lambda connection: connection.all(CASES))
    async with make_console(database) as client:
        for page, language in product(PAGES, ("id", "en")):
            await client.get(f"{HOME}/language/{language}")
            reply = await client.get(path_of(page, number=number, id=case_number(case)))
            assert reply.status_code == 200, (page.name, reply.text)
            assert f'<html lang="{language}">' in reply.text


async def test_an_empty_house_has_pages_too(database):
    async with make_console(database) as client:
        for page in PAGES:
            reply = await client.get(path_of(page))
            assert reply.status_code == (404 if "{" in page.path else 200), page.name


@pytest.mark.parametrize("role", Role)
async def test_a_page_is_shown_to_those_whose_role_may_see_it(database, number, role):
    async with make_console(database, role) as client:
        for page in PAGES:
            status = (await client.get(path_of(page, number=number))).status_code
            barred = 303 if page.name == "today" else 403
            assert (status == barred) == (page.scope not in SCOPES[role]), page.name


@pytest.mark.parametrize("role", Role)
async def test_every_role_begins_on_a_page_of_its_own(database, role):
    async with make_console(database, role) as client:
        assert (await client.get(HOME, follow_redirects=True)).status_code == 200


async def test_a_queue_of_cases_without_a_name_says_nothing_in_its_place(database, number):
    phone = Address(AddressKind.PHONE, "+62811")
    lost = NewCase(CaseKind.LOST_PHONE, "lost", "test", NIK, 1, phone)
    case = await database.write(partial(open_case, new=lost, at=START))
    async with make_console(database) as client:
        queue = (await client.get(f"{HOME}/cases")).text
        shown = (await client.get(f"{HOME}/cases/{case_number(case)}")).text
    assert "None" not in queue
    assert phone.value in shown


async def test_the_case_of_a_letter_names_its_mailbox_and_leads_to_its_files(database, number):
    letter = NewCase(CaseKind.NOT_LISTED_APPEAL, "appeal", "test", NIK, 1, MAIL)
    case = await database.write(partial(open_case, new=letter, at=START))
    async with make_console(database, Role.OFFICER) as client:
        shown = (await client.get(f"{HOME}/cases/{case_number(case)}")).text
    assert f'action="{HOME}/letters"' in shown
    assert f'name="address" value="{MAIL.value}"' in shown


@pytest.mark.parametrize("text", [NIK, f"{NIK[:6]} {NIK[6:12]}-{NIK[12:]}", PHONE.value])
async def test_one_box_finds_a_person_by_anything_that_is_exact(database, number, text):
    async with make_console(database) as client:
        page = (await client.post(f"{HOME}/search", data={"csrf": CSRF, "q": text})).text
    assert f'href="{HOME}/people/{number}"' in page
    assert NIK not in page.partition("<table")[2]


async def test_a_search_and_a_look_are_noted_with_who(database, number):
    async with make_console(database) as client:
        await client.post(f"{HOME}/search", data={"csrf": CSRF, "q": number.lower()})
        await client.get(f"{HOME}/people/{number}")
        whole = await client.get(f"{HOME}/people/{number}", params={"reveal": "1"})
    assert NIK in whole.text
    noted = await database.read(lambda connection: connection.all(ACTIONS))
    mine = [row for row in noted if row[1] == "Ayu"]
    assert mine == [(word, "Ayu", number) for word in ("search", "look", "reveal_nik")]


async def test_a_person_has_one_timeline_and_where_she_stands(database, number):
    async with make_console(database) as client:
        await client.get(f"{HOME}/language/en")
        page = (await client.get(f"{HOME}/people/{number}")).text
        again = (await client.get(f"{HOME}/people/{number}")).text
    timeline = page.partition('id="h-timeline"')[2]
    for what in ("Registration", "Message"):
        assert f"<strong>{what}</strong>" in timeline
    assert "in no conversation" in page
    assert "<code>look</code> Ayu" in again.partition('id="h-timeline"')[2]


@pytest.mark.parametrize("language", ["en", "id"])
async def test_reasons_and_refusals_are_in_the_visitors_language(database, number, language):
    ((case,),) = await database.read(lambda connection: connection.all(CASES))
    path = f"{HOME}/cases/{case_number(case)}"
    wording = make_desk(database).wording
    async with make_console(database) as client:
        await client.get(f"{HOME}/language/{language}")
        shown = (await client.get(path)).text
        refused = await client.post(
            f"{path}/decision", data={"csrf": CSRF, "decision": "move_nik"}
        )
    said = wording.phrases(language, "short")
    reasons = [words.partition("{")[0] for key, words in said.items() if key.startswith("why_")]
    assert any(words and words in unescape(shown) for words in reasons)
    assert refused.status_code == 422
    assert said["cannot_nik_needed"] in unescape(refused.text)


async def test_from_a_letters_case_its_files_are_seen_and_somebody_registered(database):
    await database.write(lambda connection: connection.run(LETTER, data=b"png"))
    ((case,),) = await database.read(lambda connection: connection.all(CASES))
    async with make_console(database) as client:
        page = (await client.get(f"{HOME}/cases/{case_number(case)}")).text
        assert f'action="{HOME}/ask/register"' in page
        assert 'name="address" value="tu@rs.example"' in page
        files = await client.post(
            f"{HOME}/letters", data={"csrf": CSRF, "address": "tu@rs.example"}
        )
    assert "evidence_file?id=1" in files.text


async def test_a_search_that_finds_nobody_says_so(database):
    async with make_console(database) as client:
        for text in ("0811", "nobody@nowhere.example", "x"):
            reply = await client.post(f"{HOME}/search", data={"csrf": CSRF, "q": text})
            assert "<table" not in reply.text
            assert reply.status_code in {200, 422}


async def test_a_search_needs_a_form_of_ours(database):
    async with make_console(database) as client:
        assert (await client.post(f"{HOME}/search", data={"q": NIK})).status_code == 403


async def test_messages_are_retried_from_the_list(database, number):
    async with make_console(database) as client:
        page = (await client.get(f"{HOME}/messages", params={"status": "dead"})).text
        ids = re.findall(r'name="ids" value="(\d+)"', page)
        form = (
            await client.post(f"{HOME}/ask/retry_messages", data={"csrf": CSRF, "ids": ids})
        ).text
        shown = re.search(r'<textarea name="ids"[^>]*>([^<]*)<', form)[1]
        assert shown.split() == ids
        done = await client.post(
            f"{HOME}/do/retry_messages",
            data={"csrf": CSRF, "ids": shown, "reason": "the provider is back", "key": "k"},
        )
        assert done.headers["location"] == f"{HOME}?done=retry_messages"
        assert "<table" not in (await client.get(f"{HOME}/messages?status=dead")).text


async def test_figures_keep_up_without_an_open_connection(database, number):
    async with make_console(database) as client:
        reply = await client.get(f"{HOME}/live")
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert re.fullmatch(r"retry: \d+\nevent: figures\ndata: \{.*\}\n\n", reply.text)
    assert '"dead": "4"' in reply.text


async def test_a_letter_s_file_is_no_page_of_ours(database):
    add = Statement("""
        INSERT INTO evidence (key, part, value, media_type, bytes, data, received_at)
        VALUES ('k', 1, 'a@b.example', 'application/pdf', 4, :data, '2021')
    """)
    await database.write(lambda connection: connection.run(add, data=b"%PDF"))
    async with make_console(database) as client:
        listed = (await client.get(f"{HOME}/letters")).text
        path = re.search(rf"{HOME}/files/evidence_file\?id=\d+", listed)[0]
        reply = await client.get(path)
        assert (reply.status_code, reply.content) == (200, b"%PDF")
        assert reply.headers["content-security-policy"] == "sandbox"
        assert reply.headers["cache-control"] == "no-store"
        assert (await client.get(f"{HOME}/files/today")).status_code == 404
        assert (await client.get(f"{HOME}/files/evidence_file?id=9")).status_code == 404
    async with make_console(database, Role.HELPDESK) as client:
        assert (await client.get(path)).status_code == 403


async def test_the_set_up_shows_what_is_amiss_and_not_what_is_fit(database):
    async def examine():
        return note("sms", "no account <sends>"), note("an account sends email", "")

    async with make_console(database, examine=examine) as client:
        shown = (await client.get(f"{HOME}/setup")).text
    assert "no account &lt;sends&gt;" in shown
    assert "an account sends email" not in shown
    assert "1 bagian baik" in shown


def test_the_console_has_few_templates():
    assert len(list(files("gateway.operators.console").joinpath("templates").iterdir())) <= 25


@pytest.mark.parametrize(
    ("language", "said"),
    [("id", "Tidak ada pendaftaran dengan nomor ini"), ("en", "No registration has this number")],
)
async def test_a_problem_is_told_in_the_visitors_language(database, language, said):
    async with make_console(database) as client:
        await client.get(f"{HOME}/language/{language}")
        page = (await client.get(f"{HOME}/people/{NOBODYS}")).text
        fields = {"csrf": CSRF, "number": NOBODYS, "reason": "she called"}
        headers = {"origin": "http://desk.example"}
        form = await client.post(f"{HOME}/do/withdraw", data=fields, headers=headers)
    assert said in page
    assert said in form.text


def test_whatever_has_words_is_still_said_by_the_api():
    folders = [Path(part.__file__).parent for part in (gateway.http, gateway.operators)]
    code = "".join(file.read_text() for folder in folders for file in folder.rglob("*.py"))
    catalog = read_po(io.BytesIO((LOCALE / "id.po").read_bytes()))
    known = {one.id for one in catalog if one.context == "console"}
    details = [one.removeprefix("detail:") for one in known if one.startswith("detail:")]
    assert details
    assert [one for one in details if f'"{one}"' not in code] == []
