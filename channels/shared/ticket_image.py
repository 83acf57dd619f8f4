"""Draw an appointment's ticket as a QR code, and name the URLs of picture and page."""

from io import BytesIO
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from core.outbox.ticket import Ticket

if TYPE_CHECKING:
    from segno import QRCode

PIXELS_PER_MODULE = 12  # some 400 pixels a side: sharp on a phone
BORDER_MODULES = 4  # the quiet zone (ISO/IEC 18004)
ERROR_LEVEL: Final = "m"  # readable with 15 % hidden, by a thumb or a scratch
TEXT_CHARACTERS_MAX = 120  # of our codes; longer ones are not ours
PNG_BYTES_MAX = 4_096
MAP: Final = "https://www.openstreetmap.org/"
PATH: Final = "/tickets/"  # then the number, a dash, the check code and `.png`


def draw_qr_code(text: str) -> bytes:
    """Return the QR code as PNG; raise `ValueError` past `TEXT_CHARACTERS_MAX`."""
    image = BytesIO()
    _qr_code(text).save(image, kind="png", scale=PIXELS_PER_MODULE, border=BORDER_MODULES)
    return image.getvalue()


def map_url(ticket: Ticket) -> str:
    """Return the URL of a map of the place, "" where its coordinates are unknown."""
    if ticket.latitude is None or ticket.longitude is None:
        return ""
    latitude, longitude = f"{ticket.latitude:.6f}", f"{ticket.longitude:.6f}"
    return f"{MAP}?mlat={latitude}&mlon={longitude}#map=17/{latitude}/{longitude}"


def search_url(place: str) -> str:
    """Return the URL of a search on that map, by a place's name and town."""
    return f"{MAP}search?query={quote(place, safe='')}"


def draw_qr_svg(text: str) -> str:
    """Return the QR code as an SVG element without a size; ValueError as above."""
    drawn: str = _qr_code(text).svg_inline(border=BORDER_MODULES, omitsize=True)
    return drawn


def _qr_code(text: str) -> "QRCode":
    if len(text) > TEXT_CHARACTERS_MAX:
        raise ValueError("the ticket says more than a code may hold")
    import segno  # noqa: PLC0415 a start without tickets is quicker

    return segno.make_qr(text, error=ERROR_LEVEL, boost_error=False)


def picture_url(ticket: Ticket | None, public_url: str) -> str | None:
    """Return the URL of the picture for providers; None if there is no ticket to show."""
    if not public_url or ticket is None or ticket.kind == "cancelled":
        return None
    name = quote(f"{ticket.number}-{ticket.code}.png", safe="")
    return f"{public_url.rstrip('/')}{PATH}{name}"
