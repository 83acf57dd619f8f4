"""Words that people once misread."""

from dataclasses import replace

import pytest

from core.appointments.requests import Attend, StatusReport
from core.messages import Prompt, Reply
from tests.scripts import APPOINTMENT, CAMPAIGN, NUMBER, START, VERIFIED, WORDING, Person, play

APPEALS = ("registered_not_listed", "unverified_not_listed", "registered_sms_not_listed",
           "verification_not_listed")  # fmt: skip


def words(key, language="id", style="short", **args):
    return WORDING.text(Reply((Prompt(key, args),), language), style)


@pytest.mark.parametrize("style", ["short", "long"])
def test_who_waits_is_not_told_that_they_were_accepted(style):
    for language, waits in (("id", "menunggu verifikasi"), ("en", "waiting for verification")):
        assert words("status_received", language, style) == waits


@pytest.mark.parametrize("style", ["short", "long"])
@pytest.mark.parametrize("key", APPEALS)
def test_who_is_not_listed_hears_the_same_way_out_in_every_language(key, style):
    here = words(key, "id", style, number=NUMBER, full_name="SITI")
    assert "belum ada di daftar nakes" in here
    assert "surat pimpinan" in here
    assert "letter" in words(key, "en", style, number=NUMBER, full_name="SITI")
    for language in ("id", "en"):
        assert CAMPAIGN.mailboxes[0] in words(key, language, style, number=NUMBER)


@pytest.mark.parametrize("style", ["short", "long"])
def test_a_wrong_code_names_the_way_out(style):
    for language in ("id", "en"):
        assert CAMPAIGN.hotline in words("code_wrong", language, style)
    assert words("phone_lost", "id", style) == "HP lama hilang"  # which is offered with it


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("key", ["booked", "booking_changed"])
def test_a_seat_is_told_with_what_to_bring_on_a_small_screen_too(key, language):
    assert "KTP" in words(key, language)


@pytest.mark.parametrize("style", ["short", "long"])
def test_stop_does_not_say_that_who_never_registered_did(style):
    assert "Bila sudah terdaftar, pendaftaran Anda tetap berlaku" in words(
        "opted_out", style=style
    )
    assert "If you are registered" in words("opted_out", "en", style)


def test_what_was_stopped_is_named():
    assert words("visit_dropped").startswith("Baik, pemilihan jadwal dihentikan.")
    assert "still stands" in words("visit_dropped", "en")


@pytest.mark.parametrize(
    ("word", "kept"),
    [("sudah", True), ("Sudah", True), ("1", True), ("ya", True),
     ("belum", False), ("Belum.", False), ("2", False), ("tidak", False)],
)  # fmt: skip
def test_whether_they_were_vaccinated_is_answered_in_its_own_words(word, kept):
    one = past()
    assert one.say("JADWAL") == ["ask_attendance"]
    labels = [words(choice) for choice in one.reply.prompts[0].choices]
    assert labels == ["Sudah", "Belum"]
    one.say(word)
    (effect,) = [done for done in one.done if isinstance(done, Attend)]
    assert effect.kept is kept


@pytest.mark.parametrize("word", ["sudah", "belum"])
def test_those_words_answer_no_other_question(word):
    one = Person()
    one.report = StatusReport(registrations=(VERIFIED,))
    assert play(one, "JADWAL", word) == ["choice_unclear", "ask_health"]


def past():
    one = Person()
    gone = replace(APPOINTMENT, start=START.replace(day=4))
    one.report = StatusReport(registrations=(replace(VERIFIED, appointment=gone),))
    return one
