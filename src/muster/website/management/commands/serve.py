"""`muster serve`: the production server on this database, with the clockwork beside it."""

import multiprocessing
import socket
from typing import Any

from django.core.management.base import CommandParser
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from muster.foundation import checks, clockwork, keys
from muster.foundation.command import MusterCommand
from muster.foundation.errors import Refusal, invalid, text
from muster.foundation.models import Database
from muster.foundation.registry import require_no_obstacle
from muster.organisation import codes
from muster.website import first_run
from muster.website.collected import collect


class Command(MusterCommand):
    """One process answers, this one waits for it and ticks."""

    help = gettext_noop("Serve the pages and the API, and do what is to be done by itself.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help=gettext("address to listen on (%(default)s)"))
        parser.add_argument("--port", type=int, default=8000, help=gettext("port to listen on (%(default)s)"))

    def run(self, **options: Any) -> None:
        """Serves until SIGTERM or SIGINT; requests under way are finished first.

        Raises: Refusal when the database is not ready, or the address cannot be listened on.
        """
        host: str = options["host"]
        port: int = options["port"]
        _require_ready()
        _require_address(host, port)
        collect()
        # A fresh process, never a fork: it shares no connection with this one and reads the new manifest.
        multiprocessing.set_start_method("spawn", force=True)
        server = Granian(
            "muster.website.worker:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            websockets=False,
            # One worker beat two here: SQLite has one writer in any case. The threads are for those who send slowly:
            # each holds one until its form has come.
            workers=1,
            blocking_threads=64,
            respawn_failed_workers=True,
            workers_kill_timeout=10,  # seconds
            log_level=LogLevels.error,
        )
        ticking = clockwork.run_in_thread()
        shown = f"[{host}]" if ":" in host else host
        words = gettext("Muster answers on %(address)s (Ctrl-C stops it)")
        print(words % {"address": f"http://{shown}:{port}/"}, flush=True)
        if first_run.is_open():
            told = gettext("No district is set up yet: go to %(address)s with the set-up code %(code)s")
            address = f"http://{shown}:{port}{reverse('first_run')}"
            print(told % {"address": address, "code": codes.grouped(first_run.code())}, flush=True)
        try:
            server.serve()
        finally:
            ticking.set()


def _require_ready() -> None:
    """An empty or half-migrated database is served to nobody, nor one without the keys that it was used with."""
    if checks.migrations_are_applied() or not Database.objects.exists():
        raise Refusal("database.empty", text("This database is empty."), text("Run `muster init` first."))
    for purpose in keys.lost():
        raise keys.is_missing(purpose)
    require_no_obstacle()


def _require_address(host: str, port: int) -> None:
    """Another server on the same port would share its visitors with this one, silently."""
    if not 0 < port < 65536:
        raise invalid("port", text("A port is a number from 1 to 65535."), "serve.port")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise Refusal(
            "serve.address",
            text("Nothing can listen on %(host)s, port %(port)s: %(why)s."),
            text("Stop the other server, or choose another port with --port."),
            host=host,
            port=port,
            why=error.strerror or str(error),
        ) from error
