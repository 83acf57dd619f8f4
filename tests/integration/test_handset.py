"""The handset in the terminal: what it draws, and that the test it prints runs and passes."""

from core.wording.gsm7 import SEGMENT_SEPTETS
from gateway.commands.phone import WIDTH, draw, play
from tests.scripts import CAMPAIGN, HEALTHY, NAME, NIK, PHONE

UNLISTED = "3204115706960009"  # not among the people of the demo


def hand_over(*lines, repro=False):
    """Type `lines` (None hangs up), and return all that was shown."""
    typed, shown = iter(lines), []

    def ask(prompt):
        shown.append(prompt)
        line = next(typed, None)
        if line is None:
            raise EOFError
        return line

    play(CAMPAIGN, PHONE.value, repro=repro, ask=ask, say=shown.append)
    return shown


def test_a_person_can_register_on_it():
    shown = hand_over("", "1", "1", NIK, NAME, "2", "1", "q")
    assert any("(hung up)" in line for line in shown)
    assert any(CAMPAIGN.service_code in line for line in shown)


def test_hanging_up_and_dialling_again_offers_to_continue():
    shown = hand_over("", "1", "1", NIK, None, "", None, "q")
    assert shown.count("(hung up)") == 2


def test_every_screen_is_drawn_in_a_frame_of_one_width():
    lines = draw("short\n" + "x" * (WIDTH + 1)).split("\n")
    assert {len(line.split(" ")[0]) if line[0] in ".'" else len(line) for line in lines} == {
        WIDTH + 4
    }
    assert lines[-1].endswith(f"{WIDTH + 7}/{SEGMENT_SEPTETS}")


def test_the_test_it_prints_passes():
    typed = ("", "1", "1", UNLISTED, None, "", "1", NAME, "2", "1", "q")
    printed = hand_over(*typed, repro=True)[-1]
    names = {}
    exec(compile(printed, "printed", "exec"), names)  # noqa: S102 it is our own
    names["test_what_was_typed"]()


def test_who_is_of_the_demo_can_book():
    shown = hand_over("", "1", "1", NIK, NAME, "2", "1", "1", HEALTHY, "1", "q")
    assert "Jadwal Anda, no." in "".join(shown)
