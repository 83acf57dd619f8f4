"""`satupintu whatsapp`: what an official files with WhatsApp, in the words of the catalogs."""

import json
from collections.abc import Iterable
from textwrap import indent

import msgspec
import typer

from channels.whatsapp.flow_json import make_flow
from core.campaign import Campaign
from core.wording.catalog import load_wording
from core.wording.templates import FiledTemplate, Templates


def print_templates(campaign: Campaign, *, as_json: bool) -> None:
    """Print each template in each language: to read, or as Meta's API takes it, one a line."""
    filed = Templates(campaign, load_wording(None, campaign)).filed()
    for line in _as_json(filed) if as_json else _to_read(filed):
        typer.echo(line)


def print_flow(campaign: Campaign, language: str | None) -> None:
    """Print the Flow in a language; raise `typer.BadParameter` if we do not speak it."""
    wording = load_wording(None, campaign)
    language = language or campaign.language
    if language not in wording.languages:
        raise typer.BadParameter(f"--language: one of {', '.join(wording.languages)}")
    typer.echo(json.dumps(make_flow(campaign, wording, language), ensure_ascii=False, indent=2))


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
