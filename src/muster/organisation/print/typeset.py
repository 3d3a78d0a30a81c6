"""Typesets the cards whose data comes on standard input, and writes the PDF to standard output.

A process of its own: typst keeps what it has set for the next time, some 65 MB for 500 cards, which here goes with it;
and what it is given never stands on a command line.
"""

import sys
from pathlib import Path

import manimgx_fonts_cjk
import typst


def main() -> None:
    """Read, set, write."""
    made = typst.compile(
        str(Path(__file__).with_name("cards.typ")),
        font_paths=[str(Path(manimgx_fonts_cjk.__file__).parent)],
        ignore_system_fonts=True,
        sys_inputs={"data": sys.stdin.buffer.read().decode()},
    )
    sys.stdout.buffer.write(bytes(made))


if __name__ == "__main__":
    main()
