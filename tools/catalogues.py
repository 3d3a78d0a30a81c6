"""The catalogues of translations, made and checked without GNU gettext.

    python tools/catalogues.py update    bring each .po up to date with the source; translations stay
    python tools/catalogues.py compile   write each .mo; the same .po gives the same bytes
    python tools/catalogues.py check     exit 1 and say what is untranslated, obsolete, broken or not compiled

msgids are English and need no catalogue of their own. zh_Hans is written by people; zh_Hant is made from it, by
update and by compile, and never written in (docs/decisions/0019-traditional-is-made-from-simplified.md). Babel reads
the Python; Django's own lexer turns templates into calls that Babel can read ({% translate %}, {% blocktranslate %}
with count, context, trimmed).
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize
from opencc import OpenCC

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
LOCALES = SOURCE / "muster" / "website" / "locale"
LANGUAGES = ["zh_Hans"]
MADE = {"zh_Hant": "zh_Hans"}
"""Catalogues that nobody writes in -> the one that each is made from."""
VARIETY = "s2twp"
"""OpenCC's: Taiwan's characters and words, as in Django's own zh_Hant, whose texts stand beside Muster's."""
OWN_WORDS = Path(__file__).with_name("traditional.csv")
"""simplified,traditional: what OpenCC, which knows no field, says otherwise than the field does."""
TEMPLATES = {".html", ".txt", ".xml", ".svg"}
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "text": None,  # how muster.foundation.errors names gettext_lazy
    "_": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACE = re.compile(r"%\((\w+)\)|%[sd]|\{(\w*)\}")
KEPT = r"%\(\w+\)[a-z]|%[sd]|\{[A-Za-z0-9_]*\}|<[^<>]*>|&\w+;|`[^`]*`"
"""Byte for byte as written: places, elements of HTML, commands."""
# A date in the head would make each run's file another one.
NO_DATE = datetime(2020, 1, 1, tzinfo=UTC)


def files() -> Iterator[Path]:
    """Every file that may hold a text for a reader."""
    for path in sorted(SOURCE.rglob("*")):
        parts = set(path.parts)
        if {"locale", "static", "migrations", "__pycache__"} & parts or not path.is_file():
            continue
        if path.suffix == ".py" or (path.suffix in TEMPLATES and "templates" in parts):
            yield path


def as_python(path: Path) -> str:
    """The file's text as something that Babel reads as Python."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        # An attribute called `text` is no call, but Babel takes the next bracket for its own.
        return re.sub(r"\.text\b", ".words", source)
    # What is no call is blanked out to X. Its indentation is a template's, not Python's.
    return re.sub(r"(?m)^[ \t]+", "", templatize(source, origin=str(path)))


def extracted() -> Catalog:
    """All msgids of the source, each with the files that it is in."""
    found = Catalog(fuzzy=False, creation_date=NO_DATE)
    for path in files():
        reader = BytesIO(as_python(path).encode())
        for _line, message, comments, context in extract(
            "python", reader, KEYWORDS, ["Translators:"], options={"encoding": "utf-8"}
        ):
            ids = (message[0], message[1]) if isinstance(message, tuple) and len(message) > 1 else message
            name = path.relative_to(ROOT).as_posix()
            found.add(ids, locations=[(name, None)], auto_comments=comments, context=context)
    return found


def po(language: str) -> Path:
    """The catalogue that people write in."""
    return LOCALES / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """The catalogue as it stands, an empty one when there is none."""
    path = po(language)
    if not path.exists():
        return Catalog(locale=language, project="Muster", fuzzy=False, creation_date=NO_DATE)
    with path.open("rb") as file:
        return read_po(file, locale=language)


@lru_cache(maxsize=1)
def own_words() -> dict[str, str]:
    """simplified -> traditional, from the file beside this one."""
    with OWN_WORDS.open(encoding="utf-8", newline="") as file:
        return {row["simplified"]: row["traditional"] for row in csv.DictReader(file)}


@lru_cache(maxsize=1)
def _pieces() -> re.Pattern[str]:
    words = sorted(own_words(), key=len, reverse=True)  # of two that begin alike the longer one
    return re.compile("|".join([KEPT, *map(re.escape, words)]))


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC(VARIETY)


def traditional(text: str) -> str:
    """A text in Traditional: own words by the file, what is no Chinese as it is, the rest by OpenCC."""
    said, at = [], 0
    for hit in _pieces().finditer(text):
        said += [_converter().convert(text[at : hit.start()]), own_words().get(hit.group(), hit.group())]
        at = hit.end()
    return "".join([*said, _converter().convert(text[at:])])


def made(language: str) -> Catalog:
    """The catalogue that is made from another one: its messages in its order, their texts in Traditional."""
    catalog = read(MADE[language])
    catalog.locale = language
    for message in catalog:
        if message.id:
            texts = message.string
            message.string = tuple(map(traditional, texts)) if isinstance(texts, tuple) else traditional(texts)
    return catalog


