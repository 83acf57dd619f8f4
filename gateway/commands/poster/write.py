"""`satupintu poster`: writes the poster in the format of the file's suffix."""

from pathlib import Path

import typer

from core.campaign import Campaign
from core.wording.catalog import load_wording
from gateway.commands.poster.drawing import draw
from gateway.commands.poster.layout import Element, lay_out
from gateway.commands.poster.picture import paint

FORMATS = (".svg", ".png", ".pdf")


def write_poster(campaign: Campaign, out: Path, language: str | None) -> None:
    """Write the poster, over an old one; raise `typer.BadParameter` if it cannot be."""
    wording = load_wording(None, campaign)
    language = language or campaign.language
    if language not in wording.languages:
        raise typer.BadParameter(f"--language: one of {', '.join(wording.languages)}")
    if out.suffix.lower() not in FORMATS:
        raise typer.BadParameter(f"--out: its name should end in one of {', '.join(FORMATS)}")
    written = _render(lay_out(campaign, wording, language), out.suffix.lower())
    try:
        out.write_bytes(written)
    except OSError as error:
        raise typer.BadParameter(f"--out: cannot be written: {error.strerror}") from None


def _render(elements: tuple[Element, ...], suffix: str) -> bytes:
    match suffix:
        case ".svg":
            return draw(elements).encode()
        case ".png":
            return paint(elements, "PNG")
        case _:
            return paint(elements, "PDF")
