"""The difference between two versions of a text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from muster.mobilisation.versions import ADDED, SAME, TAKEN, changed, difference

TEXTS = st.text(alphabet="ab \n\u4e00\u4e8c1.", max_size=60)


@given(TEXTS, TEXTS)
def test_both_texts_are_in_it(old: str, new: str) -> None:
    pieces = difference(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != TAKEN) == new
    assert "".join(piece.text for piece in pieces if piece.kind != ADDED) == old
    assert changed(pieces) == (old != new)
    assert all(piece.text for piece in pieces)


def test_words_are_compared_not_letters() -> None:
    shown = [(p.kind, p.text) for p in difference("Come at 18:00 sharp.", "Come at 20:00 sharp.")]
    assert shown == [(SAME, "Come at "), (TAKEN, "18"), (ADDED, "20"), (SAME, ":00 sharp.")]


def test_a_script_without_spaces_is_compared_sign_by_sign() -> None:
    shown = [(p.kind, p.text) for p in difference("\u4e09\u65e5\u524d\u7b7e\u6536", "\u56db\u65e5\u524d\u7b7e\u6536")]
    assert shown == [(TAKEN, "\u4e09"), (ADDED, "\u56db"), (SAME, "\u65e5\u524d\u7b7e\u6536")]


def test_lines_that_have_nothing_in_common_are_not_mixed() -> None:
    shown = [p.kind for p in difference("Keep the doors shut\n", "Night watch by two people\n")]
    assert shown == [TAKEN, ADDED]


def test_a_long_text_is_compared_in_time() -> None:
    old = "\n".join(f"Line {n} of a long order." for n in range(800))
    new = old.replace("Line 400", "Line four hundred")
    assert [p.kind for p in difference(old, new)].count(ADDED) == 1
