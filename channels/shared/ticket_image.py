"""Draw an appointment's ticket as a QR code, and name the URL of the picture."""

from io import BytesIO
from typing import Final
from urllib.parse import quote

from core.outbox.ticket import Ticket

PIXELS_PER_MODULE = 12  # some 400 pixels a side: sharp on a phone
BORDER_MODULES = 4  # the quiet zone (ISO/IEC 18004)
ERROR_LEVEL: Final = "m"  # readable with 15 % hidden, by a thumb or a scratch
TEXT_CHARACTERS_MAX = 120  # of our codes; longer ones are not ours
PNG_BYTES_MAX = 4_096
PATH: Final = "/tickets/"  # then the number, a dash, the check code and `.png`


def draw_qr_code(text: str) -> bytes:
    """Return the QR code as PNG; raise `ValueError` past `TEXT_CHARACTERS_MAX`."""
    if len(text) > TEXT_CHARACTERS_MAX:
        raise ValueError("the ticket says more than a code may hold")
    import segno  # noqa: PLC0415 a start without tickets is quicker

    code = segno.make_qr(text, error=ERROR_LEVEL, boost_error=False)
    image = BytesIO()
    code.save(image, kind="png", scale=PIXELS_PER_MODULE, border=BORDER_MODULES)
    return image.getvalue()


def picture_url(ticket: Ticket | None, public_url: str) -> str | None:
    """Return the URL of the picture for providers; None if there is no ticket to show."""
    if not public_url or ticket is None or ticket.kind == "cancelled":
        return None
    name = quote(f"{ticket.number}-{ticket.code}.png", safe="")
    return f"{public_url.rstrip('/')}{PATH}{name}"
