"""What `muster serve` loads in the process that answers."""

import ctypes
import signal
import sys

from muster.foundation.collector import spare_the_collector
from muster.website.wsgi import application as application

PR_SET_PDEATHSIG = 1  # from linux/prctl.h


def end_with_parent() -> None:
    """Ends this process when the one that started it is killed; else it would keep the port for ever."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


end_with_parent()
spare_the_collector()
