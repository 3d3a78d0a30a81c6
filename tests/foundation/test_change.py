"""What a line says of a change: codes, before and after; of what is personal only that it changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from muster.foundation import audit, proofs
from muster.foundation.action import action, current_line
from muster.foundation.models import AuditLine
from muster.foundation.registry import ACTIONS
from muster.foundation.rights import HOUSE, Actor, house
from tests.cast import Cast

ONE = UUID(int=1)


@pytest.fixture
def changing() -> Callable[..., AuditLine]:
    """An action that says changes; returns its line."""
    ACTIONS._offers.pop("trial.change", None)

    @action("trial.change", roles=(HOUSE,))
    def change(*, by: Actor, said: list[tuple[object, ...]]) -> None:
        for field, *values in said:
            current_line().change(field, *values)  # type: ignore[arg-type]

    def run(*said: tuple[object, ...]) -> AuditLine:
        change(by=house("test"), said=list(said))
        return AuditLine.objects.latest("id")

    yield run  # type: ignore[misc]
    ACTIONS._offers.pop("trial.change", None)


def test_it_is_kept_in_codes_and_covered_by_the_mac(cast: Cast, changing: Callable[..., AuditLine]) -> None:
    line = changing(("state", "open", "closed"), ("until", None, datetime(2020, 1, 1, tzinfo=UTC)), ("unit", ONE, None))
    assert json.loads(line.change) == [
        ["state", "open", "closed"],
        ["until", "", "2020-01-01T00:00:00.000000+00:00"],
        ["unit", ONE.hex, ""],
    ]
    assert audit.mac_holds(line)
    line.change = line.change.replace("closed", "opened")
    assert not audit.mac_holds(line)
    line.refresh_from_db()
    line.token = ONE
    assert not audit.mac_holds(line)
    assert proofs.prove_lines() == []


def test_what_stayed_is_left_out_and_of_words_only_that_they_changed(
    cast: Cast, changing: Callable[..., AuditLine]
) -> None:
    assert changing(("state", "open", "open")).change == ""
    assert json.loads(changing(("name",)).change) == [["name"]]


@pytest.mark.parametrize(
    "said", [("name", "张三", "李四"), ("name", "a"), ("a name é",), ("note", "", "x" * 81), ("n", "a\nb", "")]
)
def test_it_rejects_what_is_no_code(cast: Cast, changing: Callable[..., AuditLine], said: tuple[object, ...]) -> None:
    lines = AuditLine.objects.count()
    with pytest.raises(ValueError, match=r"change|codes"):
        changing(said)
    assert AuditLine.objects.count() == lines


def test_a_token_is_never_read_as_somebody_stood_in_for(cast: Cast) -> None:
    line = AuditLine.objects.latest("id")
    line.token, line.acting_for = ONE, None
    by_token = audit.mac_of(line)
    line.token, line.acting_for = None, ONE
    assert audit.mac_of(line) != by_token
