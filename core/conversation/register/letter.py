"""A letter or a page: all answers at once, and consent with them; a complete one registers."""

import hmac
from collections.abc import Iterable, Mapping
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
    parse_written,
)
from core.conversation.register.form import ask_next, offer_resume, register
from core.conversation.session import Session
from core.fields.invalid import InvalidError
from core.fields.name_matching import names_match
from core.messages import ATTACHMENT, FORWARDED, LETTER, PERSONS, REST, Inbound, Prompt

LETTERS_MAX: Final = 8  # half-filled forms of one mailbox
TOKEN_BYTES: Final = 12
GREETING, SIGNATURE = Prompt("letter_greeting"), Prompt("letter_signature")
_SAID_UNREAD: Final = (ATTACHMENT, FORWARDED, REST)


def select_form(context: TurnContext, session: Session) -> Session:
    """Return the session with the form that this letter continues, or with an empty one.

    Anybody can write in somebody's name. A letter continues a form only by bearing its token,
    which shows that its writer can read our answers; any other letter begins another form.
    """
    letters = dict(session.letters)
    if session.answers and session.token:
        letters[session.token] = session.answers
    token = next((one for one in letters if echoes_token(context.inbound, one)), "")
    answers = letters.pop(token, {})
    kept = dict(list(letters.items())[1 - LETTERS_MAX :])
    return replace(session, answers=answers, token=token or _token(context), letters=kept)


def echoes_token(inbound: Inbound, token: str) -> bool:
    """Return True if the letter answers one of ours that bore this token."""
    tokens = inbound.proof.encode(errors="replace").split(b".")
    return any(hmac.compare_digest(token.encode(), one) for one in tokens)


def rejection(inbound: Inbound) -> Prompt | None:
    """Return why nothing is read from this letter, if so."""
    if LETTER in inbound.unread:
        return Prompt("letter_unreadable")
    return Prompt("letter_several") if PERSONS in inbound.unread or inbound.rows else None


def fill_from_letter(context: TurnContext, session: Session) -> Step:
    """Read every answer in the letter; register, or say exactly which are missing or wrong."""
    given, errors = parse_written(context.form, _answers_given(context, session), context.today)
    kept, token = session.answers, session.token
    if _names_another(context, kept, given):
        kept, token = {}, token and _token(context)  # another form, with a token of its own
    answers = {key: value for key, value in kept.items() if key not in errors}
    answers |= {**given, CONSENT: str(context.at)}  # it `confirms`
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

    The letter says which parts were not read, and bears the tokens that an answer must give back
    to continue a half-filled form, or to use what a code has proven.
    """
    if not session.by_letter or prompts[:1] == (GREETING,):
        return prompts
    proven = session.visit.token if session.visit else ""
    form_token = session.token if session.answers else ""
    tokens = [token for token in (proven, form_token) if token]
    signature = replace(SIGNATURE, args={"proof": ".".join(tokens)}) if tokens else SIGNATURE
    unread = [kind for kind in _SAID_UNREAD if kind in session.unread]
    warnings = [Prompt(f"letter_unread_{kind}") for kind in unread]
    return (GREETING, *prompts, *warnings, signature)


def _token(context: TurnContext) -> str:
    """Return a token that only a reader of our answer can know.

    It is made of what nobody else knows: what the letter says, the id that its mailer gave it, and
    the microsecond in which it came.
    """
    inbound = context.inbound
    parts = (inbound.message_id, inbound.received_at.isoformat(), repr(inbound.answers))
    secret = "\n".join((inbound.address.conversation, *parts))
    return blake2b(secret.encode(errors="replace"), digest_size=TOKEN_BYTES).hexdigest()


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
    if labelled or not inbound.text or not session.answers:
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
