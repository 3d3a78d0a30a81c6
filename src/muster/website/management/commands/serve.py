"""`muster serve`: the production server on this database, with the clockwork beside it."""

import multiprocessing
from typing import Any

from django.core.management.base import CommandParser
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from muster.foundation import clockwork
from muster.foundation.command import MusterCommand
from muster.website.collected import collect


class Command(MusterCommand):
    """One process answers, this one waits for it and ticks."""

    help = "Serve the pages and the API, and do what is to be done by itself."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (%(default)s)")

    def run(self, **options: Any) -> None:
        """Serves until SIGTERM or SIGINT; requests under way are finished first."""
        host: str = options["host"]
        port: int = options["port"]
        collect()
        # A fresh process, never a fork: it shares no connection with this one and reads the new manifest.
        multiprocessing.set_start_method("spawn", force=True)
        server = Granian(
            "muster.website.worker:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            websockets=False,
            # One worker with four threads beat two workers here: SQLite has one writer in any case.
            workers=1,
            blocking_threads=4,
            respawn_failed_workers=True,
            workers_kill_timeout=10,  # seconds
            log_level=LogLevels.warning,
        )
        ticking = clockwork.run_in_thread()
        shown = f"[{host}]" if ":" in host else host
        print(f"Muster answers on http://{shown}:{port}/ (Ctrl-C stops it)", flush=True)
        try:
            server.serve()
        finally:
            ticking.set()
