"""`satupintu poster`: writes the poster in the format of the file's suffix."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final

import typer

from core.campaign import Campaign
from core.wording.catalog import load_wording
from gateway.commands.poster.drawing import draw
from gateway.commands.poster.layout import Element, lay_out
from gateway.commands.poster.picture import paint

FORMATS: Final[dict[str, Callable[[Iterable[Element]], bytes]]] = {
    ".svg": lambda elements: draw(elements).encode(),
    ".png": partial(paint, kind="PNG"),
    ".pdf": partial(paint, kind="PDF"),
}


def write_poster(campaign: Campaign, out: Path, language: str | None) -> None:
    """Write the poster, over an old one; raise `typer.BadParameter` if it cannot be."""
    wording = load_wording(None, campaign)
    language = language or campaign.language
    if language not in wording.languages:
        raise typer.BadParameter(f"--language: one of {', '.join(wording.languages)}")
    render = FORMATS.get(out.suffix.lower())
    if render is None:
        raise typer.BadParameter(f"--out: its name should end in one of {', '.join(FORMATS)}")
    written = render(lay_out(campaign, wording, language))
    try:
        out.write_bytes(written)
    except OSError as error:
        raise typer.BadParameter(f"--out: cannot be written: {error.strerror}") from None
