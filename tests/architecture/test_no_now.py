"""Every time comes from the clock, so that a drill and a test can set it."""

import re

from tests.architecture.rooms import SOURCE, line_of, shown, sources

NOW = re.compile(
    r"\bdatetime\.(now|utcnow|today)\(|\bdate\.today\(|\btimezone\.now\b|\btime\.(time|time_ns|localtime|gmtime)\("
    r"|\btimezone\.local(time|date)\(\)|\bauto_now(_add)?\s*=|\bimport Now\b|\bdjango\.utils\.timezone import .*\bnow\b"
    r"|\bCURRENT_TIMESTAMP\b|\bclock_timestamp\(|\bnow\(\)\s+AT\b|datetime\('now'"
)
# Log lines carry the machine's own time, which structlog takes.
CLOCK = SOURCE / "foundation" / "clock.py"


def test_only_the_clock_asks_for_the_time() -> None:
    found = []
    for path in sources(".py", ".sql"):
        if path != CLOCK:
            text = path.read_text(encoding="utf-8")
            found += [f"{shown(path, line_of(text, hit.start()))} {hit.group()}" for hit in NOW.finditer(text)]
    assert not found, found
