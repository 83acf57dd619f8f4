"""Generate the Flow that Meta publishes: one screen with the form of the campaign.

https://developers.facebook.com/documentation/business-messaging/whatsapp/flows/reference/flowjson
"""

from collections.abc import Mapping
from typing import Final

from channels.whatsapp.flow import FIELDS, SCREEN
from core.campaign import Campaign
from core.messages import Prompt, Reply
from core.wording.catalog import Wording

VERSION: Final = "7.2"
NIK_CHARACTERS_MIN, NIK_CHARACTERS_MAX = 16, 24  # with the blanks or dots that people write
NAME_CHARACTERS_MAX = 100
_CONSENT: Final = Prompt("ask_consent")


def make_flow(campaign: Campaign, wording: Wording, language: str) -> dict[str, object]:
    """Return the Flow in one language, as the Flow Builder takes it.

    The NIK's field takes text: a number of 16 digits would lose the last ones to rounding.
    """
    phrases = wording.phrases(language, "long")
    nik = {
        "label": phrases["flow_nik"],
        "input-type": "text",
        "min-chars": NIK_CHARACTERS_MIN,
        "max-chars": NIK_CHARACTERS_MAX,
    }
    name = {
        "label": _capital(phrases["step_full_name"]),
        "input-type": "text",
        "max-chars": NAME_CHARACTERS_MAX,
    }
    professions = [
        {"id": one.code, "title": phrases[f"profession:{one.code}"]}
        for one in campaign.professions
    ]
    choices = {"label": _capital(phrases["step_profession"]), "data-source": professions}
    children = [
        {"type": "TextBody", "text": wording.text(Reply((_CONSENT,), language), "long")},
        _field("TextInput", "nik", nik),
        _field("TextInput", "full_name", name),
        _field("Dropdown", "profession", choices),
        _field("OptIn", "consent", {"label": phrases["agree"]}),
        _footer(phrases["menu_register"]),
    ]
    screen = {
        "id": SCREEN,
        "title": phrases["flow_title"],
        "terminal": True,
        "success": True,
        "layout": {"type": "SingleColumnLayout", "children": children},
    }
    return {"version": VERSION, "screens": [screen]}


def _field(kind: str, name: str, more: Mapping[str, object]) -> dict[str, object]:
    return {"type": kind, "name": name, "required": True, **more}


def _footer(label: str) -> dict[str, object]:
    payload = {name: f"${{form.{name}}}" for name in FIELDS}
    return {
        "type": "Footer",
        "label": label,
        "on-click-action": {"name": "complete", "payload": payload},
    }


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
