"""How much one address may send, and one record may be linked to. Pure."""

from typing import Final

from core.campaign import Limits
from core.messages import AddressKind
from core.outbox.sms_bounds import Bound
from core.registration.decision import OnFile, RecordOnFile
from core.registration.intent import RegistrationIntent

CLAIMS_A_DAY_MAX: Final = 20  # intents of one address that nobody vouches for
CLAIMED_ADDRESSES_MAX: Final = 5  # of one record; proven ones never wait for them to go


def is_one_too_many(intent: RegistrationIntent, on_file: OnFile, limits: Limits) -> bool:
    """Return whether the address has sent as much as it may."""
    of_clinic = intent.address.kind is AddressKind.EMAIL or intent.of_web_list
    most = limits.max_per_mailbox if of_clinic else limits.max_per_address
    if not (intent.vouched or intent.of_web_list):  # of a day's list the rows are counted
        return on_file.niks_from_address >= min(most, CLAIMS_A_DAY_MAX)
    known = on_file.record is not None and intent.address in on_file.record.addresses
    return not known and on_file.niks_from_address >= most


def notice_bounds(intent: RegistrationIntent, limits: Limits) -> tuple[Bound, ...]:
    """Return the bounds on the notices of letters and lists that nobody vouches for.

    They are as many a day as answers: in the campaign, and of the mailboxes of one domain. Those
    of lists on the web are counted apart, so that neither takes the other's.
    """
    if intent.vouched:
        return ()
    if intent.of_web_list:
        return (Bound(f"notices of lists:{intent.campaign}", limits.unvouched_answers_max),)
    domain = intent.address.value.rpartition("@")[2]
    return (
        Bound(f"notices:{intent.campaign}", limits.unvouched_answers_max),
        Bound(f"notices of:{domain}", limits.unvouched_answers_per_domain_max),
    )


def has_room(record: RecordOnFile, limits: Limits) -> bool:
    """Return whether another claimed address fits."""
    proven = sum(record.addresses.values())
    claimed = len(record.addresses) - proven
    most = limits.addresses_per_record_max
    return claimed < CLAIMED_ADDRESSES_MAX and proven + claimed < most