def written(catalog: Catalog) -> bytes:
    """The bytes of a .po: the same catalogue gives the same bytes."""
    catalog.creation_date = catalog.revision_date = NO_DATE
    into = BytesIO()
    write_po(into, catalog, width=110, sort_output=True, omit_header=False, include_previous=False)
    return into.getvalue()


def _make() -> None:
    """Writes each .po that is made from another one."""
    for language in MADE:
        catalog = made(language)
        catalog.header_comment = "# Made from zh_Hans by `make messages`: write there, or in tools/traditional.csv."
        po(language).parent.mkdir(parents=True, exist_ok=True)
        po(language).write_bytes(written(catalog))


def compiled(language: str) -> bytes:
    """The bytes of the .mo."""
    catalog = read(language)
    catalog.creation_date = catalog.revision_date = NO_DATE
    into = BytesIO()
    write_mo(into, catalog)
    return into.getvalue()


def update() -> int:
    """Rewrites each catalogue with today's msgids; what nobody uses any more goes."""
    template = extracted()
    for language in LANGUAGES:
        catalog = read(language)
        # A guessed translation is worse than none: check would refuse it, and people would miss it.
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        catalog.project, catalog.version = "Muster", "1"
        catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""
        catalog.header_comment = "# Texts of Muster. Update with `make messages`; licence as Muster's."
        po(language).parent.mkdir(parents=True, exist_ok=True)
        po(language).write_bytes(written(catalog))
        empty = sum(not _translated(message) for message in catalog if message.id)
        print(f"{po(language).relative_to(ROOT)}: {len(catalog)} texts, {empty} to translate")
    _make()
    return 0


def compile_all() -> int:
    """Writes each .mo beside its .po."""
    _make()
    for language in (*LANGUAGES, *MADE):
        po(language).with_suffix(".mo").write_bytes(compiled(language))
    return 0


def _translated(message: Message) -> bool:
    texts = message.string if isinstance(message.string, tuple | list) else [message.string]
    return bool(texts) and all(texts)


def _places(text: str) -> set[str]:
    """The named and unnamed places that a text leaves for values."""
    return {hit.group() for hit in PLACE.finditer(text)}


def faults_of(message: Message) -> Iterator[str]:
    """What is wrong with one translation."""
    if not _translated(message):
        yield "not translated"
        return
    if message.fuzzy:
        yield "fuzzy"
    ids = message.id if isinstance(message.id, tuple | list) else [message.id]
    texts = message.string if isinstance(message.string, tuple | list) else [message.string]
    # A plural's first form may do without its number ("one person").
    wanted = set().union(*map(_places, ids))
    for text in texts:
        if _places(text) != wanted and _places(text) != _places(ids[-1]):
            yield f"places differ: {sorted(wanted)} and {sorted(_places(text))}"


def _faults_in(language: str, wanted: set[tuple[str, str | None]]) -> Iterator[str]:
    """What is wrong with one catalogue, for the (msgid, context) of today's source."""
    catalog, held = read(language), {}
    for message in catalog:
        held[message.id if isinstance(message.id, str) else message.id[0], message.context] = message
    yield from (f"missing {key!r}" for key, context in wanted if key and (key, context) not in held)
    yield from (f"no longer in the source {key!r}" for key, context in held if key and (key, context) not in wanted)
    yield from (f"obsolete {key!r}" for key in catalog.obsolete)
    for (key, _), message in held.items():
        if key:
            yield from (f"{fault}: {key!r}" for fault in faults_of(message))
    mo = po(language).with_suffix(".mo")
    if po(language).exists() and (not mo.exists() or mo.read_bytes() != compiled(language)):
        yield "the .mo is not made from it; run `python tools/catalogues.py compile`"


def _texts(catalog: Catalog) -> dict[tuple[str, str | None], tuple[str, ...] | str]:
    return {(str(message.id), message.context): message.string for message in catalog if message.id}


def check() -> int:
    """Returns 1 when a reader could meet an English word in another language's page, or an old text."""
    wrong: list[str] = []
    wanted = {(m.id if isinstance(m.id, str) else m.id[0], m.context) for m in extracted()}
    for language in (*LANGUAGES, *MADE):
        name = po(language).relative_to(ROOT)
        wrong += [f"{name}: {fault}" for fault in _faults_in(language, wanted)]
    for language, source in MADE.items():
        if _texts(read(language)) != _texts(made(language)):
            wrong.append(f"{po(language).relative_to(ROOT)}: not what {source} gives; run `make messages`")
    for line in sorted(wrong):
        print(line)
    if wrong:
        print(f"{len(wrong)} faults. `make messages` brings the catalogues up to date.", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    VERBS = {"update": update, "compile": compile_all, "check": check}
    if len(sys.argv) != 2 or sys.argv[1] not in VERBS:
        sys.exit(__doc__)
    sys.exit(VERBS[sys.argv[1]]())
