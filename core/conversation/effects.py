"""Effects that the conversation requests of the domains, and their results.

An effect is saved in the session as `pending` before it is carried out. The next release must read
what this one wrote, so the tags and field names of requests stay.
"""

from typing import Final

from core.appointments.requests import AppointmentRequest, AppointmentResult, Book, Cancel
from core.appointments.standby_requests import (
    AnswerInvitation,
    AnswerOffer,
    StandbyRequest,
    StandbyResult,
    Wait,
)
from core.cases.requests import (
    Appeal,
    CaseRequest,
    CaseResult,
    Correct,
    Leave,
    ReportLostPhone,
    StopErasure,
)
from core.handovers.requests import EndLinks, HandoverRequest, HandoverResult, TakeForm
from core.registration.requests import (
    AnswerNotice,
    Opt,
    Register,
    RegistrationRequest,
    RegistrationResult,
)
from core.roster.requests import FindProfession, FoundProfession

_Asked = FindProfession | RegistrationRequest | HandoverRequest
_Answered = FoundProfession | RegistrationResult | HandoverResult
Effect = _Asked | AppointmentRequest | StandbyRequest | CaseRequest
Result = _Answered | AppointmentResult | StandbyResult | CaseResult

# What changes something on file, and says so: a person who has not heard it must be told. Whatever
# else is not heard is asked for, or asked, again.
DEEDS: Final = (
    *(Register, Opt, AnswerNotice, Book, Cancel, AnswerOffer, AnswerInvitation, Wait),
    *(Correct, Leave, StopErasure, ReportLostPhone, Appeal, TakeForm, EndLinks),
)
