"""`satupintu doctor`: tries everything that a start needs, and reports what is wrong."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import typer

from core.wording.catalog import load_wording
from core.wording.templates import Templates
from gateway.commands.doctor_stores import look_at_stores
from gateway.http.problems import NO_STORE
from gateway.runtime.finding import Finding, note, tried
from gateway.settings.configuration import Configuration
from gateway.settings.settings import ENV_FILE, Settings
from gateway.wiring.findings.settings import look_at_settings

RESPONSE_SECONDS = 3.0
ALIVE = b'{"status":"ok"}'


def examine(configuration: Configuration) -> int:
    """Print the findings; return 1 if any keeps the gateway from starting."""
    findings = list(_findings(configuration))
    for finding in findings:
        typer.echo(finding.line)
    return int(any(finding.fault and finding.fatal for finding in findings))


def _findings(configuration: Configuration) -> Iterator[Finding]:
    settings = configuration.settings
    yield Finding(f"settings and campaign {configuration.campaign.id}")
    campaign = configuration.campaign
    yield tried("word catalogs", lambda: load_wording(None, campaign))
    yield tried("WhatsApp templates", lambda: Templates(campaign, load_wording(None, campaign)))
    yield from _env_file(Path(ENV_FILE))
    yield _data_dir(settings.data_dir)
    yield from _ports(settings)
    yield from look_at_stores(configuration)
    yield from look_at_settings(configuration)


def _env_file(path: Path) -> Iterator[Finding]:
    if path.exists() and path.stat().st_mode & 0o077:
        yield note(str(path), f"others may read it, and the secrets in it: chmod 600 {path}")


def _data_dir(path: Path) -> Finding:
    part = f"data directory {path}"
    place = path if path.exists() else path.absolute().parent
    if not os.access(place, os.W_OK | os.X_OK):
        return Finding(part, "cannot be written; give it to the user that runs the gateway")
    if path.exists() and path.stat().st_mode & 0o077:
        return note(part, "others may read it; `serve` will close it to them")
    return Finding(part)


def _ports(settings: Settings) -> Iterator[Finding]:
    """Try to bind both ports. A gateway that answers on HTTP has the SMTP port as well."""
    ports = {"HTTP port": settings.http_port, "SMTP port": settings.smtp_port}
    if settings.console_port is not None:
        ports["console port"] = settings.console_port
    tries = {f"{part} {port}": _bind(settings.host, port) for part, port in ports.items()}
    runs = any(tries.values()) and _is_gateway(settings.host, settings.http_port)
    for part, error in tries.items():
        if error is not None and runs and error.errno == errno.EADDRINUSE:
            yield Finding(f"{part} (a gateway is running)")
        else:
            yield Finding(part, _describe(error) if error else "")


def _bind(host: str, port: int) -> OSError | None:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        return error
    return None


def _describe(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "in use, and not by a gateway; stop what uses it, or choose another port"
    return error.strerror or "cannot be used"


def _is_gateway(host: str, port: int) -> bool:
    try:
        with closing(HTTPConnection(host, port, timeout=RESPONSE_SECONDS)) as connection:
            connection.request("GET", "/health/live")
            response = connection.getresponse()
            ours = NO_STORE.items() <= dict(response.getheaders()).items()
            return ours and response.read(len(ALIVE) + 1) == ALIVE
    except (OSError, HTTPException):
        return False
