"""Several answers at once (a letter, a page) that are consent too: a complete one registers."""

import hmac
from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

from msgspec.structs import replace

from core.conversation.context import Step, TurnContext, drop_visit, idle
from core.conversation.form_questions import (
    CONSENT,
    FULL_NAME,
    NIK,
    PHONE,
    PROFESSION,
    Question,
)
from core.conversation.register.form import begin, register
from core.conversation.session import Session
from core.fields.invalid import InvalidError
from core.fields.name_matching import names_match
from core.messages import ATTACHMENT, FORWARDED, LETTER, PERSONS, REST, Inbound, Prompt

LETTERS_MAX: Final = 8  # half-filled ones of a mailbox that are kept
TOKEN_BYTES: Final = 12
GREETING, SIGNATURE = Prompt("letter_greeting"), Prompt("letter_signature")
_SAID_UNREAD: Final = (ATTACHMENT, FORWARDED, REST)


def select_form(context: TurnContext, session: Session) -> Session:
    """Return the session with the form that this letter may go on with, or with an empty one.

    Anybody can write in somebody's name: a form is gone on with only by who gives its token back,
    and so can read what we wrote. A stranger's letter begins a form of its own beside it.
    """
    letters = dict(session.letters)
    if session.answers and session.token:
        letters[session.token] = session.answers
    token = next((one for one in letters if echoes_token(context.inbound, one)), "")
    answers = letters.pop(token, {})
    kept = dict(list(letters.items())[1 - LETTERS_MAX :])
    return replace(session, answers=answers, token=token or _token(context), letters=kept)


def echoes_token(inbound: Inbound, token: str) -> bool:
    """Say whether a letter answers one of ours that bore this token."""
    given = inbound.proof.encode(errors="replace").split(b".")
    return any(hmac.compare_digest(token.encode(), one) for one in given)


def rejection(inbound: Inbound) -> Prompt | None:
    """Return what to say to a letter that nothing is taken from."""
    if LETTER in inbound.unread:
        return Prompt("letter_unreadable")
    return Prompt("letter_several") if PERSONS in inbound.unread else None


def fill_from_letter(context: TurnContext, session: Session) -> Step:
    """Take every answer in the letter; register when none is missing, else say exactly what is."""
    given, errors = {}, {}
    for question, text in _answers_given(context, session):
        try:
            given[question.key] = question.parse(text, context.today)
        except InvalidError as error:
            errors[question.key] = error
    kept, token = session.answers, session.token
    if _names_another(
        context, session.answers, given
    ):  # a form of its own, with a token of its own
        kept, token = {}, token and _token(context)
    answers = {key: value for key, value in kept.items() if key not in errors}
    answers |= {**given, CONSENT: str(context.at)}  # it `confirms`
    if NIK not in answers and FULL_NAME not in answers:
        answers.pop(PHONE, None)  # nobody's
    written = replace(idle(drop_visit(session)), answers=answers, token=token)
    missing = context.form.missing(answers)
    return _ask(written, missing, errors) if missing else register(context, written)


def begin_registration(context: TurnContext, session: Session) -> Step:
    """Start a registration as this door does: a question at a time, or all of it at once."""
    if not context.inbound.confirms:
        return begin(context, session)
    written = idle(drop_visit(session))
    asked = [
        question for question in context.form.missing(session.answers) if question.key != CONSENT
    ]
    return _ask(written, tuple(asked), {})


def as_letter(prompts: tuple[Prompt, ...], session: Session) -> tuple[Prompt, ...]:
    """Return the prompts as a letter, if a letter is what they answer and they are none yet.

    It says what was not read. What a code has proven, and a half-filled form, are gone on with by
    who gives their tokens back.
    """
    if not session.by_letter or prompts[:1] == (GREETING,):
        return prompts
    proven = session.visit.token if session.visit else ""
    form_token = session.token if session.answers else ""
    tokens = [token for token in (proven, form_token) if token]
    signature = replace(SIGNATURE, args={"proof": ".".join(tokens)}) if tokens else SIGNATURE
    unread = [kind for kind in _SAID_UNREAD if kind in session.unread]
    said = [Prompt(f"letter_unread_{kind}") for kind in unread]
    return (GREETING, *prompts, *said, signature)


def _token(context: TurnContext) -> str:
    """Return what only a reader of our answer can know.

    Nobody else knows what the letter says, the id that its mailer gave it, and the microsecond
    in which it came.
    """
    inbound = context.inbound
    parts = (inbound.message_id, inbound.received_at.isoformat(), repr(inbound.answers))
    secret = "\n".join((inbound.address.conversation, *parts))
    return blake2b(secret.encode(errors="replace"), digest_size=TOKEN_BYTES).hexdigest()


def _names_another(
    context: TurnContext, kept: Mapping[str, str], given: Mapping[str, str]
) -> bool:
    """Say whether the letter is about another person than the one before it in its thread.

    A clinic writes for many of its staff. A slip is mended by who says the rest alike.
    """
    both = kept.keys() & given.keys()
    same_nik = NIK in both and kept[NIK] == given[NIK]
    match_min = context.campaign.limits.name_match_min
    same_name = FULL_NAME in both and names_match(
        kept[FULL_NAME], given[FULL_NAME], match_min=match_min
    )
    another = (NIK in both and not same_nik) or (FULL_NAME in both and not same_name)
    return another and not (same_nik or same_name)


def _answers_given(context: TurnContext, session: Session) -> list[tuple[Question, str]]:
    inbound = context.inbound
    labelled = [
        (q, inbound.answers[q.key]) for q in context.form.questions if q.key in inbound.answers
    ]
    if labelled or not inbound.text or not session.answers:
        return labelled
    missing = context.form.missing(session.answers)
    return [(missing[0], inbound.text)] if len(missing) == 1 else []  # a bare answer


def _ask(session: Session, missing: tuple[Question, ...], errors: dict[str, InvalidError]) -> Step:
    prompts = [Prompt("letter_incomplete")]
    for question in missing:
        if error := errors.get(question.key):
            prompts += _complain(question.key, error)
        choices = question.prompt.choices if question.key == PROFESSION else ()
        prompts.append(Prompt(f"letter_missing_{question.key}", choices=choices))
    if phone := session.answers.get(PHONE):  # who answers shall see what another may have written
        prompts.append(Prompt("letter_phone_kept", {"phone": phone}))
    return Step(session, (*prompts, Prompt("letter_how")))


def _complain(key: str, error: InvalidError) -> tuple[Prompt, ...]:
    if key == PROFESSION:  # a letter has no numbers to choose
        return (Prompt("letter_unknown_profession"),)
    return Prompt("letter_wrong", {"label": f"@step_{key}"}), Prompt(error.code, error.facts)
