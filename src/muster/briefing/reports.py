"""The situation report: composed from the figures, compared with the one before, proved by its hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from muster.briefing.figures import Answer, all_figures, answer_all, in_words
from muster.briefing.models import Report
from muster.roll.figures import Question

SHOWN_MAX = 20
PARTS = ("value", "expected", "answered", "excused", "outstanding", "late", "unmet")
WORDS = ("label", "unit", "definition")
"""What a figure says in words, so in each language."""


def compose(asked: Question) -> dict[str, Any]:
    """The report as of a moment: incident, unit, as_of and every figure; rows are addresses, never rows."""
    return _composed(asked)[0]


def freeze(asked: Question) -> tuple[str, str]:
    """The text of a report as it is issued, and its SHA-256.

    It carries the words of its figures in every language, `words`: language -> figure's key -> words. So whoever
    opens it reads what was issued in a language of his own, and a definition that is changed later changes nothing.
    """
    content, answers = _composed(asked)
    content["words"] = {code: _words(answers, code) for code, _name in settings.LANGUAGES}
    words = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return words, hashlib.sha256(words.encode()).hexdigest()


def content_of(report: Report) -> dict[str, Any]:
    """What was issued, in the reader's language; in the usual one where it was issued before his was spoken here."""
    content: dict[str, Any] = json.loads(report.content)
    words = content.pop("words", {})
    spoken = words.get(translation.get_language(), words.get(settings.LANGUAGE_CODE, {}))
    content["figures"] = [{**figure, **spoken.get(figure["key"], {})} for figure in content["figures"]]
    return content


def _composed(asked: Question) -> tuple[dict[str, Any], list[Answer]]:
    words = in_words(asked)
    answers = answer_all(all_figures(asked), asked, words)
    return {**words, "figures": [a.as_json() for a in answers]}, answers


def _words(answers: list[Answer], language: str) -> dict[str, dict[str, str]]:
    with translation.override(language):
        said = {a.figure.key: a.as_json() for a in answers}
    return {key: {name: figure[name] for name in WORDS} for key, figure in said.items()}


@dataclass(frozen=True)
class Difference:
    """A number that another report gave otherwise."""

    key: str
    label: str
    part: str
    before: int | None
    after: int | None


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    """What a later report says otherwise, figure by figure; a figure that one of them lacks has None there."""
    old = {f["key"]: f for f in before["figures"]}
    new = {f["key"]: f for f in after["figures"]}
    found = []
    for key in [*new, *(k for k in old if k not in new)]:
        one, other = old.get(key, {}), new.get(key, {})
        label = (other or one)["label"]
        found += [
            Difference(key, label, part, one.get(part), other.get(part))
            for part in PARTS
            if one.get(part) != other.get(part)
        ]
    return found


def previous(report: Report) -> Report | None:
    """The report issued before this one for the same incident and unit."""
    same = Report.objects.filter(incident_id=report.incident_id, unit_id=report.unit_id)
    return same.filter(no__lt=report.no).order_by("-no").first()


def prove(**_: Any) -> list[str]:
    """For `muster verify`: each issued report fits its hash."""
    found: list[str] = []
    rows = Report.objects.order_by("issued_at").values_list("no", "content", "hash")
    for no, content, digest in rows:
        if hashlib.sha256(content.encode()).hexdigest() != digest and len(found) < SHOWN_MAX:
            found.append(gettext("report %(no)s: its content is not what was issued") % {"no": no})
    return found
