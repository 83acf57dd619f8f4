"""Write docs/configuration.md from the settings: `python -m tests.docs.configuration`."""

import re

from gateway.report import _shown
from gateway.settings import WIRES, Settings, variable

HEAD = """\
# Configuration

<!-- Written by `python -m tests.docs.configuration` from gateway/settings.py; a test compares. -->

Settings are environment variables, or lines of a file `.env` where the gateway is started; the environment wins. A
variable set to nothing counts as not set. All faults are told at once, and nothing starts with one; a misspelt name is a
fault too. `satupintu config` lists all of this with the values in force (secrets masked), and `satupintu doctor` tries
ports, stores, campaign and secrets.

What a campaign is (names, numbers, languages, professions, limits) stands in `campaign.toml`, not here.

"""
TAIL = f"""
## What goes together

- A secret that is set is enforced, in dev too. In dev a wire without its secret is open; that is what makes the story in
  the README work without an account.
- `SATUPINTU_MODE=production` needs `SATUPINTU_OPERATOR_TOKEN`, and the secret of each wire in `SATUPINTU_WIRES`
  ({", ".join(f"`{wire}`" for wire in WIRES)}): `SATUPINTU_WEBHOOK_KEY` for africastalking, kannel and jasmin;
  `SATUPINTU_TWILIO_AUTH_TOKEN` for twilio; `SATUPINTU_META_APP_SECRET` and `SATUPINTU_META_VERIFY_TOKEN` for meta. It
  also needs `SATUPINTU_REDIS_URL` and `SATUPINTU_DATABASE_URL`, unless `SATUPINTU_ALLOW_EMBEDDED=1`.
- To send: Twilio needs account, token and a `_FROM`; Meta an access token and the id of the number; Africa's Talking
  user and key; email a relay (`smtp://user:pass@host:587?starttls=1`, or `smtps://`). Of two accounts that can carry
  one channel, an answer goes by the one that the message came by, anything else by the first in the order Twilio, Meta,
  Africa's Talking.
- **A channel with no account to send by keeps its messages here**: they are marked `sent` by the provider `dev`, and
  nobody gets them. In production, see that the outbox holds no `dev`.
- `SATUPINTU_REGISTRY_URL` and `SATUPINTU_REGISTRY_TOKEN` are reserved; nothing asks the registry yet.

Variables that only the tests read are in [testing.md](testing.md).
"""


def written():
    """The whole page."""
    rows = ["| variable | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = _shown(field.get_default())
        kept = "–" if default == "-" else f"`{default}`"
        says = re.sub(
            r"((?:rediss?(?:\+cluster)?|postgresql|smtp)://\S*[^\s,;.])",
            r"`\1`",
            field.description,
        )
        rows.append(f"| `{variable(name)}` | {kept} | {says}{_secret(field.annotation)} |")
    return HEAD + "\n".join(rows) + "\n" + TAIL


def _secret(annotation):
    return " (secret)" if "SecretStr" in str(annotation) else ""


if __name__ == "__main__":
    print(written(), end="")
