"""The ticket of an appointment as a wire can carry it: a QR picture, or the address of one."""

from io import BytesIO
from typing import Final
from urllib.parse import quote

from core.outbox.ticket import Ticket

PIXELS_PER_MODULE = 12  # some 400 pixels a side: a phone shows it without blurring its edges
BORDER_MODULES = 4  # the quiet zone that readers want (ISO/IEC 18004)
ERROR_LEVEL: Final = "m"  # reads with 15 % of it hidden, by a thumb or a scratched screen
TEXT_CHARACTERS_MAX = 120  # of a code of ours; more is nothing that we made
PNG_BYTES_MAX = 4_096
PATH: Final = "/tickets/"  # then the number, a dash, the check code and `.png`


def draw_qr_code(text: str) -> bytes:
    """Return the QR code of a ticket's text as PNG; ValueError where it is no text of ours."""
    if len(text) > TEXT_CHARACTERS_MAX:
        raise ValueError("the ticket says more than a code may hold")
    import segno  # noqa: PLC0415 a start without tickets is quicker

    code = segno.make_qr(text, error=ERROR_LEVEL, boost_error=False)
    image = BytesIO()
    code.save(image, kind="png", scale=PIXELS_PER_MODULE, border=BORDER_MODULES)
    return image.getvalue()


def picture_url(ticket: Ticket | None, public_url: str) -> str | None:
    """Return where a provider fetches the picture; None where there is none to fetch."""
    if not public_url or ticket is None or ticket.kind == "cancelled":
        return None
    name = quote(f"{ticket.number}-{ticket.code}.png", safe="")
    return f"{public_url.rstrip('/')}{PATH}{name}"
