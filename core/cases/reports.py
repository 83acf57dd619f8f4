"""What people report: a phone that is lost, and a letter that somebody belongs on the roster.

Each opens the same case whether there is such a registration or not, so that nobody learns which
numbers and NIKs are on file; nothing else changes.
"""

from typing import Final

from core.cases.kinds import CaseKind
from core.cases.number import case_number
from core.cases.own_record import Claim, find_record
from core.cases.queue import NewCase
from core.cases.requests import Appeal, CaseOpened, ReportLostPhone
from core.cases.waiting import open_once
from core.database.statements import Connection, Statement, iso_utc
from core.fields.timezones import moment
from core.messages import AddressKind
from core.outbox.rate_limits import count
from core.outbox.sms_bounds import Bound
from core.registration.standing import CURRENT

REPORTS_A_DAY_MAX: Final = 3  # of one address
REPORTS_UNVOUCHED_OF_ALL_MAX: Final = 500  # of mailboxes and web pages
APPEALS_A_DAY_MAX: Final = 20  # of one mailbox or phone
APPEALS_UNVOUCHED_A_DAY_MAX: Final = 3
APPEALS_UNVOUCHED_OF_ALL_MAX: Final = 500  # mailboxes cost nothing, officials' time is finite

_BY_NIK = Statement(
    """
    SELECT id, number, nik
    FROM records
    WHERE nik = :nik AND campaign = :campaign AND {current}
    """,
    current=CURRENT,
)
_BY_NUMBER = Statement("""
    SELECT id, number, nik
    FROM records
    WHERE number = :number AND campaign = :campaign
""")
# Its files are read with the appeal.
_FILE_LETTER = Statement("""
    UPDATE cases
    SET status = 'decided',
        decision = 'keep',
        decided_by = 'rule',
        decided_at = :at,
        updated_at = :at,
        version = version + 1
    WHERE key = :key AND status <> 'decided'
""")


def report_lost_phone(connection: Connection, *, request: ReportLostPhone) -> CaseOpened:
    """Open the case of a lost phone; nothing, if the address has reported too many."""
    at, sender = moment(request.at), request.address.conversation
    if count(connection, _report_bounds(request), at=at, key=request.key):
        return CaseOpened()
    record = find_record(connection, Claim(request.number, request.campaign, request.address))
    new = NewCase(
        kind=CaseKind.LOST_PHONE,
        key=f"lost_phone:{request.campaign}:",
        whose=f"{request.number}:{sender}",
        campaign=request.campaign,
        nik=record.nik if record else "",
        record_id=record.id if record else None,
        address=request.address,
        detail={"number": request.number},
    )
    opened = open_once(connection, new, at, asked=request.key)
    return CaseOpened(number=case_number(opened.id), by=opened.by)


def _report_bounds(request: ReportLostPhone) -> tuple[Bound, ...]:
    own = Bound(f"lost phones:{request.address.conversation}", REPORTS_A_DAY_MAX)
    if request.address.by_network:
        return (own,)
    return own, Bound("unvouched lost phones of all", REPORTS_UNVOUCHED_OF_ALL_MAX)


def appeal(connection: Connection, *, request: Appeal) -> CaseOpened:
    """Open the case of an appeal; nothing, if the sender has sent too many."""
    at, sender = moment(request.at), request.address.conversation
    if count(connection, _appeal_bounds(request), at=at, key=request.key):
        return CaseOpened()
    where = {"campaign": request.campaign}
    row = (
        connection.one(_BY_NUMBER, **where, number=request.number)
        if request.number
        else connection.one(_BY_NIK, **where, nik=request.nik)
    )
    record_id, number, nik = row or (None, request.number, request.nik)
    new = NewCase(
        kind=CaseKind.NOT_LISTED_APPEAL,
        key=f"appeal:{request.campaign}:",
        whose=f"{request.number or request.nik}:{sender}",
        campaign=request.campaign,
        nik=nik,
        record_id=record_id,
        address=request.address,
        detail={"number": number, "letter": request.letter},
    )
    opened = open_once(connection, new, at, asked=request.key)
    connection.run(_FILE_LETTER, key=f"letter:{request.letter}", at=iso_utc(at))
    return CaseOpened(number=case_number(opened.id), by=opened.by)


def _appeal_bounds(request: Appeal) -> tuple[Bound, ...]:
    sender = request.address.conversation
    if request.vouched:
        return (Bound(f"appeals:{sender}", APPEALS_A_DAY_MAX),)
    by_letter = request.address.kind is AddressKind.EMAIL  # neither door fills the other's bound
    of_all = "unvouched appeals of all" if by_letter else "unvouched appeals of pages"
    return (
        Bound(f"unvouched appeals:{sender}", APPEALS_UNVOUCHED_A_DAY_MAX),
        Bound(of_all, APPEALS_UNVOUCHED_OF_ALL_MAX),
    )
