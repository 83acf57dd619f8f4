"""Take the profession from the roster where it lists the person, so that nobody need tell it.

A chat alone does so, and only where the confirmation is to give the consent, too: on USSD and by
SMS the form asks its questions in the order that people were taught. Whoever gives NIK and name
that match learns no more than registering tells them.
"""

from msgspec.structs import replace

from core.campaign import Campaign
from core.conversation.context import Step, TurnContext, confirmation, enter, request_effect
from core.conversation.form_questions import CONSENT, FULL_NAME, NIK, PROFESSION, listed_profession
from core.conversation.session import Session
from core.fields.timezones import moment
from core.messages import Channel
from core.roster.requests import FindProfession, FoundProfession


def look_up_profession(context: TurnContext, step: Step) -> Step:
    """Look first whether the roster has what is asked for, if that is all that is missing."""
    session = step.session
    missing = [one.key for one in context.form.missing(session.answers)]
    chats = context.inbound.channel is Channel.WHATSAPP
    if (
        not chats
        or session.answers.get(CONSENT)
        or session.stage != "asking"
        or missing != [PROFESSION]
    ):
        return step
    nik, full_name = session.answers[NIK], session.answers[FULL_NAME]
    request = FindProfession(context.campaign.id, nik, full_name, step.prompts)
    return request_effect(session, request)


def confirm_listed(
    campaign: Campaign, session: Session, request: FindProfession, found: FoundProfession
) -> Step:
    """Ask to confirm the form with the profession that was found, or ask for one."""
    code = listed_profession(campaign, found.written)
    if not code:
        return Step(session, request.otherwise)
    filled = replace(session, answers={**session.answers, PROFESSION: code})
    asked = confirmation(filled.answers, moment(session.at).date())
    greeting = request.otherwise[:-1]
    return Step(enter(filled, "confirming"), (*greeting, *asked))
