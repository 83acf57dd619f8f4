"""Every row of the identity table, and the crossings between rows."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.campaign import Limits
from core.fields.nik_slips import slips
from core.messages import Address, AddressKind, Channel
from core.registration.identity import Decision, OnFile, RecordOnFile, decide
from core.registration.intent import OutcomeKind, RegistrationIntent
from tests.scripts import MAILBOX, NAME, NIK, NUMBER, PHONE, START

LIMITS = Limits(max_per_address=3, max_per_mailbox=5, addresses_per_record_max=3)
CROWDED = {Address(AddressKind.PHONE, f"+62811000000{n}"): True for n in range(3)}
OTHER = Address(AddressKind.PHONE, "+6281299990009")
HIDDEN = Address(AddressKind.WHATSAPP, "ID.1349")
PAGE = Address(AddressKind.WEB, "t0ken")


def intent(**more):
    address = more.get("address", PHONE)
    given = {
        "intent_id": "i1",
        "campaign": "c",
        "channel": Channel.SMS,
        "provider": "test",
        "address": address,
        "message_id": "m1",
        "received_at": START,
        "nik": NIK,
        "full_name": NAME,
        "birth_date": "1996-06-17",
        "sex": "female",
        "profession": "perawat",
        "phone": address.value if address.kind is AddressKind.PHONE else None,
        "language": "id",
        "consent_at": START - timedelta(minutes=1),
    }
    return RegistrationIntent(**{**given, **more})


def record(**more):
    given = {
        "nik": NIK,
        "number": NUMBER,
        "full_name": NAME,
        "birth_date": intent().birth_date,
        "profession": "perawat",
        "phone": PHONE.value,
        "language": "id",
        "addresses": {PHONE: True},
    }
    return RecordOnFile(**{**given, **more})


SLIPPED = NIK[:-1] + "2"
NEW = OnFile()
KNOWN = OnFile(record=record())
CLAIMED = OnFile(record=record(addresses={PHONE: True, OTHER: False}))
MAILED = OnFile(record=record(addresses={MAILBOX: False}))
REGISTERED = Decision(kind=OutcomeKind.REGISTERED, link=True, verified=True)
UNPROVEN = Decision(kind=OutcomeKind.REGISTERED, link=True)
ALREADY = Decision(kind=OutcomeKind.ALREADY_REGISTERED, number=NUMBER, link=True, verified=True)
LINKED = Decision(kind=OutcomeKind.ALREADY_REGISTERED, number=NUMBER, link=True)
REVIEW = Decision(kind=OutcomeKind.IN_REVIEW)
REFUSED = Decision(kind=OutcomeKind.REFUSED)


def updated(**changes):
    return Decision(
        kind=OutcomeKind.UPDATED, number=NUMBER, changes=changes, link=True, verified=True
    )


def like(**more):
    return OnFile(lookalikes=(record(nik=SLIPPED, **more),))


ROWS = {
    "nothing on file": (intent(), NEW, REGISTERED),
    "nothing on file, by email": (intent(address=MAILBOX), NEW, UNPROVEN),
    "nothing on file, without a number": (intent(address=HIDDEN), NEW, REGISTERED),
    "the same data": (intent(), KNOWN, ALREADY),
    "the same name with a degree": (intent(full_name="Siti Aminah, S.Kep."), KNOWN, ALREADY),
    "another language is not a correction": (intent(language="en"), KNOWN, ALREADY),
    "a corrected name": (
        intent(full_name="SITI AMINNAH"),
        KNOWN,
        updated(full_name="SITI AMINNAH"),
    ),
    "a corrected slip": (
        intent(full_name="SITI AMIMAH"),
        KNOWN,
        updated(full_name="SITI AMIMAH"),
    ),
    "a corrected profession": (intent(profession="bidan"), KNOWN, updated(profession="bidan")),
    "a new address": (intent(address=OTHER), KNOWN, LINKED),
    "a new address corrects nothing": (intent(address=OTHER, profession="bidan"), KNOWN, LINKED),
    "a claimed address corrects nothing": (
        intent(address=OTHER, profession="bidan"),
        CLAIMED,
        LINKED,
    ),
    "an email is linked": (intent(address=MAILBOX), KNOWN, LINKED),
    "an email changes nothing, though known": (
        intent(address=MAILBOX, profession="bidan"),
        MAILED,
        LINKED,
    ),
    "an email changes nothing, though proven": (
        intent(address=MAILBOX, profession="bidan"),
        OnFile(record=record(addresses={MAILBOX: True})),
        LINKED,
    ),
    "a web form changes nothing before it is proven": (
        intent(address=PAGE, profession="bidan"),
        OnFile(record=record(addresses={PAGE: False})),
        LINKED,
    ),
    "nothing on file, by web": (intent(address=PAGE), NEW, UNPROVEN),
    "a sister's name": (intent(full_name="SITI AISYAH"), KNOWN, REVIEW),
    "another name from a mailbox": (
        intent(full_name="BUDI SANTOSO", address=MAILBOX),
        KNOWN,
        REVIEW,
    ),
    "a name with a slip, from a new address": (
        intent(full_name="SITI AMINA", address=OTHER),
        KNOWN,
        LINKED,
    ),
    "a name and a profession corrected": (
        intent(full_name="SITI AMINNAH", profession="bidan"),
        KNOWN,
        updated(full_name="SITI AMINNAH", profession="bidan"),
    ),
    "another phone number is not taken over": (intent(phone=OTHER.value), KNOWN, ALREADY),
    "the record itself counts before its look-alikes": (
        intent(),
        OnFile(record=record(), lookalikes=(record(nik=SLIPPED),)),
        ALREADY,
    ),
    "another name": (intent(full_name="BUDI SANTOSO"), KNOWN, REVIEW),
    "another name from a new address": (
        intent(full_name="BUDI SANTOSO", address=OTHER),
        KNOWN,
        REVIEW,
    ),
    "a slip, same name and birth date": (intent(address=OTHER), like(), REVIEW),
    "a slip, same name and phone": (intent(), like(birth_date=START.date()), REVIEW),
    "a slip, same name only": (
        intent(address=OTHER),
        like(birth_date=START.date()),
        REGISTERED,
    ),
    "a slip, another name": (intent(), like(full_name="BUDI SANTOSO"), REGISTERED),
    "a slip, a slip in the name too, same phone": (
        intent(full_name="SITI AMINNAH"),
        like(birth_date=START.date()),
        REVIEW,
    ),
    "a slip, a sister's name, same phone": (
        intent(full_name="SITI AMINI"),
        like(full_name="SITI AMINA", birth_date=START.date()),
        REGISTERED,
    ),
    "a slip, one look-alike of two": (
        intent(),
        OnFile(lookalikes=(record(full_name="BUDI SANTOSO"), record())),
        REVIEW,
    ),
    "one NIK too many, and a look-alike": (
        intent(),
        OnFile(lookalikes=(record(nik=SLIPPED),), niks_from_address=3),
        REFUSED,
    ),
    "one of the many, though only claimed": (
        intent(address=OTHER),
        OnFile(record=CLAIMED.record, niks_from_address=9),
        LINKED,
    ),
    "a slip, a twin's name": (intent(), like(full_name="SITI AMINAR"), REGISTERED),
    "no phone is nobody's phone": (
        intent(address=HIDDEN),
        like(phone=None, birth_date=START.date()),
        REGISTERED,
    ),
    "as many addresses as allowed": (
        intent(address=OTHER),
        OnFile(record=record(addresses=dict(list(CROWDED.items())[:2]))),
        LINKED,
    ),
    "one address too many": (
        intent(address=OTHER),
        OnFile(record=record(addresses=CROWDED)),
        Decision(kind=OutcomeKind.ALREADY_REGISTERED, number=NUMBER),
    ),
    "as many NIKs as allowed": (intent(), OnFile(niks_from_address=2), REGISTERED),
    "one NIK too many": (intent(), OnFile(niks_from_address=3), REFUSED),
    "one too many, though registered elsewhere": (
        intent(address=OTHER),
        OnFile(record=record(), niks_from_address=3),
        REFUSED,
    ),
    "one of the many, again": (intent(), OnFile(record=record(), niks_from_address=9), ALREADY),
    "a clinic's mailbox may send more": (
        intent(address=MAILBOX),
        OnFile(niks_from_address=4),
        UNPROVEN,
    ),
    "a mailbox too has an end": (intent(address=MAILBOX), OnFile(niks_from_address=5), REFUSED),
}


@pytest.mark.parametrize("row", ROWS)
def test_the_identity_table(row):
    request, on_file, decision = ROWS[row]
    assert decide(request, on_file, LIMITS) == decision


def test_what_is_held_for_review_does_not_say_why():
    """A wrong name for a NIK on file, and a likely duplicate: the same words, and no number."""
    assert ROWS["another name"][2] == ROWS["a slip, same name and phone"][2]
    assert REVIEW.number is None


INTENTS = st.builds(
    intent,
    address=st.sampled_from([PHONE, OTHER, HIDDEN, MAILBOX, PAGE]),
    full_name=st.sampled_from([NAME, "SITI AMINNAH", "BUDI SANTOSO", "..."]),
    profession=st.sampled_from(["perawat", "bidan"]),
    phone=st.sampled_from([None, PHONE.value]),
)
RECORDS = st.builds(
    record,
    full_name=st.sampled_from([NAME, "SITI AMINNAH", "BUDI SANTOSO"]),
    phone=st.sampled_from([None, PHONE.value]),
    birth_date=st.sampled_from([intent().birth_date, START.date()]),
    addresses=st.dictionaries(st.sampled_from([PHONE, OTHER, HIDDEN, MAILBOX]), st.booleans()),
)
ON_FILE = st.builds(
    OnFile,
    record=st.none() | RECORDS,
    lookalikes=st.lists(RECORDS, max_size=2).map(tuple),
    niks_from_address=st.integers(0, 6),
)


@given(INTENTS, ON_FILE)
def test_every_decision_keeps_the_promises(request, on_file):
    decision = decide(request, on_file, LIMITS)
    assert decide(request, on_file, LIMITS) == decision

    told = decision.kind in {OutcomeKind.ALREADY_REGISTERED, OutcomeKind.UPDATED}
    assert (decision.number is not None) == told
    assert bool(decision.changes) == (decision.kind is OutcomeKind.UPDATED)
    on_record = on_file.record.addresses if on_file.record else {}
    room = request.address in on_record or len(on_record) < LIMITS.addresses_per_record_max
    assert decision.link == ((told and room) or decision.kind is OutcomeKind.REGISTERED)
    assert decision.link or not decision.verified
    if decision.changes:
        assert request.address.kind is not AddressKind.EMAIL
        assert on_file.record.addresses[request.address]
        assert decision.changes.keys() <= {"full_name", "profession"}


NIKS = st.text("0123456789", min_size=16, max_size=16)


@given(NIKS)
def test_slips_are_mutual_and_never_the_number_itself(nik):
    found = slips(nik)
    assert nik not in found
    assert 16 * 9 <= len(found) <= 16 * 9 + 120
    assert all(len(other) == 16 for other in found)
    assert all(nik in slips(other) for other in sorted(found)[::25])


@given(NIKS, st.integers(0, 15), st.integers(0, 15))
def test_swapped_digits_are_a_slip(nik, left, right):
    digits = list(nik)
    digits[left], digits[right] = digits[right], digits[left]
    swapped = "".join(digits)
    assert swapped == nik or swapped in slips(nik)
