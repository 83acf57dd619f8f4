"""Erasing one person reaches what the desk keeps beside them, and nothing of others."""

from functools import partial

import pytest

from core.cases.changes.erase import erase
from core.messages import Channel
from core.outbox.rate_limits import count
from core.outbox.sms_bounds import Bound
from core.registration.evidence import letter_key
from tests.contract.test_erase import CLINIC, ERASE, HOME, MAIL, NAME, WRONG_NIK, live
from tests.fixtures.changes import LATER, Desk


@pytest.fixture
async def desk(database_url):
    opened = Desk(database_url)
    yield opened
    await opened.close()


async def test_what_the_desk_keeps_beside_the_person_goes_too(desk):
    """A decision that can be undone, what waits for a second person, a letter of her clinic."""
    number, _ = await live(desk)
    record_id, letter = await desk.id_of(number), letter_key(CLINIC, "m1")
    undo = f'{{"record_id":{record_id},"full_name":"{NAME}","nik":"{WRONG_NIK}"}}'
    case = "INSERT INTO cases (key, campaign, kind, detail, undo, opened_at, updated_at) VALUES "
    desk.run(f"{case} ('a', 'c', 'name_conflict', '{{}}', :undo, '', '')", undo=undo)
    desk.run(f"{case} (:key, '', 'mixed_letter', '{{}}', '', '', '')", key=f"letter:{letter}")
    desk.run(
        """
        INSERT INTO approvals (act, number, call, reason, asked_by, asked_at, expires_at)
        VALUES ('merge', '0000-0000', :call, '', 'dewi', '', '')
        """,
        call=f'{{"body": {{"gone": "{number}"}}}}',
    )
    desk.run(
        """
        INSERT INTO evidence (key, part, value, media_type, bytes, data, received_at)
        VALUES (:key, 1, :value, 'image/png', 3, :data, '')
        """,
        key=letter,
        value=CLINIC.value,
        data=NAME.encode(),
    )
    await desk.register(2, address=CLINIC, channel=Channel.EMAIL)
    await desk.change(erase, number, **ERASE)
    assert desk.run("SELECT undo FROM cases WHERE key = 'a'") == [("",)]
    assert desk.run("SELECT call FROM approvals") == [("",)]
    assert desk.run("SELECT key FROM evidence") == []
    assert desk.run("SELECT id FROM cases WHERE kind = 'mixed_letter'") == []


async def test_what_was_counted_of_others_stays(desk):
    """Or an address that is part of another one would lift that one's bounds."""
    number, _ = await live(desk)
    others = [f"asker:email:a{MAIL.value}", f"codes a day:{HOME.value}9"]
    for subject in (*others, f"asker:email:{MAIL.value}", f"answer:{MAIL.value}:d"):
        bound = [Bound(subject, 3)]
        await desk.database.write(partial(count, bounds=bound, at=LATER, key=f"of {subject}"))
    await desk.change(erase, number, **ERASE)
    kept = {subject for (subject,) in desk.run("SELECT subject FROM tallies")}
    assert kept >= set(others)
    assert [one for one in kept - set(others) if MAIL.value in one] == []
