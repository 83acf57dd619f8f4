"""Every row of the identity table, and the crossings between rows."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.campaign import Limits
from core.fields.nik_slips import slips
from core.messages import Address, AddressKind, Channel, Voucher
from core.registration.bounds import CLAIMED_ADDRESSES_MAX, CLAIMS_A_DAY_MAX
from core.registration.decision import Decision, OnFile, RecordOnFile
from core.registration.identity import asks_roster, decide
from core.registration.intent import OutcomeKind, RegistrationIntent
from core.registration.standing import RecordStanding
from core.roster.listing import Listing
from tests.scripts import MAILBOX, NAME, NIK, NUMBER, PHONE, START

LIMITS = Limits(max_per_address=3, max_per_mailbox=5, addresses_per_record_max=3)
CROWDED = {Address(AddressKind.PHONE, f"+62811000000{n}"): True for n in range(3)}
OTHER = Address(AddressKind.PHONE, "+6281299990009")
HIDDEN = Address(AddressKind.WHATSAPP, "ID.1349")
PAGE = Address(AddressKind.WEB, "t0ken")
FORGER = Address(AddressKind.EMAIL, "anybody@mail.example")


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
HELD, YIELDS, CONTEST = RecordStanding.HELD, RecordStanding.CLAIMED, RecordStanding.CONTESTED
REGISTERED = Decision(kind=OutcomeKind.REGISTERED, link=True, verified=True, makes=HELD)
UNPROVEN = Decision(kind=OutcomeKind.REGISTERED, link=True, makes=HELD)
RECEIVED = Decision(kind=OutcomeKind.RECEIVED, link=True, makes=YIELDS)
CONTESTED = Decision(kind=OutcomeKind.RECEIVED, link=True, makes=CONTEST)
ALREADY = Decision(kind=OutcomeKind.ALREADY_REGISTERED, number=NUMBER, link=True, verified=True)
LINKED = Decision(kind=OutcomeKind.ALREADY_REGISTERED, number=NUMBER, link=True)
REVIEW = Decision(kind=OutcomeKind.IN_REVIEW)
OWN = replace(REVIEW, number=NUMBER)  # shown to its own person
REFUSED = Decision(kind=OutcomeKind.REFUSED)


def updated(**changes):
    return Decision(
        kind=OutcomeKind.UPDATED, number=NUMBER, changes=changes, link=True, verified=True
    )


def mailboxes(many):
    return {Address(AddressKind.EMAIL, f"{n}@mail.example"): False for n in range(many)}


def superseding(decision=REGISTERED):
    return replace(decision, supersedes=True)


def taken_over(kind=OutcomeKind.ALREADY_REGISTERED, *, by=PHONE, holds=True, **changes):
    return Decision(
        kind=kind,
        number=NUMBER,
        changes=changes,
        link=True,
        verified=by is not MAILBOX,
        holds=holds,
    )


def claimed(**more):
    """A record that somebody made by letter, for whom nothing vouches."""
    given = {"standing": YIELDS, "phone": OTHER.value, "addresses": {FORGER: False}}
    return OnFile(record=record(**{**given, **more}))


def by_mail(*, authentic=False, **more):
    voucher = Voucher.MAILBOX if authentic else Voucher.NOBODY
    return intent(address=MAILBOX, voucher=voucher, **more)


def like(**more):
    return OnFile(lookalikes=(record(nik=SLIPPED, **more),))


ROWS = {
    "nothing on file": (intent(), NEW, REGISTERED),
    "nothing on file, by email": (by_mail(), NEW, RECEIVED),
    "nothing on file, by authentic email": (by_mail(authentic=True), NEW, UNPROVEN),
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
    "nothing on file, by web": (intent(address=PAGE), NEW, RECEIVED),
    "a sister's name": (intent(full_name="SITI AISYAH"), KNOWN, REVIEW),
    "another name from a mailbox": (by_mail(full_name="BUDI SANTOSO"), KNOWN, CONTESTED),
    "another name from an authentic mailbox": (
        by_mail(full_name="BUDI SANTOSO", authentic=True),
        KNOWN,
        REVIEW,
    ),
    "claimed in the same name, by phone": (
        intent(),
        claimed(),
        taken_over(phone=PHONE.value),
    ),
    "claimed in the same name, by phone, with other data": (
        intent(profession="bidan"),
        claimed(),
        taken_over(OutcomeKind.UPDATED, profession="bidan", phone=PHONE.value),
    ),
    "claimed in the same name, by authentic email": (
        by_mail(authentic=True, phone=PHONE.value),
        claimed(),
        taken_over(by=MAILBOX, phone=PHONE.value),
    ),
    "claimed in the same name, by email": (by_mail(), claimed(), CONTESTED),
    "claimed in the same name, by the same mailbox": (
        by_mail(),
        claimed(addresses={MAILBOX: False}),
        CONTESTED,
    ),
    "claimed in the same name, by web": (intent(address=PAGE), claimed(), CONTESTED),
    "claimed in another name, by phone": (
        intent(),
        claimed(full_name="BUDI SANTOSO"),
        superseding(),
    ),
    "claimed in another name, by authentic email": (
        by_mail(authentic=True),
        claimed(full_name="BUDI SANTOSO"),
        superseding(UNPROVEN),
    ),
    "claimed in another name, by email": (
        by_mail(),
        claimed(full_name="BUDI SANTOSO"),
        CONTESTED,
    ),
    "claimed in another name, and a look-alike is held": (
        intent(),
        OnFile(
            record=claimed(full_name="BUDI SANTOSO").record,
            lookalikes=(record(nik=SLIPPED),),
        ),
        OWN,
    ),
    "held, but no address is proven, by phone": (
        intent(),
        claimed(standing=HELD),
        taken_over(holds=False, phone=PHONE.value),
    ),
    "held, but no address is proven, by authentic email": (
        by_mail(authentic=True, phone=PHONE.value),
        claimed(standing=HELD),
        LINKED,
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
    "a slip, same name and phone": (intent(), like(birth_date=START.date()), OWN),
    "a slip, same name and phone, from another address": (
        intent(address=OTHER, phone=PHONE.value),
        like(birth_date=START.date()),
        REVIEW,
    ),
    "a slip, same name only": (
        intent(address=OTHER),
        like(birth_date=START.date()),
        REGISTERED,
    ),
    "a slip of one that is claimed": (
        intent(),
        like(standing=YIELDS),
        replace(REGISTERED, alike=(NUMBER,)),
    ),
    "a slip, by email": (by_mail(), like(), CONTESTED),
    "a slip of one that is claimed, by email": (by_mail(), like(standing=YIELDS), CONTESTED),
    "a slip, another name": (intent(), like(full_name="BUDI SANTOSO"), REGISTERED),
    "a slip, a slip in the name too, same phone": (
        intent(full_name="SITI AMINNAH"),
        like(birth_date=START.date()),
        OWN,
    ),
    "a slip, a sister's name, same phone": (
        intent(full_name="SITI AMINI"),
        like(full_name="SITI AMINA", birth_date=START.date()),
        REGISTERED,
    ),
    "a slip, one look-alike of two": (
        intent(),
        OnFile(lookalikes=(record(full_name="BUDI SANTOSO"), record())),
        OWN,
    ),
    "a slip, two of one's own": (intent(), OnFile(lookalikes=(record(), record())), REVIEW),
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
        by_mail(authentic=True),
        OnFile(niks_from_address=4),
        UNPROVEN,
    ),
    "a mailbox too has an end": (
        by_mail(authentic=True),
        OnFile(niks_from_address=5),
        REFUSED,
    ),
    "one claim too many, though the mailbox is linked": (
        by_mail(),
        OnFile(record=MAILED.record, niks_from_address=5),
        REFUSED,
    ),
    "as many claimed addresses as allowed": (
        by_mail(),
        OnFile(record=record(addresses=mailboxes(1))),
        LINKED,
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_the_identity_table(row):
    request, on_file, decision = ROWS[row]
    assert decide(request, on_file, LIMITS) == decision


BUDI = "BUDI SANTOSO"
HERS, HIS = Listing(listed=True, full_name=NAME), Listing(listed=True, full_name=BUDI)
ROSTER_ROWS = {
    "nothing on file, by email": (by_mail(), NEW, HERS, UNPROVEN),
    "nothing on file, by email in another name": (by_mail(), NEW, HIS, CONTESTED),
    "nothing on file, by email, not listed": (by_mail(), NEW, Listing(listed=False), RECEIVED),
    "nothing on file, by phone in another name": (intent(), NEW, HIS, REGISTERED),
    "a slip of a held one, by phone, but the roster has hers": (
        intent(address=OTHER),
        like(),
        HERS,
        replace(REGISTERED, alike=(NUMBER,)),
    ),
    "a slip of one's own, and the roster has hers": (
        intent(),
        like(),
        HERS,
        OWN,
    ),
    "a slip of a held one, by email, but the roster has hers": (
        by_mail(),
        like(),
        HERS,
        replace(UNPROVEN, alike=(NUMBER,)),
    ),
    "a slip of a held one, by phone, and the roster has another": (intent(), like(), HIS, OWN),
    "claimed in another name, by email": (
        by_mail(),
        claimed(full_name=BUDI),
        HERS,
        superseding(UNPROVEN),
    ),
    "claimed in another name, and listed so": (
        intent(),
        claimed(full_name=BUDI),
        HIS,
        REVIEW,
    ),
    "claimed in another name, and listed so, by email": (
        by_mail(),
        claimed(full_name=BUDI),
        HIS,
        CONTESTED,
    ),
    "claimed in the same name, by email": (
        by_mail(),
        claimed(),
        HERS,
        replace(LINKED, holds=True),
    ),
    "claimed in the same name, by email, listed otherwise": (
        by_mail(),
        claimed(),
        HIS,
        CONTESTED,
    ),
    "held in another name, by phone": (
        intent(address=OTHER),
        OnFile(record=record(full_name=BUDI)),
        HERS,
        superseding(),
    ),
    "held in another name, by authentic email": (
        by_mail(authentic=True),
        OnFile(record=record(full_name=BUDI)),
        HERS,
        superseding(UNPROVEN),
    ),
    "held in another name, by email": (
        by_mail(),
        OnFile(record=record(full_name=BUDI)),
        HERS,
        CONTESTED,
    ),
    "held in another name, and listed so": (
        intent(address=OTHER),
        OnFile(record=record(full_name=BUDI)),
        HIS,
        REVIEW,
    ),
    "held in another name, in neither of which it is listed": (
        intent(address=OTHER),
        OnFile(record=record(full_name=BUDI)),
        Listing(listed=True, full_name="DEWI SETIAWAN"),
        REVIEW,
    ),
}


@pytest.mark.parametrize("row", ROSTER_ROWS)
def test_the_roster_vouches(row):
    request, on_file, listing, decision = ROSTER_ROWS[row]
    assert decide(request, on_file, LIMITS, listing) == decision


def test_the_roster_is_not_asked_where_its_word_cannot_matter():
    assert not asks_roster(intent(), KNOWN, LIMITS)
    assert asks_roster(intent(), NEW, LIMITS)
    assert asks_roster(intent(), claimed(), LIMITS)
    assert asks_roster(intent(full_name=BUDI), KNOWN, LIMITS)


WIDE = Limits()


@pytest.mark.parametrize(("sent", "told"), [(CLAIMS_A_DAY_MAX - 1, RECEIVED), (20, REFUSED)])
def test_nobodys_word_has_a_bound_of_its_own(sent, told):
    assert decide(by_mail(), OnFile(niks_from_address=sent), WIDE) == told
    vouched = decide(by_mail(authentic=True), OnFile(niks_from_address=sent), WIDE)
    assert vouched == UNPROVEN


@pytest.mark.parametrize("linked", [CLAIMED_ADDRESSES_MAX - 1, CLAIMED_ADDRESSES_MAX])
def test_claimed_addresses_have_places_of_their_own(linked):
    on_file = OnFile(record=record(addresses={PHONE: True, **mailboxes(linked)}))
    room = linked < CLAIMED_ADDRESSES_MAX
    assert decide(by_mail(), on_file, WIDE).link == room


def test_a_proven_address_displaces_a_claimed_one():
    on_file = claimed(addresses=mailboxes(LIMITS.addresses_per_record_max))
    decision = decide(intent(), on_file, LIMITS)
    assert (decision.link, decision.verified, decision.displaces) == (True, True, True)
    assert not decide(intent(), claimed(addresses=mailboxes(2)), LIMITS).displaces


def test_what_is_held_for_review_does_not_say_why():
    """A wrong name for a NIK on file, and a likely duplicate: the same words, and no number."""
    assert ROWS["another name"][2] == ROWS["a slip, same name and birth date"][2]
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
    standing=st.sampled_from([HELD, YIELDS]),
    addresses=st.dictionaries(st.sampled_from([PHONE, OTHER, HIDDEN, MAILBOX]), st.booleans()),
)
ON_FILE = st.builds(
    OnFile,
    record=st.none() | RECORDS,
    lookalikes=st.lists(RECORDS, max_size=2).map(tuple),
    niks_from_address=st.integers(0, 6),
)
LISTINGS = st.sampled_from([None, Listing(listed=False), HERS, HIS])


@given(INTENTS, ON_FILE, LISTINGS)
def test_every_decision_keeps_the_promises(request, on_file, listing):
    decision = decide(request, on_file, LIMITS, listing)
    assert decide(request, on_file, LIMITS, listing) == decision

    known = decision.kind in {OutcomeKind.ALREADY_REGISTERED, OutcomeKind.UPDATED}
    new = decision.kind in {OutcomeKind.REGISTERED, OutcomeKind.RECEIVED}
    asked = decision.kind is OutcomeKind.IN_REVIEW and decision.number is not None
    assert (decision.number is not None) == (known or asked)
    if asked:  # about her own record, whose NIK may be mistyped
        own = [one for one in on_file.lookalikes if one.addresses.get(request.address)]
        assert decision.number in {one.number for one in own if one.held}
        assert not request.address.forgeable
    assert (decision.makes is not None) == new
    assert (decision.makes is HELD) == (decision.kind is OutcomeKind.REGISTERED)
    assert decision.link or not (decision.verified or decision.displaces or new)
    assert not (decision.supersedes and decision.makes is not HELD)
    if decision.changes:
        assert request.vouched
        assert known
        proven = on_file.record.addresses.values()
        assert on_file.record.addresses.get(request.address) or not any(proven)
        assert decision.changes.keys() <= {"full_name", "profession", "phone"}


@given(INTENTS, ON_FILE, LISTINGS)
def test_nobodys_word_ends_shows_and_blocks_nothing(request, on_file, listing):
    decision = decide(request, on_file, LIMITS, listing)
    if request.vouched:
        return
    listed = listing is HERS and request.full_name in {NAME, "SITI AMINNAH"}
    listed = listed or (listing is HIS and request.full_name == "BUDI SANTOSO")
    held = on_file.record is not None and on_file.record.held
    assert not decision.changes
    assert not decision.verified
    assert not (decision.supersedes and (held or not listed))
    assert decision.kind is not OutcomeKind.IN_REVIEW
    assert decision.number is None or held or listed


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
