"""Ranks, names, lists and counts are data: no word of the example is in the source."""

import re

import pytest

from tests.architecture.rooms import SOURCE, line_of, shown

WORDS = [
    # Its names.
    *["晋源", "金胜", "晋祠", "姚村", "义井", "罗城", "太原", "山西"],
    *[r"jin-?yuan", r"jin-?sheng", r"jin-?ci\b", r"tai-?yuan", r"yao-?cun", r"yi-?jing\b", r"luo-?cheng"],
    *[r"shan-?xi\b", r"\b1401\d{2}"],
    # Who is called there. The `parties` of a row (who may see it) are a word of the house.
    *["党", r"\bcommunist", r"\bpolitical part(y|ies)\b"],
    r"\bparty[ _-](branch|member|committee|secretary|cadre|organi[sz]ation)",
    # What it is about.
    *["疫情", "肺炎", "口罩", "epidemic", "pandemic", "covid", "coronavirus", "pneumonia"],
    *[r"face[ _-]?mask", r"\bn95\b"],
    # Its counts and slogans.
    *[r"\b8[,_]?163\b", r"\b8[,_]?126\b", r"\b412 (organi[sz]ations|units|branches)"],
    *[r"\bfour leads\b", r"\bsix watches\b"],
]
ENDINGS = {".py", ".html", ".txt", ".js", ".css", ".svg", ".json", ".toml", ".md", ".webmanifest", ".csv", ".xml"}


@pytest.mark.parametrize("word", WORDS)
def test_no_word_of_the_example_is_in_the_source(word: str) -> None:
    pattern = re.compile(word, re.IGNORECASE)
    found = []
    for path in sorted(SOURCE.rglob("*")):
        if {"locale", "vendor", "__pycache__"} & set(path.parts) or path.suffix not in ENDINGS:
            continue
        text = path.read_text(encoding="utf-8")
        found += [shown(path, line_of(text, hit.start())) for hit in pattern.finditer(text)]
        if pattern.search(path.name):
            found.append(str(path))
    assert not found, found
