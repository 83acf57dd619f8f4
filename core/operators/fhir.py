"""A person, an appointment and a consent as FHIR R4 resources. Pure.

https://hl7.org/fhir/R4/: Patient, Appointment, Consent. The NIK's system is SATUSEHAT's
(https://satusehat.kemkes.go.id/platform/docs/id/master-data/master-patient-index/pasien-nik/).
"""

from collections.abc import Mapping
from typing import Any, Final

from core.operators.exports import Exported
from core.registration.intent import RegistrationIntent

NIK_SYSTEM: Final = "https://fhir.kemkes.go.id/id/nik"
NUMBER_SYSTEM: Final = "urn:satupintu:registration"
TICKET_SYSTEM: Final = "urn:satupintu:ticket"
FACILITY_SYSTEM: Final = "https://fhir.kemkes.go.id/id/organization"
_CODES: Final = "http://terminology.hl7.org/CodeSystem/"
_STATUSES: Final = {  # of ours, in Appointment.status
    "booked": "booked",
    "attended": "fulfilled",
    "attended_by_site": "fulfilled",
    "missed": "noshow",
    "cancelled": "cancelled",
    "cancelled_by_site": "cancelled",
    "moved_by_site": "cancelled",
}

Resource = dict[str, Any]


def resources(one: Exported, intent: RegistrationIntent | None) -> tuple[Resource, ...]:
    """Return the person's resources: a Patient, and what there is of the other two."""
    found = (
        patient(one),
        appointment(one) if one.appointment_id else None,
        consent(one, intent) if intent else None,
    )
    return tuple(each for each in found if each is not None)


def patient(one: Exported) -> Resource:
    """Return the Patient; its id is the registration number, which tells nothing of the person."""
    resource = {
        "resourceType": "Patient",
        "id": one.number,
        "active": one.standing == "held",
        "identifier": [
            {"use": "official", "system": NIK_SYSTEM, "value": one.nik},
            {"use": "secondary", "system": NUMBER_SYSTEM, "value": one.number},
        ],
        "name": [{"use": "official", "text": one.full_name}],
        "gender": one.sex,
        "birthDate": one.birth_date,
        "communication": [
            {"language": {"coding": [_coding("urn:ietf:bcp:47", one.language)]}, "preferred": True}
        ],
    }
    if one.phone:
        resource["telecom"] = [{"system": "phone", "value": one.phone, "use": "mobile"}]
    return resource


def appointment(one: Exported) -> Resource:
    """Return the Appointment. A cancelled one may lack its times (app-3), ours have them."""
    return {
        "resourceType": "Appointment",
        "id": f"{one.number}-{one.dose}-{one.appointment_id}",
        "status": _STATUSES[one.appointment_status],
        "identifier": [{"system": TICKET_SYSTEM, "value": one.code}],
        "start": _instant(one.start),
        "end": _instant(one.start),
        "created": _instant(one.booked_at),
        "comment": f"dose {one.dose}",
        "participant": [
            {
                "actor": {"reference": f"Patient/{one.number}"},
                "required": "required",
                "status": "accepted",
            },
            {
                "actor": {
                    "identifier": {"system": FACILITY_SYSTEM, "value": one.facility_code},
                    "display": one.facility_name,
                },
                "required": "required",
                "status": "accepted",
            },
        ],
    }


def consent(one: Exported, intent: RegistrationIntent) -> Resource:
    """Return the Consent to what the policy of this version says, with the words' digest."""
    given: Mapping[str, str] = intent.consent.model_dump()
    policy = ":".join(filter(None, ("urn:satupintu:consent", given["version"], given["digest"])))
    return {
        "resourceType": "Consent",
        "id": f"{one.number}-consent",
        "status": "active",
        "scope": {"coding": [_coding(f"{_CODES}consentscope", "patient-privacy")]},
        "category": [{"coding": [_coding("http://loinc.org", "59284-0")]}],
        "patient": {"reference": f"Patient/{one.number}"},
        "dateTime": _instant(intent.consent_at.isoformat()),
        "policy": [{"uri": policy}],
        "provision": {"type": "permit"},
    }


def _coding(system: str, code: str) -> Resource:
    return {"system": system, "code": code}


def _instant(at: str) -> str:
    """Return an instant, which may have at most nine decimals, and none are needed."""
    return f"{at[:19]}+00:00"
