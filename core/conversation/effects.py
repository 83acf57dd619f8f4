"""What the conversation may ask of the domains, and what comes of it.

An effect is saved in the session as `pending` before it is carried out, so a release must read
what the one before wrote: tags and names of requests stay.
"""

from core.appointments.requests import AppointmentRequest, AppointmentResult
from core.registration.requests import RegistrationRequest, RegistrationResult

Effect = RegistrationRequest | AppointmentRequest
Result = RegistrationResult | AppointmentResult
