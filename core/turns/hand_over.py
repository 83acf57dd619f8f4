"""Carry out a hand-over: each draws what is random, and draws again where that was in use."""

from collections.abc import Callable
from functools import partial

from core.database.database import Database
from core.fields.nik_slips import meeting_keys
from core.handovers import codes, links
from core.handovers.requests import CodeShown, FormTaken, GiveLink, LinkGiven, ShowCode, TakeForm
from core.handovers.rules import CODES, LINK_BITS, make_code, make_token
from core.registration.addresses import retry_lost_races
from core.registration.number import NUMBER_BITS, make_number
from core.registration.terms import Terms

Draw = Callable[[int], int]


async def show_code(
    database: Database, _: Terms, draw_below: Draw, request: ShowCode
) -> CodeShown:
    """Keep the form under a code."""

    async def attempt() -> CodeShown:
        code = make_code(draw_below(CODES))
        show = partial(codes.show_code, request=request, code=code)
        return await database.write(show, alone=True)

    return await retry_lost_races(attempt)


async def take_form(
    database: Database, terms: Terms, draw_below: Draw, request: TakeForm
) -> FormTaken:
    """Take the form over; where it registers, lock what its look-alikes would be found by."""

    async def attempt() -> FormTaken:
        intent = await database.read(partial(codes.find_intent, request=request))
        keys = meeting_keys(intent.campaign, intent.nik, intent.phone) if intent else ()
        number = make_number(draw_below(1 << NUMBER_BITS))
        take = partial(codes.take_form, request=request, terms=terms, number=number, intent=intent)
        return await database.write(take, alone=True, keys=keys)

    return await retry_lost_races(attempt)


async def give_link(
    database: Database, terms: Terms, draw_below: Draw, request: GiveLink
) -> LinkGiven:
    """Keep a link."""
    token = make_token(draw_below(1 << LINK_BITS))
    give = partial(links.give_link, request=request, terms=terms, token=token)
    return await database.write(give, alone=True)
