"""What somebody does in their browser, as a story tells it."""

import re

from channels.web.appeal import PATH as APPEAL
from channels.web.form import FORM, START
from core.handovers.rules import LINK_PATH
from core.messages import Reply
from tests.stories.browsers import LETTER, Browser, Site, shown
from tests.stories.doors import Words
from tests.stories.world import URL

_LINK = re.compile(re.escape(URL + LINK_PATH) + r"[\w-]+")
NOTHING = Reply((), "")


def shown_code(reply):
    """Return the code that the page shows, to be sent from a phone; "" without one."""
    prompts = reply.prompts if reply else ()
    return next((one.args["code"] for one in prompts if one.key == "show_code"), "")


async def opens(play, who):
    """Open our start page."""
    await _act(play, who, "opens the start page", Browser.open, START)


async def looks(play, who):
    """Open the form again, as the one who left it."""
    await _act(play, who, "opens the form again", Browser.open, FORM)


async def follows(play, who):
    """Open the link that we sent last, and press the button of its page."""
    path = play.found(_LINK).removeprefix(URL)
    assert path, "we sent no link"
    await _act(play, who, "opens the link", Browser.open, path)
    play.counts["inputs"] += 1
    await _act(play, who, play.browsers[who].button, Browser.press)


async def uploads(play, who):
    """Open the page of an appeal, and send a letter with it."""
    await _act(play, who, "opens the page for letters", Browser.open, APPEAL)
    play.counts["inputs"] += 1
    await _act(play, who, "sends surat.pdf", Browser.upload, LETTER)


async def says(play, who, said):
    """Answer what the page asks, or press the button that says this."""
    await _act(play, who, play.browsers[who].words_of(said), Browser.answer, said)


async def _act(play, who, words, act, *given):
    if who not in play.browsers:
        play.browsers[who] = Browser(Site(play.world))
    browser, standing = play.browsers[who], play.standing(who)
    standing.door = "web"
    play.note(who, words)
    await act(browser, *given)
    page = Words("page", shown(browser.html))
    play.hears(standing, await browser.reply() or NOTHING, page)
