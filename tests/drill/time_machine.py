"""The time machine, as a script on a database of its own (MUSTER_DATABASE_URL, MUSTER_KEYS).

python -m tests.drill.time_machine note FILE   plays the big scenario, stops at 20 moments, notes what is known
python -m tests.drill.time_machine ask FILE    asks all of it again, as of those moments; exits 1 where it differs
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

SCENARIO = "jinyuan-2020"
FIRST = datetime.fromisoformat("2020-01-29T09:40")
STOPS = 20
"""Moments between the order and the last answers; uneven steps, so that days, nights and both versions are met."""


def moments() -> list[str]:
    """The local moments at which the play is stopped."""
    return [(FIRST + timedelta(hours=9.7 * n)).strftime("%Y-%m-%dT%H:%M:%S") for n in range(STOPS)]


def known(as_of: str | None) -> dict[str, Any]:
    """Every coverage figure of the district and its first level, and the ids of all names, as of a moment."""
    from muster.briefing.figures import all_figures, answer_all, ask, question, unit_code
    from muster.foundation.rights import house
    from muster.organisation.models import Unit
    from muster.roll import coverage

    actor = house("test")
    asked = ask(actor, as_of=as_of)
    figures = [f for f in all_figures(asked) if f.is_coverage]
    found: dict[str, Any] = {"as_of": asked.as_of.isoformat(), "figures": {}, "names": {}}
    for unit in [asked.unit, *Unit.objects.filter(parent=asked.unit)]:
        here = question(asked.incident, actor, unit_code(unit), asked.as_of)
        for answer in answer_all(figures, here):
            found["figures"][f"{answer.figure.key} {unit.label}"] = {
                k: v for k, v in answer.as_json().items() if k != "rows"
            }
    for answer in answer_all(figures, asked):
        if answer.roll is not None:
            for state in ("outstanding", "answered", "excused"):
                names = coverage.names(answer.roll, asked.as_of, state=state)
                found["names"][f"{answer.figure.key} {state}"] = [str(n.subject_id) for n in names]
    return found


def note(file: Path) -> None:
    """Play, stop, note; then play to the end."""
    from django.core.management import call_command

    noted = []
    for moment in moments():
        call_command("drill", "play", SCENARIO, "--until", moment)
        noted.append(known(None))
    call_command("drill", "play", SCENARIO)
    file.write_text(json.dumps(noted, ensure_ascii=False))


def ask_again(file: Path) -> list[str]:
    """What differs now from what was noted."""
    different = []
    for before in json.loads(file.read_text()):
        after = json.loads(json.dumps(known(before["as_of"]), ensure_ascii=False))
        for part in ("figures", "names"):
            keys = {*before[part], *after[part]}
            different += [f"{before['as_of']} {k}" for k in sorted(keys) if before[part].get(k) != after[part].get(k)]
    return different


def main() -> int:
    """Returns 0 when all is as it was."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "muster.website.settings")
    django.setup()
    verb, file = sys.argv[1], Path(sys.argv[2])
    if verb == "note":
        note(file)
        return 0
    different = ask_again(file)
    print("\n".join(different[:20]))
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
