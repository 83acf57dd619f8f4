"""Which control a question has on a page, by the key of its prompt: data, for the templates."""

from typing import Final, NamedTuple


class Control(NamedTuple):
    """An input: its name, type, and the hints that browsers and keyboards follow.

    `width` is of the letters that the answer may have, and `spaced` sets its digits apart.
    """

    name: str = "text"
    type: str = "text"
    inputmode: str = ""
    autocomplete: str = "off"
    width: int = 0
    spaced: bool = False
    spellcheck: bool = False


# Free text; whatever is not named here is chosen from the prompt's choices.
INPUTS: Final = {
    "ask_nik": Control("nik", inputmode="numeric", width=20, spaced=True),
    "ask_full_name": Control("full_name", autocomplete="name", width=40),
    "ask_phone": Control("phone", "tel", "tel", "tel", 20),
    "ask_code": Control(inputmode="numeric", autocomplete="one-time-code", width=10, spaced=True),
    "ask_number": Control(width=12),
    "ask_handover_code": Control(inputmode="numeric", width=10, spaced=True),
}
# What is agreed to by a tick, not chosen.
TICKS: Final = {"ask_consent": ("consent", "agree")}
# Answers that are chosen and sent with their label: the form's own.
LABELLED: Final = {"ask_profession": "profession"}
# Choices that are buttons: each leads somewhere else.
BUTTONS: Final = frozenset(
    {"menu", "ask_number", "ask_code", "appointed", "resume", "show_code", "ask_booking"}
)
# Arguments that say who somebody is; the number tells whose data it opens.
PERSONAL: Final = frozenset({"nik", "full_name", "phone", "person", "name", "number"})
# Below whose choices another one can be searched for by its name.
SEARCHED: Final = frozenset({"ask_facility"})
# What a letter may put right.
APPEALED: Final = frozenset({"registered_not_listed", "unverified_not_listed", "next_not_listed"})
# What tells of an erasure that can still be stopped.
ERASING: Final = frozenset({"erasing", "next_erased"})
# What can be done with a registration that stands, and with one that does not any more.
MANAGED: Final = ("appointment", "correct", "looks", "leave")
MANAGED_CLOSED: Final = ("looks", "leave")
CLOSED: Final = frozenset({"@status_withdrawn", "@status_merged", "@status_superseded"})
# What says that an answer could not be used; it stands above the question, and at its field.
MISTAKES: Final = frozenset(
    {
        *("choice_unclear", "code_unclear", "code_wrong", "number_mistyped", "text_too_long"),
        *("name_courtesy", "name_digits", "name_empty", "name_link", "name_too_long"),
        *("nik_date", "nik_digits", "nik_length", "nik_region", "nik_serial"),
        *("phone_not_mobile", "phone_unclear"),
        *("tapped_earlier", "wordless", "facility_not_found"),
        *("handover_not_yet", "handover_unclear", "handover_wrong"),
    }
)
# What tells of a registration, whose number is to be kept.
OUTCOMES: Final = frozenset(
    {
        *("registered", "registered_verified", "registered_not_listed", "registered_in_review"),
        *("registered_bookable", "already_registered", "updated", "received", "in_review"),
        "handover_registered",
    }
)
