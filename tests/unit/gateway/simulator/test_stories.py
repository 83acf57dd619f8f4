"""Every sentence of the stories is known to the page, as a step or as one for tests alone."""

import re
from pathlib import Path

import pytest

from gateway.simulator import sentences
from gateway.simulator.sentences import OTHERS, SENTENCES, steps_of
from gateway.simulator.stories import read_stories
from tests.stories.steps import SENTENCES as TOLD
from tests.stories.story import stories

ALL = read_stories()["stories"]
OWN = [one for one in ALL if one["scenes"][0]["door"] == ""]
READ = ALL[len(OWN) :]
SCENES = [scene for story in READ for scene in story["scenes"]]
PLAYED = Path(sentences.__file__).with_name("static") / "playing.js"


def test_the_page_reads_the_files_as_the_tests_do():
    assert [(one["name"], one["title"]) for one in READ] == [
        (one.name, one.title) for one in stories()
    ]
    for mine, theirs in zip(READ, stories(), strict=True):
        assert mine["about"] == theirs.about
        assert [(one["door"], one["title"], one["budget"]) for one in mine["scenes"]] == [
            (one.door, one.title, one.budget) for one in theirs.scenes
        ]


def test_every_sentence_is_known():
    known = [pattern for pattern, _ in SENTENCES]
    for story in stories():
        for scene in story.scenes:
            for sentence in scene.steps:
                assert any(re.fullmatch(one, sentence, re.DOTALL) for one in known), sentence
    assert len(known) - len(OTHERS) < len(TOLD) < len(known) + len(OTHERS)


def test_most_scenes_can_be_played_and_those_with_officials_cannot():
    plays = [scene["plays"] for scene in SCENES]
    assert 2 * sum(plays) > len(plays) > sum(plays)
    for scene in SCENES:
        officials = any(
            re.fullmatch(one, step["text"]) for step in scene["steps"] for one in OTHERS
        )
        assert scene["plays"] is not officials


@pytest.mark.parametrize(
    ("sentence", "door", "does"),
    [
        ("Siti dials", "ussd", ["dial"]),
        ("Siti registers", "ussd", ["dial", "go_on"]),
        ("Siti registers", "sms", ["say", "go_on"]),
        ("Siti asks for JADWAL", "ussd", ["dial", "say"]),
        ("Siti asks for JADWAL", "whatsapp", ["say"]),
        ("Rina presses [Ya], and the call drops", "ussd", ["drop"]),
        ("Budi uses Siti's phone", "sms", ["borrow"]),
        ("40 minutes later", "sms", ["wait"]),
        ("we say nik_date, help_hotline", "sms", ["expect"]),
        ("Siti is verified", "sms", ["check"]),
        ("Siti is", "sms", [None]),
        ("an officer decides accept, because surat pimpinan", "sms", [None]),
        ("on 20 January 2021 at 08:10", "sms", [None]),
    ],
)
def test_a_sentence_is_these_steps(sentence, door, does):
    steps = steps_of(sentence, door)
    assert [step.get("do") for step in steps] == does
    assert all(step["text"] == sentence for step in steps)


def test_what_is_said_and_how_long_is_waited():
    [said] = steps_of("Siti by WhatsApp: halo", "ussd")
    assert (said["who"], said["door"], said["words"]) == ("Siti", "whatsapp", "halo")
    [waited] = steps_of("2 days later", "sms")
    assert waited["seconds"] == 172_800
    [gone] = steps_of("Siti goes on until *booked or resume", "sms")
    assert gone["until"] == ["*booked", "resume"]


def test_a_story_of_the_page_says_only_what_the_page_can_do():
    known = set(re.findall(r"^  (\w+): ", PLAYED.read_text("utf-8"), re.MULTILINE))
    for story in OWN:
        [scene] = story["scenes"]
        assert scene["plays"]
        assert {step["do"] for step in scene["steps"]} <= known
    assert not {one["title"] for one in OWN} & {one["title"] for one in READ}


def test_where_there_is_no_checkout_there_are_those_of_the_page(tmp_path):
    assert read_stories(tmp_path)["stories"] == OWN
