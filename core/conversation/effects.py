"""Effects that the conversation requests of the domains, and their results.

An effect is saved in the session as `pending` before it is carried out. The next release must read
what this one wrote, so the tags and field names of requests stay.
"""

from core.appointments.requests import AppointmentRequest, AppointmentResult
from core.appointments.standby_requests import StandbyRequest, StandbyResult
from core.cases.requests import CaseRequest, CaseResult
from core.registration.requests import RegistrationRequest, RegistrationResult

Effect = RegistrationRequest | AppointmentRequest | StandbyRequest | CaseRequest
Result = RegistrationResult | AppointmentResult | StandbyResult | CaseResult
