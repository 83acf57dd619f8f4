"""The kinds and states of cases, and the decisions on them. Pure."""

from enum import StrEnum


class CaseKind(StrEnum):
    """What a case is about."""

    NAME_CONFLICT = "name_conflict"  # the NIK is on file under another name
    TWIN_NIK = "twin_nik"  # another's NIK is one slip away, the name or phone the same
    ROSTER_NAME = "roster_name"  # the roster lists the NIK under another name
    NOT_LISTED_APPEAL = "not_listed_appeal"  # a letter says that the person belongs on the roster
    MIXED_LETTER = "mixed_letter"  # a letter that could not be read, or that brings files
    LOST_PHONE = "lost_phone"  # the person has no longer the phone on file
    PHONE_DENIED = "phone_denied"  # whoever has the phone on file is not the person
    ERASE_REQUEST = "erase_request"  # the person wants all data deleted
    TOO_MANY = "too_many"  # an address sent more NIKs than it may
    ASK_SITE = "ask_site"  # a doctor must say whether the person can be vaccinated


class CaseStatus(StrEnum):
    """Where a case stands; `undone` ones wait again."""

    OPEN = "open"
    TAKEN = "taken"
    WAITING_FOR_PERSON = "waiting_for_person"
    DECIDED = "decided"
    UNDONE = "undone"


class Decision(StrEnum):
    """What an official decides."""

    KEEP = "keep"  # the record on file stays as it is
    TAKE_NEW = "take_new"  # the same person: the incoming name, profession and phone are right
    MOVE_NIK = "move_nik"  # the NIK was mistyped: the record moves to the right one
    HAND_OVER = "hand_over"  # the incoming person owns the NIK: the record on file yields
    REFUSE = "refuse"  # the incoming words are wrong
    MERGE = "merge"  # two records of one person become one; both numbers go on working
    ACCEPT = "accept"  # the letter is believed: on the roster, or the data, the phone, the doctor
    ASK = "ask"  # the person is asked for more
