"""The scenario of jinyuan-2020, played through the actions.

`muster drill play` in a process of its own, as whoever types `make demo` waits for it.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

from bench import ground
from bench.ground import Figure

ROOT = Path(__file__).resolve().parent.parent
SCENARIO = "jinyuan-2020"
SECONDS_MAX = 90
MEMORY_MB_MAX = 200
END = "2020-02-11T18:00"
ANSWERED = {"mobilisation.organisations_acknowledged": 412, "mobilisation.members_reported_in": 8126}
"""What stands at the end: a play that left something out is not measured."""


def main() -> None:
    """Print the figures."""
    began = time.perf_counter()
    play()
    taken = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    memory = used.ru_maxrss / 1000
    events = require_whole()
    ground.give_back(
        [
            Figure(
                f"playing {events:,} events, s", f"{taken:.1f}", target=f"≤ {SECONDS_MAX} s", ok=taken <= SECONDS_MAX
            ),
            Figure("of them processor time, s", f"{used.ru_utime + used.ru_stime:.1f}"),
            Figure("peak memory, MB", f"{memory:.0f}", target=f"< {MEMORY_MB_MAX} MB", ok=memory < MEMORY_MB_MAX),
        ]
    )


def play(*more: str) -> None:
    """Play the scenario into the database of this benchmark."""
    muster = Path(sys.executable).with_name("muster")
    subprocess.run([muster, "drill", "play", SCENARIO, *more], check=True, stdout=subprocess.DEVNULL)


def require_whole() -> int:
    """How many events the scenario has; refused when the report at its end is another."""
    ground.django()
    from muster.briefing.figures import all_figures, answer_all, ask
    from muster.drill import scenario
    from muster.foundation.rights import house

    asked = ask(house("bench"), as_of=END)
    values = {a.figure.key: a.value for a in answer_all(all_figures(asked), asked)}
    assert values.items() >= ANSWERED.items(), values
    return len(scenario.read(ROOT / "scenarios" / SCENARIO).events)


if __name__ == "__main__":
    main()
