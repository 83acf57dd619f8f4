"""`satupintu whatsapp`: what an official files with WhatsApp, in the words of the catalogs."""

from collections.abc import Iterable
from textwrap import indent

import msgspec
import typer

from core.campaign import Campaign
from core.wording.catalog import load_wording
from core.wording.templates import FiledTemplate, Templates


def print_templates(campaign: Campaign, *, as_json: bool) -> None:
    """Print each template in each language: to read, or as Meta's API takes it, one a line."""
    filed = Templates(campaign, load_wording(None, campaign)).filed()
    for line in _as_json(filed) if as_json else _to_read(filed):
        typer.echo(line)


def _to_read(filed: Iterable[FiledTemplate]) -> Iterable[str]:
    for one in filed:
        yield f"{one.name} · {one.code} · {one.category.lower()}"
        yield indent(one.text, "    ")
        for number, example in enumerate(one.examples, 1):
            yield f"    {{{{{number}}}}} {example}"
        yield ""


def _as_json(filed: Iterable[FiledTemplate]) -> Iterable[str]:
    for one in filed:
        example = {"example": {"body_text": [one.examples]}} if one.examples else {}
        template = {
            "name": one.name,
            "language": one.code,
            "category": one.category,
            "components": [{"type": "BODY", "text": one.text, **example}],
        }
        yield msgspec.json.encode(template).decode()
