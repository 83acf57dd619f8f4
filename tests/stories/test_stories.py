"""Every story comes out as it is told, at every door it names, in every language, in bounds."""

from itertools import product

import pytest

from tests.stories.doors import Words
from tests.stories.page import PAGE, most, page, played
from tests.stories.story import COUNTED, stories
from tests.stories.world import LANGUAGES

# Inputs, of the shortest way at each door, that registering and booking may take together: by
# WhatsApp one message with NIK and name, and four taps.
PROMISED = {"ussd": 10, "sms": 6, "whatsapp": 5}
# Pages, in any language: from the first to the number, and from there to the appointment.
PAGES_TO_REGISTER, PAGES_TO_BOOK = 8, 4
SCENES = [
    pytest.param(
        (story.name, number), language, id=f"{story.name}-{number}-{scene.door}-{language}"
    )
    for story in stories()
    for (number, scene), language in product(enumerate(story.scenes), LANGUAGES)
]


@pytest.mark.parametrize(("scene", "language"), SCENES)
def test_a_story_comes_true_within_its_budget(scene, language):
    play = played(scene, language)
    budget = play.scene.budget
    over = {one: play.counts[one] for one in COUNTED if play.counts[one] > budget.get(one, 0)}
    assert not over, f"more than {budget}"


@pytest.mark.parametrize("door", PROMISED)
def test_registering_and_booking_takes_no_more_than_is_promised(door):
    [story] = [one for one in stories() if one.name == "register-and-book"]
    ways = [most(scene, story) for scene in story.scenes if scene.door == door]
    assert min(way["inputs"] for way in ways) <= PROMISED[door]
    assert all(way.get("calls", 0) <= 1 for way in ways)


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_a_browser_registering_and_booking_takes_no_more_pages_than_is_promised(language):
    entries = played(("on-the-web", 0), language).entries
    proved = next(n for n, one in enumerate(entries) if str(one.said).startswith("*119*9*"))
    assert pages(entries[:proved]) <= PAGES_TO_REGISTER
    assert pages(entries[proved:]) <= PAGES_TO_BOOK


def pages(entries):
    return sum(isinstance(one.said, Words) and one.said.kind == "page" for one in entries)


def test_no_budget_is_larger_than_what_is_needed():
    slack = [
        (story.name, scene.title)
        for story in stories()
        for scene in story.scenes
        if scene.budget != most(scene, story)
    ]
    assert not slack, "make transcripts, and see that it takes less"


def test_the_page_of_transcripts_is_fresh():
    assert PAGE.read_text(encoding="utf-8") == page(), "make transcripts, and read the difference"
