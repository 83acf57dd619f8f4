"""What the conversation may ask of the domains, and what comes of it."""

from core.appointments.requests import (
    Attend,
    Book,
    Booked,
    Cancel,
    Cancelled,
    FindDates,
    FindFacilities,
    FindTimes,
    FoundDates,
    FoundFacilities,
    FoundTimes,
    LookUp,
    NotBookable,
    Screen,
    StatusReport,
    Taken,
)
from core.registration.requests import CheckCode, CodeChecked, CodeSent, Opt, Register, SendCode

Effect = (
    Register
    | LookUp
    | Screen
    | FindFacilities
    | FindDates
    | FindTimes
    | Book
    | Cancel
    | Attend
    | SendCode
    | CheckCode
    | Opt
)
Result = (
    StatusReport
    | FoundFacilities
    | FoundDates
    | FoundTimes
    | Booked
    | Taken
    | NotBookable
    | Cancelled
    | CodeSent
    | CodeChecked
)
