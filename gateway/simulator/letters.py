"""Hand a letter to our own SMTP port, as any mail server would."""

from email import message_from_bytes, policy
from email.utils import getaddresses, parseaddr
from typing import Any, Final

import aiosmtplib

from gateway.http.problems import ProblemError
from gateway.mail.connection import LETTER_BYTES_MAX
from gateway.settings.settings import Settings

BYTES_MAX: Final = LETTER_BYTES_MAX + 65_536  # one that is too large should reach the port
ANSWER_SECONDS: Final = 30.0
UNREADABLE: Final = 422


async def post_letter(raw: bytes, settings: Settings) -> dict[str, Any]:
    """Send it; return the code and the words with which our port answered.

    The envelope is what the head says: From, and everybody in To and Cc.
    """
    head = message_from_bytes(raw, policy=policy.compat32)
    sender = parseaddr(head.get("From", ""))[1]
    to = [address for _, address in getaddresses(head.get_all("To", []) + head.get_all("Cc", []))]
    if not sender or not any(to):
        raise ProblemError(UNREADABLE, "a letter should say From and To")
    client = aiosmtplib.SMTP(
        hostname=settings.host,
        port=settings.smtp_port,
        start_tls=False,
        timeout=ANSWER_SECONDS,
    )
    try:
        async with client:
            await client.ehlo()
            await client.mail(sender)
            for address in filter(None, to):
                await client.rcpt(address)
            answer = await client.data(raw)
    except aiosmtplib.SMTPRecipientsRefused as error:
        first = error.recipients[0]
        return {"code": first.code, "answer": first.message}
    except aiosmtplib.SMTPResponseException as error:
        return {"code": error.code, "answer": error.message}
    except (aiosmtplib.SMTPException, OSError):
        raise ProblemError(503, "our own mail port does not answer") from None
    return {"code": answer.code, "answer": answer.message}
