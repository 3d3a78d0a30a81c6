#!/usr/bin/env python3
"""Make the two scenarios of this folder, or check them: `make_jinyuan_2020.py [--check]`.

Kept for the record. people.csv of jinyuan-2020 was made once and is not made anew: the same seed
gives the same bytes, and `--check` says so as well as replaying the play by the rules of
scenarios/README.md. Standard library only; Muster never runs this.
"""

from __future__ import annotations

import sys
from pathlib import Path

from maker import check, flood, jinyuan

HERE = Path(__file__).resolve().parent


def main(arguments: list[str]) -> int:
    """Write both scenarios, or with `--check` report what does not hold; 1 where anything does not."""
    if arguments == ["--check"]:
        return check.check_all(HERE)
    if arguments:
        print(__doc__)
        return 2
    jinyuan.make(HERE / "jinyuan-2020")
    flood.make(HERE / "flood-small")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
