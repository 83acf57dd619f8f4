"""Words for replies: by language and style, on pages."""

import tomllib
from pathlib import Path

import pytest

from core.campaign import Campaign
from core.messages import Prompt, Reply
from core.wording.catalog import STATIC_REPLIES_MAX, load_wording
from core.wording.gsm7 import septets

ROOT = Path(__file__).parents[4]
CAMPAIGN = Campaign.model_validate(tomllib.loads((ROOT / "campaign.toml").read_text("utf-8")))
WORDING = load_wording(None, CAMPAIGN)
MENU = Prompt("menu", choices=("menu_register", "menu_status", "menu_appointment", "language:en"))
PROFESSIONS = tuple(f"profession:{one.code}" for one in CAMPAIGN.professions)
CONFIRM = Prompt(
    "confirm",
    {"nik": "3204115706960001", "full_name": "SITI AMINAH", "profession": "@profession:perawat"},
    ("yes", "change"),
)
HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'


def entry(key, words, style="short"):
    return f'\nmsgctxt "{style}"\nmsgid "{key}"\nmsgstr "{words}"\n'


@pytest.fixture
def folder(tmp_path):
    """Our own catalogs, in a folder of their own."""
    for file in (ROOT / "core" / "wording" / "locale").glob("*.po"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def said(*prompts, language="id", page=0):
    return Reply(prompts, language, page=page)


def test_choices_are_numbered_in_their_order():
    expected = "Vaksinasi COVID-19. Balas angkanya:\n1 Daftar\n2 Status\n3 Jadwal\n4 English"
    assert WORDING.text(said(MENU), "short") == expected
    assert WORDING.text(said(MENU), "long").endswith(
        "\n1. Daftar\n2. Status pendaftaran\n3. Jadwal vaksinasi\n4. English"
    )


def test_prompts_stand_below_each_other_in_the_language_of_the_reply():
    reply = said(Prompt("name_digits"), Prompt("ask_full_name"), language="en")
    expected = "A name has Latin letters only.\nType your full name as on your KTP:\n0 back"
    assert WORDING.text(reply, "short") == expected


def test_a_value_may_name_a_phrase():
    page = WORDING.page(said(CONFIRM), septets_max=160)
    assert page.split("\n")[1:] == [
        "NIK 3204115706960001",
        "Nama SITI AMINAH",
        "Profesi Perawat",
        "1 Ya",
        "2 Ubah",
        "0 kembali",
    ]


@pytest.mark.parametrize("name", ["{hotline}", "{nik} {}", "{0} %s", "{full_name}", "a{b}c\\1"])
def test_braces_in_what_a_person_wrote_stay_as_they_are(name):
    prompt = Prompt("confirm", {**CONFIRM.args, "full_name": name}, CONFIRM.choices)
    assert f"Nama {name}\n" in WORDING.text(said(prompt), "short")
    assert f"Nama {name}\n" in WORDING.page(said(prompt), septets_max=160)


def test_what_a_person_wrote_is_made_gsm7_on_a_page():
    prompt = Prompt(
        "status_one", {"number": "1", "full_name": "Zoë \U0001f600 “Đ”", "status": "x"}
    )
    assert WORDING.page(said(prompt), septets_max=160).startswith('Zoe  "D"\n')


def test_professions_are_in_the_language_and_then_in_the_campaigns():
    assert "3 Midwife" in WORDING.text(
        said(Prompt("ask_profession", choices=PROFESSIONS), language="en"), "short"
    )
    bidan = CAMPAIGN.professions[2].model_copy(update={"label": {"id": "Bidan"}})
    campaign = CAMPAIGN.model_copy(update={"professions": (bidan,)})
    reply = said(Prompt("ask_profession", choices=("profession:bidan",)), language="en")
    assert "1 Bidan" in load_wording(None, campaign).text(reply, "short")


def test_a_profession_that_is_gone_shows_its_code_and_an_unknown_key_how_to_begin_again():
    assert "1 dukun\n" in WORDING.text(
        said(Prompt("ask_profession", choices=("profession:dukun",))), "short"
    )
    assert WORDING.text(said(Prompt("no_such_key")), "short").startswith("Sesi ini sudah selesai")


def test_choices_stand_in_the_phrase_that_has_a_place_for_them():
    text = WORDING.text(said(Prompt("letter_missing_profession", choices=PROFESSIONS)), "long")
    assert "Dokter, Perawat, Bidan" in text
    assert "1." not in text


@pytest.mark.parametrize(
    ("count", "words"), [("1", "1 digit."), ("2", "2 digits."), ("0", "0 digits.")]
)
def test_a_count_chooses_the_plural(count, words):
    text = WORDING.text(said(Prompt("nik_length", {"count": count}), language="en"), "long")
    assert words in text
    assert count in WORDING.text(said(Prompt("nik_length", {"count": count})), "short")


def test_a_phrase_without_a_plural_is_said_for_any_count():
    reply = said(Prompt("wordless", {"count": "5"}), language="en")
    assert WORDING.text(reply, "short") == "We can only read text. Please type it."


def test_a_count_that_is_no_number_and_a_missing_value_break_nothing():
    assert WORDING.text(said(Prompt("nik_length", {"count": "\u00b2x"}), language="en"), "long")
    assert (
        WORDING.text(said(Prompt("nik_length")), "short") == "NIK harus 16 angka, Anda mengetik ."
    )


def test_an_unknown_language_speaks_the_campaigns():
    assert WORDING.page(said(MENU, language="xx"), septets_max=160) == WORDING.page(
        said(MENU), septets_max=160
    )


def test_the_way_back_gives_way_to_what_is_asked():
    question = Prompt("ask_profession", choices=PROFESSIONS)
    size = septets(WORDING.page(said(question), septets_max=160))
    assert WORDING.page(said(question), septets_max=size).endswith("\n0 kembali")
    assert WORDING.page(said(question), septets_max=size - 1).endswith("\n6 Lainnya")
    pages = WORDING.pages(said(question), septets_max=80)
    assert pages[0].endswith("\n98 lanjut")
    assert pages[-1].endswith("\n0 kembali")


def test_a_page_beyond_the_last_is_the_last():
    question = Prompt("ask_profession", choices=PROFESSIONS)
    pages = WORDING.pages(said(question), septets_max=40)
    assert len(pages) > 2
    shown = [WORDING.page(said(question, page=n), septets_max=40) for n in range(len(pages) + 2)]
    assert shown == [*pages, pages[-1], pages[-1]]
    going_on = [
        WORDING.open_page(said(question, page=n), septets_max=40).goes_on
        for n in range(len(pages) + 1)
    ]
    assert going_on == ["98 lanjut" in page for page in pages] + [False]
    assert WORDING.page(said(question, page=-1), septets_max=40) == pages[0]


def test_no_option_is_cut_or_lost_on_any_screen():
    reply = said(Prompt("choice_unclear"), Prompt("ask_profession", choices=PROFESSIONS))
    options = [line for line in WORDING.text(reply, "short").split("\n") if line[0] in "123456"]
    for size in range(40, 161):
        pages = WORDING.pages(reply, septets_max=size)
        assert all(septets(page) <= size for page in pages)
        lines = [line for page in pages for line in page.split("\n")]
        assert [line for line in lines if line in options] == options


def test_pages_of_replies_without_values_are_kept_and_bounded():
    wording = load_wording(None, CAMPAIGN)
    for size in range(20, 20 + STATIC_REPLIES_MAX + 10):
        wording.page(said(MENU), septets_max=size)
    assert wording._static.cache_info().currsize == STATIC_REPLIES_MAX
    wording.page(said(CONFIRM), septets_max=160)
    assert wording.page(said(MENU), septets_max=160) is wording.page(said(MENU), septets_max=160)
    assert wording._static.cache_info().currsize == STATIC_REPLIES_MAX


def test_a_third_language_takes_a_catalog_and_nothing_else(folder):
    words = entry("language_name", "Basa Jawa") + entry("menu_register", "Ndaftar")
    (folder / "jv.po").write_text(HEADER + words, "utf-8")
    wording = load_wording(folder, CAMPAIGN)
    assert wording.languages == ("id", "en", "jv")
    offer = Prompt("choose_language", choices=("language:id", "language:en", "language:jv"))
    assert wording.text(said(offer, language="en"), "short").endswith("\n3 Basa Jawa")
    menu = wording.text(said(MENU, language="jv"), "long")
    assert "1. Ndaftar\n2. Status pendaftaran" in menu


def test_long_words_that_are_missing_are_said_short(folder):
    (folder / "jv.po").write_text(HEADER + entry("wordless", "Tulisen."), "utf-8")
    wording = load_wording(folder, CAMPAIGN)
    assert wording.text(said(Prompt("wordless"), language="jv"), "long") == "Tulisen."


def test_a_profession_in_a_catalog_goes_before_the_campaigns(folder):
    (folder / "jv.po").write_text(HEADER + entry("profession:bidan", "Dukun bayi"), "utf-8")
    reply = said(Prompt("ask_profession", choices=("profession:bidan",)), language="jv")
    assert "1 Dukun bayi" in load_wording(folder, CAMPAIGN).text(reply, "short")


def test_words_marked_fuzzy_are_not_said(folder):
    fuzzy = entry("wordless", "Mungkin.").replace("\nmsgctxt", "\n#, fuzzy\nmsgctxt")
    (folder / "jv.po").write_text(HEADER + fuzzy, "utf-8")
    text = load_wording(folder, CAMPAIGN).text(said(Prompt("wordless"), language="jv"), "short")
    assert text == WORDING.text(said(Prompt("wordless")), "short")


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b"nonsense",
        HEADER.encode() + b'"Plural-Forms: nplurals=2; plural=(__import__);\\n"\n',
    ],
)
def test_a_catalog_that_cannot_be_read_is_named(folder, content):
    (folder / "jv.po").write_bytes(content)
    with pytest.raises(ValueError, match=r"jv\.po"):
        load_wording(folder, CAMPAIGN)


def test_a_campaign_needs_a_catalog_of_its_language(tmp_path):
    with pytest.raises(ValueError, match="no catalog of the campaign's language: id"):
        load_wording(tmp_path, CAMPAIGN)


def test_a_campaign_in_a_language_with_few_words_borrows_the_others(folder):
    (folder / "jv.po").write_text(HEADER + entry("menu_register", "Ndaftar"), "utf-8")
    wording = load_wording(folder, CAMPAIGN.model_copy(update={"language": "jv"}))
    assert wording.languages == ("jv", "en", "id")
    assert "1 Ndaftar\n2 Status\n" in wording.text(said(MENU, language="jv"), "short")
    assert wording.text(said(Prompt("wordless"), language="jv"), "short")


def test_catalogs_without_the_words_of_last_resort_are_refused(tmp_path):
    (tmp_path / "id.po").write_text(HEADER + entry("nav_back", "0 kembali"), "utf-8")
    with pytest.raises(ValueError, match="no catalog has ended, nav_menu, nav_next"):
        load_wording(tmp_path, CAMPAIGN)
