"""A language needs its catalog and nothing else: to be said, to be heard, in chats and letters."""

import pytest

from channels.email.labels import Labels
from channels.email.letter import LetterParser
from core.conversation.keywords import Keywords
from core.messages import Channel
from core.wording.catalog import LOCALE, load_wording
from tests.scripts import CAMPAIGN, NIK, START, Person, play

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
SAID = {
    "language_name": "Qo",
    "ask_nik": "Zap zap NIK:",
    "letter_incomplete": "Zu:",
    "registered": "Zem {number}",
    "profession:bidan": "Zimba",
}
TYPED = {
    "language": "qo|qoqo",
    "command_register": "zreg",
    "command_status": "zstat",
    "yes": "zya",
    "no": "zno",
    "courtesy": "zkak",
    "not_a_name": "zazaza",
    "profession:bidan": "zimba",
    "label:nik": "znik",
    "label:full_name": "zname",
    "label:profession": "zjob",
    "label:phone": "ztel",
    "letter:courtesy": "zhello",
    "letter:closing": "zbye*",
    "code": "zcode",
}
LETTER = """From: siti@klinik.example
Message-ID: <1@klinik.example>

Zhello!
Znik: {nik}
Zname: Siti Aminah
Zjob: zimba
Ztel: 081211110001
Zbyebye
Zname: Somebody Else
"""


def entries(style, words):
    return "".join(
        f'\nmsgctxt "{style}"\nmsgid "{key}"\nmsgstr "{text}"\n' for key, text in words.items()
    )


@pytest.fixture(scope="module")
def wording(tmp_path_factory):
    """Our own catalogs, and one more file in the folder."""
    folder = tmp_path_factory.mktemp("locale")
    for file in LOCALE.glob("*.po"):
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "qo.po").write_text(HEAD + entries("short", SAID) + entries("typed", TYPED), "utf-8")
    return load_wording(folder, CAMPAIGN)


@pytest.fixture
def person(wording):
    return Person(languages=wording.languages, keywords=Keywords(wording.typed, CAMPAIGN))


@pytest.fixture
def parser(wording):
    return LetterParser(Labels(wording.typed), Keywords(wording.typed, CAMPAIGN))


def parse(parser, letter):
    raw = letter.encode()
    return parser.parse(raw, received_at=START, envelope_from=None, mailboxes=("v@x.id",))


def said(wording, person):
    return wording.text(person.reply, "short")


def test_it_is_chosen_by_any_of_its_names_and_by_its_number(wording, person):
    assert wording.languages == ("id", "en", "qo")
    play(person, "qoqo", "zreg")
    assert person.reply.language == "qo"
    play(person, "english", "menu", "4")
    assert "3 Qo" in said(wording, person)
    assert person.say("3") == ["menu"]
    assert person.reply.language == "qo"


def test_a_person_registers_in_it_from_the_first_word_to_the_last(wording, person):
    play(person, "qo", "zreg")
    assert person.say("zkak zya") == ["ask_nik"]
    assert said(wording, person).startswith("Zap zap NIK:")
    assert person.say(NIK) == ["ask_full_name"]
    assert person.say("zazaza")[0] == "name_courtesy"
    assert person.say("Zkak Zya") == ["ask_profession"]
    assert "3 Zimba" in said(wording, person)
    assert person.say("zimba zkak") == ["confirm"]
    assert person.say("zya") == ["registered"]
    assert said(wording, person).startswith("Zem ")
    assert person.say("zstat")[0] == "status_none"


def test_its_letters_are_read_and_answered_in_it(wording, person, parser):
    letter = parse(parser, LETTER.format(nik=NIK))
    assert letter.answers == {
        "nik": NIK,
        "full_name": "Siti Aminah",
        "profession": "zimba",
        "phone": "081211110001",
    }
    assert letter.language == "qo"
    hint = {"language": letter.language, "confirms": True, "answers": letter.answers}
    assert "registered" in person.say("", Channel.EMAIL, **hint)
    assert person.reply.language == "qo"
    person = Person(languages=wording.languages, keywords=Keywords(wording.typed, CAMPAIGN))
    hint["answers"] = {"nik": NIK}
    person.say("", Channel.EMAIL, **hint)
    assert "Zu:" in said(wording, person)


def test_a_code_in_its_words_is_read_from_a_letter(parser):
    assert parse(parser, "From: a@b.id\n\nZhello\nZcode: 123456\n").text == "Zcode: 123456"


def test_nothing_of_it_is_heard_where_it_is_not_offered():
    person = Person()
    assert person.say("qo") == ["menu"]
    assert person.say("zreg") == ["choice_unclear", "menu"]
    assert load_wording(None, CAMPAIGN).languages == ("id", "en")


@pytest.mark.parametrize(
    ("languages", "offered"),
    [
        ((), ("id", "en")),
        (("en", "jv"), ("id", "en", "jv")),
        (("jv",), ("id", "jv")),
        (("id",), ("id",)),
    ],
)
def test_a_catalog_that_nobody_has_reviewed_is_offered_where_the_campaign_names_it(
    languages, offered
):
    campaign = CAMPAIGN.model_copy(update={"languages": languages})
    assert load_wording(None, campaign).languages == offered


def test_a_campaign_cannot_name_a_language_without_a_catalog():
    campaign = CAMPAIGN.model_copy(update={"languages": ("su",)})
    with pytest.raises(ValueError, match="no catalog of a language that the campaign names: su"):
        load_wording(None, campaign)


def test_javanese_is_spoken_and_heard_where_it_is_offered():
    campaign = CAMPAIGN.model_copy(update={"languages": ("id", "en", "jv")})
    wording = load_wording(None, campaign)
    person = Person(languages=wording.languages, keywords=Keywords(wording.typed, campaign))
    assert person.say("menu") == ["menu"]
    assert said(wording, person).endswith("4 Bahasa lain")
    play(person, "jawa", "ndhaftar")
    assert said(wording, person).startswith("Data panjenengan")
    heard = play(person, "nggih", NIK, "Siti Aminah", "dhokter", "inggih")
    assert heard == ["registered"]
    letter = "From: a@b.id\n\nAsma: Siti\nPadamelan: bidan\n"
    parser = LetterParser(Labels(wording.typed), Keywords(wording.typed, campaign))
    assert parse(parser, letter).language == "jv"
