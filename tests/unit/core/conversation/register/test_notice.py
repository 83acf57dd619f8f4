"""YA and BUKAN SAYA at rest answer a notice, where one is open; else they mean what they do."""

import pytest

from core.messages import Channel
from core.registration.requests import AnswerNotice, NoticeAnswered
from tests.scripts import MAILBOX, NUMBER, Person, play


def answers(person):
    return [one.mine for one in person.done if isinstance(one, AnswerNotice)]


def with_notice(**more):
    person = Person(**more)
    person.found[AnswerNotice] = lambda effect: NoticeAnswered(
        number=NUMBER if effect.mine else None
    )
    return person


@pytest.mark.parametrize(
    ("word", "mine", "said"),
    [
        ("YA", True, "notice_mine"),
        ("ya kak", True, "notice_mine"),
        ("yes", True, "notice_mine"),
        ("BUKAN SAYA", False, "notice_not_mine"),
        ("bukan saya kak", False, "notice_not_mine"),
        ("not me", False, "notice_not_mine"),
    ],
)
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WHATSAPP])
@pytest.mark.parametrize("before", [(), ("menu",)])
def test_an_open_notice_is_answered(word, mine, said, channel, before):
    person = with_notice()
    play(person, *before)
    assert person.say(word, channel) == [said]
    assert answers(person) == [mine]


@pytest.mark.parametrize("word", ["YA", "BUKAN SAYA"])
@pytest.mark.parametrize("before", [(), ("menu",), ("menu", "1", "1", "batal")])
def test_without_one_the_word_means_what_it_meant(word, before):
    person, other = Person(), Person()
    play(person, *before)
    play(other, *before)
    assert person.say(word) == other.say("ABC")  # any other word
    assert person.session.stage == other.session.stage
    assert person.session.wrong == other.session.wrong


@pytest.mark.parametrize("before", [("menu", "1"), ("menu", "2"), ("menu", "1", "1")])
def test_a_yes_to_another_question_answers_that(before):
    person = with_notice()
    play(person, *before)
    person.say("YA")
    assert answers(person) == []


def test_a_letter_and_a_call_answer_no_notice():
    person = with_notice(address=MAILBOX)
    person.forge("YA")
    caller = with_notice()
    caller.dial()
    caller.key("YA")
    assert answers(person) == answers(caller) == []
