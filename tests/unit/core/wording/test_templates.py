"""Templates: the words to file, which are those of the catalogs, and the values in order."""

import re

import pytest

from core.campaign import Template, Whatsapp
from core.cases.plans import Words
from core.messages import Prompt, Reply
from core.outbox.ticket import REMINDERS
from core.wording.templates import EMPTY, EXAMPLES, Templates
from tests.scripts import CAMPAIGN, NUMBER, WORDING

BODY_CHARACTERS_MAX = 1_024  # of a template, values included
TEMPLATES = Templates(CAMPAIGN, WORDING)
# Every message that goes out unasked where a chat may be the only address.
OWED = {
    *("ticket_booked", "ticket_changed", "ticket_cancelled", "seat_offered"),
    *("site_moved", "site_choose", "site_cancelled"),
    *(f"reminder_{which}" for which in REMINDERS),
    *(f"verification_{verdict}" for verdict in ("verified", "not_listed", "in_review")),
    *(str(words) for words in Words),
}


def campaign(**more):
    given = {"templates": {"case_refused": Template(variables=("nik_end",))}, **more}
    return CAMPAIGN.model_copy(update={"whatsapp": Whatsapp(**given)})


def fill(prompt, language="id", of=TEMPLATES):
    return of.fill(Reply((prompt,), language))


def test_whatever_may_be_owed_by_whatsapp_has_a_template():
    assert CAMPAIGN.whatsapp.templates.keys() == OWED


@pytest.mark.parametrize("filed", TEMPLATES.filed(), ids=lambda one: f"{one.key}-{one.code}")
def test_what_is_filed_meets_the_rules_of_templates(filed):
    numbers = [int(number) for number in re.findall(r"\{\{([0-9]+)\}\}", filed.text)]
    assert numbers == list(range(1, len(filed.examples) + 1))
    assert not filed.text.startswith("{{")
    assert not filed.text.endswith("}}")
    assert re.fullmatch(r"[a-z0-9_]{1,512}", filed.name)
    values = sum(map(len, filed.examples))
    assert len(filed.text) + values <= BODY_CHARACTERS_MAX
    assert not {"", *EXAMPLES} & set(filed.examples)


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("key", sorted(OWED))
def test_a_filled_template_says_what_free_text_says(key, language):
    prompt = Prompt(key, dict(EXAMPLES))
    [filed] = [one for one in TEMPLATES.filed() if (one.key, one.code) == (key, language)]
    said = filed.text
    for number, value in enumerate(fill(prompt, language).values, 1):
        said = said.replace(f"{{{{{number}}}}}", value)
    assert WORDING.text(Reply((prompt,), language), "long") in f"{said}"


def test_values_are_on_one_line_and_never_empty():
    prompt = Prompt("case_refused", {"nik_end": "00\n\t 0     1"})
    assert fill(prompt).values == ("00 0 1",)
    assert fill(Prompt("case_refused")).values == (EMPTY,)


def test_a_language_that_whatsapp_does_not_know_gets_the_campaigns_own():
    assert fill(Prompt("case_undone"), "jv").code == "id"
    assert fill(Prompt("case_undone"), "en").code == "en"


def test_names_and_ids_are_those_of_the_campaign():
    sid = "HX" + "0" * 32
    named = Template(name="sp_tolak", variables=("nik_end",), content_sid={"id": sid})
    given = {"templates": {"case_refused": named}, "languages": {"id": "id", "en": "en_US"}}
    templates, prompt = Templates(campaign(**given), WORDING), Prompt("case_refused")
    assert fill(prompt, of=templates)[::3] == ("sp_tolak", sid)
    assert fill(prompt, "en", of=templates)[:2] == ("sp_tolak", "en_US")
    assert fill(prompt, "en", of=templates).content_sid == ""


def test_a_reply_of_several_parts_or_of_others_has_none():
    assert fill(Prompt("registered", {"number": NUMBER})) is None
    assert TEMPLATES.fill(Reply((Prompt("case_undone"), Prompt("help")), "id")) is None
    assert TEMPLATES.fill(Reply((), "id")) is None


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"templates": {"case_refused": Template()}}, "case_refused.*nik_end"),
        ({"templates": {"case_undone": Template(variables=("number",))}}, "case_undone.*number"),
        ({"templates": {"odd": Template()}}, "odd.*no phrase"),
        ({"languages": {"en": "en"}}, "the campaign's own: id"),
    ],
)
def test_a_template_that_does_not_fit_its_phrase_is_a_fault(more, fault):
    with pytest.raises(ValueError, match=fault):
        Templates(campaign(**more), WORDING)
