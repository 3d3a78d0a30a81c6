"""The clockwork: what is to be done by itself, each tick. `muster serve` runs it, `muster tick` is as good.

One ticker at a time, by a lease. Nothing depends on it for its truth: what is overdue is computed on reading.
"""

from __future__ import annotations

import os
import socket
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.db import close_old_connections, transaction

from muster.foundation import clock, jobs
from muster.foundation.ids import new_id
from muster.foundation.models import Lease
from muster.foundation.registry import CHORES

TICK_SECONDS = 20
LEASE_SECONDS = 90
NAME = "clockwork"
TICK_OLD = timedelta(minutes=3)

log = structlog.get_logger()


def boot_id() -> str:
    """This boot of this machine: monotonic times are comparable only within it."""
    file = Path("/proc/sys/kernel/random/boot_id")
    return file.read_text().strip() if file.exists() else socket.gethostname()


def machine() -> str:
    """This machine, by its name, cut so that a holder's column takes it."""
    return socket.gethostname()[:32]


def last_tick() -> datetime | None:
    """When the clockwork last did its chores; None when never. One query."""
    return Lease.objects.filter(name=NAME).values_list("ticked_at", flat=True).first()


def tick_is_old(ticked_at: datetime | None) -> bool:
    """Whether the clockwork has been silent for more than three minutes."""
    return ticked_at is None or clock.now() - ticked_at > TICK_OLD


@dataclass(frozen=True)
class Ticker:
    """One candidate for the clockwork. It remembers nothing: a fresh `muster tick` knows as much as one that waits."""

    holder: str

    def may_take(self, lease: Lease) -> bool:
        """Whether the lease is free: ours, lapsed here, of an earlier boot, or silent for long on another machine."""
        if lease.holder in ("", self.holder):
            return True
        if lease.boot == boot_id():
            return clock.monotonic() > lease.until_monotonic
        if lease.holder.startswith(f"{machine()}:"):
            # Whoever held it before this machine started anew is gone.
            return True
        now = clock.monotonic()
        seen_at: float = lease.seen.get(boot_id(), now)
        return now - seen_at > LEASE_SECONDS

    @transaction.atomic
    def take(self) -> bool:
        """Take or renew the lease."""
        Lease.objects.get_or_create(name=NAME)
        lease = Lease.objects.select_for_update().get(name=NAME)
        if not self.may_take(lease):
            # Its holder empties `seen` at each renewal, so what stands there saw this one beat only.
            lease.seen.setdefault(boot_id(), clock.monotonic())
            lease.save(update_fields=["seen"])
            return False
        lease.holder, lease.boot = self.holder, boot_id()
        lease.until_monotonic = clock.monotonic() + LEASE_SECONDS
        lease.seen = {}
        lease.save()
        return True

    def tick(self) -> dict[str, int] | None:
        """Do every chore once; None when somebody else holds the lease."""
        clock.forget_offset()
        if not self.take():
            return None
        done, failed = _chores()
        done["jobs"] = jobs.work(seconds_max=TICK_SECONDS)
        Lease.objects.filter(name=NAME, holder=self.holder).update(ticked_at=clock.now())
        if failed is not None:
            raise failed
        return done

    def release(self) -> None:
        """Give the lease back, so that the next one need not wait."""
        Lease.objects.filter(name=NAME, holder=self.holder).update(holder="")


def _chores() -> tuple[dict[str, int], Exception | None]:
    """Every chore once, and the first failure: one that fails keeps none of the others from being done."""
    done: dict[str, int] = {}
    failed: Exception | None = None
    for name, chore in CHORES.items():
        try:
            done[name] = chore()
        except Exception as error:  # told at the end, when all the others are done
            log.error("clockwork.chore_failed", chore=name, error=type(error).__name__)
            failed = failed or error
    return done, failed


def ticker() -> Ticker:
    """A candidate with a name of its own."""
    return Ticker(holder=f"{machine()}:{os.getpid()}:{new_id().hex[-8:]}")


def run_in_thread() -> threading.Event:
    """Tick now and every 20 s in a thread of this process; set the returned event to stop."""
    stop = threading.Event()

    def loop() -> None:
        mine = ticker()
        while not stop.is_set():
            try:
                mine.tick()
            except Exception as error:  # the clockwork outlives any one failure, and says so
                log.error("clockwork.tick_failed", error=type(error).__name__)
            finally:
                close_old_connections()
            stop.wait(TICK_SECONDS)
        mine.release()

    threading.Thread(target=loop, name="clockwork", daemon=True).start()
    return stop
