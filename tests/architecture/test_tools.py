"""The maintainers' scripts find what they are there to find."""

import sys
from pathlib import Path

import pytest

from tests.architecture.rooms import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import catalogues
import check_docs

TEMPLATE = """{% load i18n %}
<p class="it's">{% translate "Plain" %} {% trans 'Turn' context "verb" %} {{ _("Constant")|upper }}</p>
    {% blocktranslate trimmed count n=rows|length %}
        One {{ n }} person
        is missing
    {% plural %}
        {{ n }} people are missing
    {% endblocktranslate %}
  \"\"\" ( [ { ' unbalanced
{% translate "After the odd" %}
"""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small source with one template and one module, and catalogues of its own."""
    templates = tmp_path / "src" / "room" / "templates"
    templates.mkdir(parents=True)
    (templates / "page.html").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "src" / "room" / "views.py").write_text('text("%(count)s matters")\nngettext("a", "b", 2)\n')
    monkeypatch.setattr(catalogues, "ROOT", tmp_path)
    monkeypatch.setattr(catalogues, "SOURCE", tmp_path / "src")
    monkeypatch.setattr(catalogues, "LOCALES", tmp_path / "locale")
    return tmp_path


def test_every_way_to_mark_a_text_is_found(house: Path) -> None:
    found = {(message.id, message.context) for message in catalogues.extracted() if message.id}
    assert found == {
        ("Plain", None),
        ("Turn", "verb"),
        ("Constant", None),
        (("One %(n)s person is missing", "%(n)s people are missing"), None),
        ("After the odd", None),
        ("%(count)s matters", None),
        (("a", "b"), None),
    }


def test_check_passes_only_what_is_translated_used_and_compiled(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert catalogues.check() == 1
    catalogues.update()
    _translate("%(count)s", "")
    catalogues.compile_all()
    assert catalogues.check() == 0
    before = catalogues.po("zh_Hans").read_bytes()
    catalogues.update()
    assert catalogues.po("zh_Hans").read_bytes() == before
    _translate("%(count)s", "%(cuont)s")
    capsys.readouterr()
    assert catalogues.check() == 1
    said = capsys.readouterr().out
    assert "places differ" in said
    assert ".mo is not made from it" in said
    assert "zh_Hant/LC_MESSAGES/django.po: not what zh_Hans gives" in said


def test_traditional_is_made_from_simplified_and_from_nothing_else(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogues.update()
    _translate("%(count)s", "")
    _translate("%(count)s matters", "%(count)s 个“签收”")
    catalogues.compile_all()
    made = catalogues.po("zh_Hant")
    first = (made.read_bytes(), made.with_suffix(".mo").read_bytes())
    assert "%(count)s 個「簽收」" in first[0].decode()
    assert catalogues.check() == 0
    made.write_bytes(first[0].replace("簽收".encode(), "簽名".encode()))
    capsys.readouterr()
    assert catalogues.check() == 1
    assert "not what zh_Hans gives" in capsys.readouterr().out
    catalogues.compile_all()
    assert (made.read_bytes(), made.with_suffix(".mo").read_bytes()) == first


def _translate(old: str, new: str) -> None:
    """Gives every msgid itself as its translation; `old` in it becomes `new` when there is a new one."""
    catalog = catalogues.read("zh_Hans")
    for message in catalog:
        if message.id:
            words = message.id if isinstance(message.id, str) else message.id[1]
            words = words.replace(old, new) if new else words
            message.string = words if isinstance(message.id, str) else (words,)
    with catalogues.po("zh_Hans").open("wb") as file:
        catalogues.write_po(file, catalog, width=110, sort_output=True)
    if not new:
        catalogues.update()


def test_dead_links_and_unknown_commands_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_docs, "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        "# One `thing` more\n[a](#one-thing-more) [b](no.md) [c](#nothing) [d](https://example.org/)\n"
        "```sh\nX=1 make demo  # comment\n.venv/bin/muster veryfi --all\n$ muster verify\nls\n```\n"
        "```\nmake nothing\n```\n"
    )
    text = page.read_text()
    assert len(list(check_docs.dead_links(page, text))) == 2
    known = {"make": {"demo"}, "muster": {"verify"}}
    assert list(check_docs.unknown_commands(page, text, known)) == [
        "page.md: no such command: .venv/bin/muster veryfi --all"
    ]
