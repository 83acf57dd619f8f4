"""A letter or a page: all answers at once, and consent with them; a complete one registers."""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec.structs import replace

from core.conversation.consent import LETTER as LETTER_POLICY
from core.conversation.consent import SHOWN, mark
from core.conversation.context import Step, TurnContext, consent_to, drop_visit, idle
from core.conversation.form_questions import (
    CONSENT,
    FULL_NAME,
    NIK,
    PHONE,
    PROFESSION,
    Question,
    parse_written,
)
from core.conversation.letter_threads import goes_on, new_token
from core.conversation.register.form import ask_next, offer_resume, register
from core.conversation.session import Session
from core.fields.invalid import InvalidError
from core.fields.name_matching import names_match
from core.messages import (
    ATTACHMENT,
    BESIDE,
    EVIDENCE,
    FORWARDED,
    LETTER,
    PERSONS,
    REST,
    Inbound,
    Prompt,
)

GREETING, SIGNATURE = Prompt("letter_greeting"), Prompt("letter_signature")
# What a letter says in words of its own: it has no menu, and no keys to press.
IN_LETTERS: Final = frozenset({"ask_number", "help", "visit_dropped"})
_SAID_UNREAD: Final = (BESIDE, EVIDENCE, ATTACHMENT, FORWARDED, REST)


def rejection(inbound: Inbound) -> Prompt | None:
    """Return why nothing is read from this letter, if so."""
    if LETTER in inbound.unread:
        return Prompt("letter_unreadable")
    return Prompt("letter_several") if PERSONS in inbound.unread else None


def fill_from_letter(context: TurnContext, session: Session) -> Step:
    """Read every answer in the letter; register, or say exactly which are missing or wrong.

    Nothing is said to mere thanks.
    """
    if _needs_no_answer(context, session):
        return Step(session)
    given, errors = parse_written(context.form, _answers_given(context, session), context.today)
    kept, token = session.answers, session.token
    if _names_another(context, kept, given):
        kept, token = {}, token and new_token(context)  # another form, with a token of its own
    answers = {key: value for key, value in kept.items() if key not in errors}
    shown = mark(consent_to(context, session, LETTER_POLICY))
    answers |= {**given, CONSENT: str(context.at), SHOWN: shown}  # it `confirms`
    if NIK not in answers and FULL_NAME not in answers:
        answers.pop(PHONE, None)  # nobody is named whose it is
    filled = replace(idle(drop_visit(session)), answers=answers, token=token)
    missing = context.form.missing(answers)
    return _ask(filled, missing, errors) if missing else register(context, filled)


def begin_registration(context: TurnContext, session: Session) -> Step:
    """Start a registration: a question at a time, or by letter all of them at once."""
    if not context.inbound.confirms:
        return offer_resume(context, session) if session.answers else ask_next(context, session)
    missing = [one for one in context.form.missing(session.answers) if one.key != CONSENT]
    return _ask(idle(drop_visit(session)), missing, {})


def as_letter(prompts: tuple[Prompt, ...], session: Session) -> tuple[Prompt, ...]:
    """Return the prompts as a letter if they answer one, and are not one already.

    The letter says which parts were not read, and bears the token that an answer must give back to
    go on with this conversation, or to use what a code has proven in it.
    """
    if not prompts or not session.by_letter or prompts[:1] == (GREETING,):
        return prompts
    proven = session.visit.token if session.visit else ""
    token = proven or (session.token if goes_on(session) else "")
    signature = replace(SIGNATURE, args={"proof": token}) if token else SIGNATURE
    unread = [kind for kind in _SAID_UNREAD if kind in session.unread]
    warnings = [Prompt(f"letter_unread_{kind}") for kind in unread]
    return (GREETING, *map(_in_letter, prompts), *warnings, signature)


def _in_letter(prompt: Prompt) -> Prompt:
    if prompt.key not in IN_LETTERS:
        return prompt
    return Prompt(f"letter_{prompt.key}", prompt.args)


def _needs_no_answer(context: TurnContext, session: Session) -> bool:
    """Return True for a letter that says thanks and no more, while nothing is half done."""
    inbound = context.inbound
    says_more = inbound.answers or inbound.unread or not inbound.channel.writes_letters
    half_done = session.answers.keys() - {CONSENT, SHOWN}
    return not says_more and not half_done and context.keywords.is_thanks(inbound.text)


def _names_another(
    context: TurnContext, kept: Mapping[str, str], given: Mapping[str, str]
) -> bool:
    """Return True if the letter is about another person than the form that it continues.

    A clinic writes for many of its staff. The same NIK or the same name is the same person: a
    letter that gives one of them alike may correct the other.
    """
    both = kept.keys() & given.keys()
    alike = []
    if NIK in both:
        alike.append(kept[NIK] == given[NIK])
    if FULL_NAME in both:
        match_min = context.campaign.limits.name_match_min
        alike.append(names_match(kept[FULL_NAME], given[FULL_NAME], match_min=match_min))
    return bool(alike) and not any(alike)


def _answers_given(context: TurnContext, session: Session) -> list[tuple[Question, str]]:
    inbound = context.inbound
    labelled = [
        (q, inbound.answers[q.key]) for q in context.form.questions if q.key in inbound.answers
    ]
    bare = bool(session.answers) and not context.keywords.is_thanks(inbound.text)
    if labelled or not inbound.text or not bare:
        return labelled
    missing = context.form.missing(session.answers)
    return [(missing[0], inbound.text)] if len(missing) == 1 else []  # a bare answer


def _ask(
    session: Session, missing: Iterable[Question], errors: Mapping[str, InvalidError]
) -> Step:
    prompts = [Prompt("letter_incomplete")]
    for question in missing:
        if error := errors.get(question.key):
            prompts += _complain(question.key, error)
        choices = question.prompt.choices if question.key == PROFESSION else ()
        prompts.append(Prompt(f"letter_missing_{question.key}", choices=choices))
    if phone := session.answers.get(PHONE):  # the reader must see what a stranger may have written
        prompts.append(Prompt("letter_phone_kept", {"phone": phone}))
    return Step(session, (*prompts, Prompt("letter_how")))


def _complain(key: str, error: InvalidError) -> tuple[Prompt, ...]:
    if key == PROFESSION:  # a letter has no numbers to choose
        return (Prompt("letter_unknown_profession"),)
    return Prompt("letter_wrong", {"label": f"@step_{key}"}), Prompt(error.code, error.facts)
