"""Read the tables of USSD gateways, a TOML file that `SATUPINTU_USSD_GATEWAYS` names."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from channels.ussd.gateway_table import GATEWAYS_MAX, NAME, GatewayTable
from gateway.settings.settings import WIRES, variable

GATEWAYS_BYTES_MAX: Final = 200_000


def read_gateways(path: Path) -> tuple[Mapping[str, GatewayTable], list[str]]:
    """Return the tables by the gateway's name, and every fault as a sentence."""
    tables, faults = dict[str, GatewayTable](), list[str]()
    try:
        content = _load(path)
    except FileNotFoundError:
        content, faults = {}, ["no such file; docs/channels/ussd.md shows how to write one"]
    except OSError as error:
        content, faults = {}, [f"cannot be read: {error.strerror}"]
    except ValueError as error:
        content, faults = {}, [str(error)]
    for gateway, table in content.items():
        found, more = _read_table(gateway, table)
        faults += more
        if found is not None:
            tables[gateway] = found
    return tables, [f"{variable('ussd_gateways')} ({path}): {fault}" for fault in faults]


def _read_table(gateway: str, table: object) -> tuple[GatewayTable | None, list[str]]:
    if not re.fullmatch(NAME, gateway):
        why = "is part of a URL: it begins with a small letter; more of them, digits, - and _"
        return None, [f"the name {gateway[:40]!r} {why}"]
    if gateway in WIRES:
        return None, [f"{gateway} is served by code of its own; choose another name"]
    try:
        return GatewayTable.model_validate(table), []
    except ValidationError as error:
        return None, [_sentence(gateway, detail) for detail in error.errors()]


def _load(path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        raw = file.read(GATEWAYS_BYTES_MAX + 1)
    if len(raw) > GATEWAYS_BYTES_MAX:
        raise ValueError(f"is larger than {GATEWAYS_BYTES_MAX} bytes")
    try:
        content = tomllib.loads(raw.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"is not TOML: {error}") from None
    if len(content) > GATEWAYS_MAX:
        raise ValueError(f"has more than {GATEWAYS_MAX} gateways")
    return content


def _sentence(gateway: str, detail: ErrorDetails) -> str:
    place = ".".join(str(part) for part in (gateway, *detail["loc"]))
    return f"{place}: {detail['msg'].removeprefix('Value error, ')}"
