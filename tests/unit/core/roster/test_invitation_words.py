"""An invitation is one SMS, and proposes what fits beside the name."""

from datetime import timedelta

import pytest

from core.roster.invitation_words import (
    NAME_SEPTETS_MIN,
    PLACE_SEPTETS_MIN,
    PLAIN,
    SEAT,
    WISH,
    Member,
    Seat,
    read_words,
)
from core.wording.catalog import load_wording
from tests.fixtures.segments import segments
from tests.scripts import CAMPAIGN, START, WORDING

MORNING = START + timedelta(days=3)
PHONE = "+6281211110001"


@pytest.mark.parametrize("language", WORDING.languages)
@pytest.mark.parametrize("name", ["SITI AMINAH", "W" * 60, "€" * 60, ""])
@pytest.mark.parametrize("place", ["Puskesmas Soreang, Kab. Bandung", "W" * 100])
def test_a_proposal_is_one_sms_whatever_the_names(language, name, place):
    words = read_words(CAMPAIGN.model_copy(update={"language": language}), WORDING)
    one = Member(1, "3204115706960001", name, PHONE)
    seat = Seat(1, place, MORNING, "Kab. Bandung")
    for proposed in (seat, None):
        message = words.invitation(one, proposed, START, asks=True)
        assert segments(WORDING.text(message.reply, "short")) == 1


@pytest.mark.parametrize(
    ("room", "said"),
    [(26, "Puskesmas Jetis, Yogyakarta"), (25, "Puskesmas Jetis")],
)
def test_the_town_is_named_where_it_fits(room, said):
    words = read_words(CAMPAIGN, WORDING)
    name = "W" * (words.rooms[SEAT] - room - 1)
    one = Member(1, "3204115706960001", name, PHONE)
    seat = Seat(1, "Puskesmas Jetis", MORNING, "Yogyakarta")
    message = words.invitation(one, seat, START, asks=True)
    assert message.reply.prompts[0].args["place"] == said


@pytest.mark.parametrize("language", ["id", "en", "jv"])
def test_the_words_of_this_release_leave_room_for_a_proposal(language):
    campaign = CAMPAIGN.model_copy(update={"language": language, "languages": (language,)})
    rooms = read_words(campaign, load_wording(None, campaign)).rooms
    assert rooms[SEAT] >= NAME_SEPTETS_MIN + PLACE_SEPTETS_MIN
    assert rooms[WISH] >= NAME_SEPTETS_MIN


def test_words_that_leave_no_room_propose_nothing():
    campaign = CAMPAIGN.model_copy(update={"name": {"id": "V" * 30}})
    words = read_words(campaign, load_wording(None, campaign))
    one = Member(1, "3204115706960001", "SITI", PHONE)
    message = words.invitation(one, Seat(1, "Jetis", MORNING), START, asks=True)
    assert message.reply.prompts[0].key == PLAIN
