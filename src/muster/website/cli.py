"""The command `muster`: its own verbs in front, Django's commands behind."""

import difflib
import os
import sys
from collections.abc import Sequence

import django
from django.core.management import execute_from_command_line, get_commands, load_command_class

from muster.website.database_url import WrongSetting

SETTINGS = "muster.website.settings"
HELP = {"help", "--help", "-h"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one verb and leaves with its exit code; 2 when there is no such verb, 1 when settings let none run."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        django.setup()  # before the first question for verbs: Django knows only its own until then
    except WrongSetting as error:
        sys.exit(_cannot_start(str(error), "Mend the setting and try again."))
    except OSError as error:
        sys.exit(_cannot_start(str(error), "Start it in a folder that may be written to."))
    if not given or (given[0] in HELP and len(given) == 1):
        print(overview())
        return
    verb = given[0]
    if verb not in HELP and verb != "--version" and verb not in get_commands():
        sys.exit(_unknown(verb))
    execute_from_command_line(["muster", *given])


def own_verbs() -> dict[str, str]:
    """Muster's own verbs, each with the app that it lives in."""
    return {verb: app for verb, app in sorted(get_commands().items()) if app.startswith("muster.")}


def overview() -> str:
    """What `muster --help` prints: a line a verb."""
    verbs = own_verbs()
    width = max(map(len, verbs), default=0)
    lines = [f"  {verb:<{width}}  {_first_line(app, verb)}".rstrip() for verb, app in verbs.items()]
    return "\n".join(
        [
            "usage: muster VERB [options]",
            "",
            *lines,
            "",
            "`muster VERB --help` says more. Django's own commands work too (`muster migrate`).",
        ]
    )


def _first_line(app: str, verb: str) -> str:
    text = str(load_command_class(app, verb).help).strip()
    return text.splitlines()[0] if text else ""


def _cannot_start(why: str, next_step: str) -> int:
    """Says on standard error why no verb can be run. Returns the exit code."""
    print(f"muster: {why}\n{next_step}", file=sys.stderr)
    return 1


def _unknown(verb: str) -> int:
    """Says on standard error what the writer may have meant. Returns the exit code."""
    near = difflib.get_close_matches(verb, own_verbs(), n=1) or difflib.get_close_matches(verb, get_commands(), n=1)
    hint = f"Did you mean `muster {near[0]}`?" if near else "`muster --help` lists the verbs."
    print(f"muster: there is no verb {verb!r}. {hint}", file=sys.stderr)
    return 2
