"""Consent as proof: the words that a person was shown when they agreed (UU PDP, 22 and 24).

A form remembers them by a mark of four letters, which is all that it has room for. A mark that
this release does not know is kept as it is: another one showed other words.
"""

from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Final, NamedTuple

from core.campaign import Campaign
from core.messages import Channel, Prompt, Reply
from core.registration.intent import Consent
from core.roster.invitation_words import ANSWERED
from core.wording.catalog import Wording
from core.wording.data import Style

SHOWN: Final = "c"  # among the answers of a form: the mark; short, as every session holds it
ASKED, LETTER, LIST = "ask_consent", "letter_policy", "list_policy"
SHOWN_AS: Final = {ASKED: "page_consent"}  # on a page, which has room for all of it
DIGEST_BYTES: Final = 16
MARK_BYTES: Final = 3

# What asks for consent, each as it is shown; what a person answered in it is left out.
_PROMPTS: Final = (
    Prompt(ASKED, choices=("agree", "disagree")),
    Prompt("confirm_consent", choices=("yes", "change")),
    Prompt("confirm_consent_phone", choices=("yes", "change")),
    Prompt(LETTER),
    Prompt(LIST),
    *(Prompt(key) for key in ANSWERED),  # invitations that a yes answers
)
_SHORT: Final = frozenset({Channel.USSD, Channel.SMS})


class Consents(NamedTuple):
    """All consents that can be asked for: by prompt, channel and language; and by mark."""

    shown: Mapping[tuple[str, Channel, str], Consent] = {}
    marks: Mapping[str, Consent] = {}

    def recall(self, mark: str) -> Consent:
        """Return the consent with the mark."""
        return self.marks.get(mark) or Consent(digest=mark)


def known_consents(campaign: Campaign, wording: Wording) -> Consents:
    """Return the consents that this release asks for, in the words of this campaign."""
    shown = dict(_all(campaign.consent_version, wording))
    return Consents(shown, {mark(consent): consent for consent in shown.values()})


def mark(consent: Consent) -> str:
    """Return the mark of the consent; of none, an empty one."""
    return _hash(consent.model_dump_json(), MARK_BYTES) if consent.digest else ""


def _all(version: str, wording: Wording) -> Iterator[tuple[tuple[str, Channel, str], Consent]]:
    for prompt in _PROMPTS:
        for channel in Channel:
            style: Style = "short" if channel in _SHORT else "long"
            for language in wording.languages:
                words = wording.text(Reply((_shown(prompt, channel),), language), style)
                digest = blake2b(words.encode(), digest_size=DIGEST_BYTES).hexdigest()
                yield (
                    (prompt.key, channel, language),
                    Consent(version=version, channel=channel, language=language, digest=digest),
                )


def _shown(prompt: Prompt, channel: Channel) -> Prompt:
    on_page = channel is Channel.WEB and prompt.key in SHOWN_AS
    return Prompt(SHOWN_AS[prompt.key]) if on_page else prompt


def _hash(text: str, size: int) -> str:
    return urlsafe_b64encode(blake2b(text.encode(), digest_size=size).digest()).decode()
