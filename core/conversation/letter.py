"""A letter (an email): several answers at once, signed, so that a complete one registers."""

from collections.abc import Mapping

from msgspec.structs import replace

from core.conversation.filling import begin, register
from core.conversation.form import CONSENT, PROFESSION, Question
from core.conversation.session import Session
from core.conversation.talk import Step, Talk, let_go
from core.fields.invalid import InvalidError
from core.message import Prompt

GREETING, SIGNATURE = Prompt("letter_greeting"), Prompt("letter_signature")


def take_letter(talk: Talk, session: Session) -> Step:
    """Take every answer in the letter; register when none is missing, else say exactly what is."""
    given, errors = {}, {}
    for question, text in _given(talk, session):
        try:
            given[question.key] = question.parse(text, talk.today)
        except InvalidError as error:
            errors[question.key] = error
    kept = {} if _begins_anew(talk, session, given) else session.answers
    answers = {key: value for key, value in kept.items() if key not in errors}
    answers |= {**given, CONSENT: str(talk.at)}  # who signs consents
    written = replace(let_go(session), answers=answers, stage="start", question="", wrong=0)
    missing = talk.form.missing(answers)
    return _ask(written, missing, errors) if missing else register(talk, written)


def begin_here(talk: Talk, session: Session) -> Step:
    """Start a registration as this door does: a question at a time, or all of it in a letter."""
    if not talk.inbound.signed:
        return begin(talk, session)
    written = replace(let_go(session), stage="start", question="", wrong=0)
    asked = [
        question for question in talk.form.missing(session.answers) if question.key != CONSENT
    ]
    return _ask(written, tuple(asked), {})


def frame(prompts: tuple[Prompt, ...], session: Session) -> tuple[Prompt, ...]:
    """Return the prompts as a letter, if a letter is what they answer and they are none yet.

    What a code has proven, whoever answers this one must give back.
    """
    if not session.signed or prompts[:1] == (GREETING,):
        return prompts
    token = session.visit.token if session.visit else ""
    signature = replace(SIGNATURE, args={"proof": token}) if token else SIGNATURE
    return (GREETING, *prompts, signature)


def _begins_anew(talk: Talk, session: Session, given: Mapping[str, str]) -> bool:
    """Say whether this letter is about another person than the one before it.

    A clinic writes for many of its staff from one mailbox. What is no answer to a letter of ours,
    and says otherwise what was said before, must never be mixed with it.
    """
    answers_ours = talk.inbound.thread.get("in_reply_to") or talk.inbound.thread.get("references")
    others = (key for key, value in given.items() if session.answers.get(key, value) != value)
    return not answers_ours and any(others)


def _given(talk: Talk, session: Session) -> list[tuple[Question, str]]:
    inbound = talk.inbound
    labelled = [
        (q, inbound.answers[q.key]) for q in talk.form.questions if q.key in inbound.answers
    ]
    if labelled or not inbound.text or not session.answers:
        return labelled
    missing = talk.form.missing(session.answers)
    return [(missing[0], inbound.text)] if len(missing) == 1 else []  # a bare answer


def _ask(session: Session, missing: tuple[Question, ...], errors: dict[str, InvalidError]) -> Step:
    prompts = [Prompt("letter_incomplete")]
    for question in missing:
        if error := errors.get(question.key):
            prompts.append(Prompt("letter_wrong", {"label": f"@step_{question.key}"}))
            prompts.append(Prompt(error.code, error.facts))
        choices = question.prompt.choices if question.key == PROFESSION else ()
        prompts.append(Prompt(f"letter_missing_{question.key}", choices=choices))
    return Step(session, (*prompts, Prompt("letter_how")))
