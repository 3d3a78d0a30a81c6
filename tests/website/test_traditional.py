"""Traditional is a language of its own: no sign of Simplified on a page, its texts made from the Simplified ones."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.formats import get_format
from hypothesis import given
from hypothesis import strategies as st

from muster.mobilisation.kinds import REPORT_IN
from muster.mobilisation.models import Order
from tests.architecture.rooms import ROOT
from tests.cast import Cast
from tests.website.conftest import Visit
from tests.website.test_chinese import OFFICE, Words, full

sys.path.insert(0, str(ROOT / "tools"))
import catalogues

__all__ = ["full"]

TRADITIONAL = {"accept-language": "zh-hant"}
NAMES = [name for _code, name in settings.LANGUAGES]
"""Each language is written in itself on every page."""
KEPT = re.compile(r"%\(\w+\)s|%[sd]|\{[a-z_]*\}|</?\w+[^>]*>|`[^`]*`|[A-Z_]{3,}|\w+\.\w+")


def simplified_of(text: str) -> set[str]:
    """Its signs that only Simplified has: in mainland China's character set, not in Taiwan's. OpenCC is not asked."""
    return {sign for sign in text if _is_in(sign, "gb2312") and not _is_in(sign, "big5")}


def _is_in(sign: str, charset: str) -> bool:
    try:
        sign.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def texts_of(language: str) -> Iterator[tuple[str, str]]:
    """(msgid, translation) of a catalogue."""
    for message in catalogues.read(language):
        if message.id:
            texts = message.string if isinstance(message.string, tuple) else (message.string,)
            yield from ((str(message.id), text) for text in texts)


def wrong(client: Client, paths: list[str]) -> dict[str, list[str]]:
    """{path: what on it is Simplified}; English there is test_chinese's, for the texts are the same ones."""
    found = {}
    for path in paths:
        answer: Any = client.get(path, headers=TRADITIONAL, follow=True)
        html = answer.content.decode()
        assert '<html lang="zh-hant"' in html, path
        words = Words()
        words.feed(html)
        if other := [text for text in words.kept if text not in NAMES and simplified_of(text)]:
            found[path] = other
    return found


def test_the_reader_of_signs_finds_simplified() -> None:
    assert simplified_of("点名册、點名冊、名单 roll 12「」") == set("点册单")


def test_no_text_has_a_sign_of_simplified() -> None:
    assert [text for _, text in texts_of("zh_Hant") if simplified_of(text)] == []
    assert sum(bool(simplified_of(text)) for _, text in texts_of("zh_Hans")) > 1000


def test_places_elements_and_commands_are_those_of_simplified() -> None:
    simplified, traditional = list(texts_of("zh_Hans")), list(texts_of("zh_Hant"))
    assert [key for key, _ in simplified] == [key for key, _ in traditional]
    for (key, one), (_, other) in zip(simplified, traditional, strict=True):
        assert KEPT.findall(re.sub(r"[^\x00-\x7f]", "、", one)) == KEPT.findall(re.sub(r"[^\x00-\x7f]", "、", other)), (
            key
        )


@given(
    st.lists(st.sampled_from(["%(里)s", "%(who)s", "{phone}", "<b>", "</b>", "`muster 后`", "&nbsp;", "里后", "签收"]))
)
def test_what_is_kept_stays_byte_for_byte(pieces: list[str]) -> None:
    said = catalogues.traditional("".join(pieces))
    for piece in {"%(里)s", "%(who)s", "{phone}", "<b>", "</b>", "`muster 后`", "&nbsp;"} & set(pieces):
        assert said.count(piece) >= pieces.count(piece)
    assert said.count("簽收") == pieces.count("签收")


def test_each_own_word_is_used_and_is_none_that_is_made_anyway() -> None:
    texts = [text for _, text in texts_of("zh_Hans")]
    for word in catalogues.own_words():
        held = [text for text in texts if word in text]
        assert held, f"{word} is in no text"


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("名册", "名冊"),
        ("请签收“%(title)s”", "請簽收「%(title)s」"),
        ("短信网关", "簡訊閘道"),
        ("村社区", "村社區"),
        ("沒有权限打开这个文件", "沒有權限開啟這個檔案"),
        ("名单只随应答增减", "名單只隨應答增減"),
        ("多少天后到期", "多少天後到期"),
    ],
)
def test_words_of_the_field_are_the_fields(simplified: str, traditional: str) -> None:
    assert catalogues.traditional(simplified) == traditional


def test_the_office_speaks_traditional(cast: Cast, full: Mapping[str, str], visit: Visit) -> None:
    assert wrong(visit("commander"), [*OFFICE, *full.values()]) == {}


@pytest.mark.parametrize("number", ["lead_a1", "m_a1_1", "administrator"])
def test_everybody_is_spoken_to_in_traditional(
    cast: Cast, order: Order, full: Mapping[str, str], visit: Visit, number: str
) -> None:
    member = cast.entry(order, "m_a1_1", REPORT_IN)
    own = ["/my/", "/my/messages/", f"/my/orders/{order.pk}/", f"/my/entries/{member.pk}/done/", "/badge/check", "/"]
    assert wrong(visit(number), [*own, *OFFICE]) == {}


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("zh-TW", "zh-hant"), ("zh-HK", "zh-hant"), ("zh-Hant-MO", "zh-hant"), ("zh-CN", "zh-hans"), ("zh", "zh-hans")],
)
def test_a_browser_is_answered_in_its_own(cast: Cast, visit: Visit, asked: str, spoken: str) -> None:
    answer = visit("").get("/", headers={"accept-language": asked})
    assert answer["Content-Language"] == spoken


def test_every_page_changes_to_each_other_language(cast: Cast, order: Order, visit: Visit) -> None:
    client = visit("commander")
    for language, _name in settings.LANGUAGES:
        client.post("/language/", {"language": language, "next": "/"})
        for path in ("/office/", "/my/me/"):
            page = client.get(path).content.decode()
            pressed = re.findall(r'name="language" value="([\w-]+)"[^>]* aria-pressed="true"', page)
            assert pressed == ([language] if path == "/my/me/" else [])
            assert f'<html lang="{language}"' in page
            for other, name in settings.LANGUAGES:
                assert (f'name="language" value="{other}"' in page) == (other != language or path == "/my/me/"), path
                assert name in page or other == language


def test_a_week_and_a_day_are_written_as_in_simplified() -> None:
    found = []
    for language in ("zh-hans", "zh-hant"):
        with translation.override(language):
            found.append([get_format(name) for name in ("FIRST_DAY_OF_WEEK", "DATE_FORMAT", "TIME_FORMAT")])
    assert found[0] == found[1]
