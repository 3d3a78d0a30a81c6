"""What `muster serve` loads in the process that answers."""

import ctypes
import gc
import signal
import sys

from muster.website.wsgi import application as application

PR_SET_PDEATHSIG = 1  # from linux/prctl.h


def end_with_parent() -> None:
    """Ends this process when the one that started it is killed; else it would keep the port for ever."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def spare_the_collector() -> None:
    """What was loaded at the start stays for ever: looking through it took the 95th of 100 boards from 73 to 118 ms."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


end_with_parent()
spare_the_collector()
