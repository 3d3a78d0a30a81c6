"""The command `muster`: its own verbs in front, Django's commands behind.

It speaks as the shell does (LC_ALL, LC_MESSAGES or LANG): English for `en`, Traditional Chinese for `zh_TW`, `zh_HK`,
`zh_MO` and `zh_Hant`, else Simplified; what a verb does on a district's database is told in the district's language.
"""

import argparse
import difflib
import gettext as catalogues
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import django
from django.core.management import execute_from_command_line, get_commands, load_command_class
from django.utils import translation
from django.utils.translation import gettext, gettext_noop

from muster.website.database_url import WrongSetting

SETTINGS = "muster.website.settings"
HELP = {"help", "--help", "-h"}
LOCALE = Path(__file__).parent / "locale"
TRADITIONAL = ("zh_tw", "zh_hk", "zh_mo", "zh_hant")


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one verb and leaves with its exit code; 2 when there is no such verb, 1 when settings let none run."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        django.setup()  # before the first question for verbs: Django knows only its own until then
    except WrongSetting as error:
        why = _before_settings(error.words) % error.values
        sys.exit(_cannot_start(why, _before_settings(gettext_noop("Mend the setting and try again."))))
    except OSError as error:
        sys.exit(
            _cannot_start(str(error), _before_settings(gettext_noop("Start it in a folder that may be written to.")))
        )
    translation.activate(shell_language())
    setattr(argparse, "_", gettext)  # noqa: B010 it takes its words from a catalogue of Python's, which has none
    if not given or (given[0] in HELP and len(given) == 1):
        print(overview())
        return
    verb = given[0]
    if verb not in HELP and verb != "--version" and verb not in get_commands():
        sys.exit(_unknown(verb))
    execute_from_command_line(["muster", *given])


def shell_language() -> str:
    """The language of whoever types: Simplified, unless the shell's own is English or Traditional."""
    named = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    said = named.lower().replace("-", "_")
    if said.startswith("en"):
        return "en"
    return "zh-hant" if said.startswith(TRADITIONAL) else "zh-hans"


def _before_settings(words: str) -> str:
    """Words in the shell's language, from the compiled catalogue itself: Django has none before its settings."""
    locale = translation.to_locale(shell_language())  # "en" has no catalogue: its words are the msgids
    return catalogues.translation("django", LOCALE, [locale], fallback=True).gettext(words)


def parser_words() -> tuple[str, ...]:
    """What argparse says of itself, for the catalogues. Django marks no words before it has its settings."""
    return (
        gettext_noop("usage: "),
        gettext_noop("positional arguments"),
        gettext_noop("options"),
        gettext_noop("show this help message and exit"),
        gettext_noop("the following arguments are required: %s"),
        gettext_noop("unrecognized arguments: %s"),
        gettext_noop("invalid choice: %(value)r (choose from %(choices)s)"),
        gettext_noop("invalid %(type)s value: %(value)r"),
        gettext_noop("argument %(argument_name)s: %(message)s"),
        gettext_noop("expected one argument"),
        gettext_noop("expected at least one argument"),
        gettext_noop("not allowed with argument %s"),
        gettext_noop("%(prog)s: error: %(message)s\n"),
    )


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
            gettext("usage: muster VERB [options]"),
            "",
            *lines,
            "",
            gettext("`muster VERB --help` says more. Django's own commands work too (`muster migrate`)."),
        ]
    )


def _first_line(app: str, verb: str) -> str:
    return gettext(load_command_class(app, verb).help).splitlines()[0]


def _cannot_start(why: str, next_step: str) -> int:
    """Says on standard error why no verb can be run. Returns the exit code."""
    print(f"muster: {why}\n{next_step}", file=sys.stderr)
    return 1


def _unknown(verb: str) -> int:
    """Says on standard error what the writer may have meant. Returns the exit code."""
    near = difflib.get_close_matches(verb, own_verbs(), n=1) or difflib.get_close_matches(verb, get_commands(), n=1)
    hint = gettext("Did you mean `muster %(verb)s`?") if near else gettext("`muster --help` lists the verbs.")
    said = gettext("there is no verb “%(verb)s”.") % {"verb": verb}
    print(f"muster: {said} {hint % {'verb': ''.join(near)}}", file=sys.stderr)
    return 2
