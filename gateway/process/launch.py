"""`satupintu serve`: sets limits, starts the embedded Valkey, then imports and runs the rest."""

import gc
import os
import resource
import secrets
from contextlib import ExitStack

from pydantic import SecretStr

from gateway.process.embedded_valkey import EmbeddedValkey
from gateway.process.signals import exit_if_signalled, exit_on_signals, ignore_signals
from gateway.runtime.logs import log
from gateway.settings.configuration import Configuration
from gateway.settings.data_dir import make_data_dir, mark_data_dir
from gateway.settings.secret import read_secret
from gateway.settings.settings import variable

FILES_WANTED = 65_536


def run(configuration: Configuration) -> int:
    """Run the gateway until a signal stops it; return the exit status."""
    exit_on_signals()  # until the loop takes over
    with ExitStack() as stack:
        keep_private()
        settings = configuration.settings
        made_up = not settings.operator_token
        if made_up:
            token = SecretStr(secrets.token_urlsafe(24))
            settings = settings.model_copy(update={"operator_token": token})
        make_data_dir(settings.data_dir)
        mark_data_dir(settings)
        read_secret(settings)
        raise_file_limit()
        if settings.production and settings.now is not None:
            log.warning(f"{variable('now')} is for dev and is not honoured")
        valkey = None
        if settings.embedded_redis:
            memory_mb = settings.valkey_memory_mb
            valkey = EmbeddedValkey(
                settings.data_dir, binary=settings.valkey_bin, memory_mb=memory_mb
            )
            stack.push(valkey)  # a signal may come before `enter_context` has pushed it
            url = SecretStr(stack.enter_context(valkey))
            settings = settings.model_copy(update={"redis_url": url})
        stack.callback(ignore_signals)  # runs first: nothing may interrupt the stop of Valkey
        from gateway.process.supervisor import supervise  # noqa: PLC0415 Valkey starts meanwhile

        gc.freeze()  # hardly anything that imports allocate is garbage
        if valkey is not None:
            valkey.await_answer()
        exit_if_signalled()
        ready = Configuration(settings, configuration.campaign)
        return supervise(ready, made_up=made_up)


def keep_private() -> None:
    """Deny other users the files of this process and its children; write no core dumps."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def raise_file_limit() -> None:
    """Allow `FILES_WANTED` open files, or as many as the machine permits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
