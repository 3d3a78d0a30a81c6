"""A log line holds no text that a person wrote."""

import json
import logging

import structlog

from muster.website.logs import JsonLines


def _line(record: logging.LogRecord) -> dict[str, object]:
    text = JsonLines().format(record)
    assert "\n" not in text
    return dict(json.loads(text))


def test_an_exception_is_its_type_and_place() -> None:
    try:
        raise ValueError("the phone 13800000000 is wrong")
    except ValueError as error:
        told = (type(error), error, error.__traceback__)
    record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, "Failed: %s", ("/my/",), told)
    line = _line(record)
    assert line["event"] == "Failed: /my/"
    assert line["exception"]["type"] == "builtins.ValueError"  # type: ignore[index]
    assert "test_logs.py" in line["exception"]["at"][0]  # type: ignore[index]
    assert "13800000000" not in json.dumps(line)


def test_an_address_loses_its_query() -> None:
    record = logging.LogRecord("x", logging.WARNING, __file__, 1, '"GET /find?name=Li HTTP/1.1" why?', (), None)
    assert _line(record)["event"] == '"GET /find HTTP/1.1" why?'


def test_a_line_of_ours_is_json_too(capsys: object) -> None:
    logger = logging.getLogger("muster.test_logs")
    seen: list[str] = []
    handler = logging.Handler()
    handler.setFormatter(JsonLines())
    handler.emit = lambda record: seen.append(handler.format(record))  # type: ignore[method-assign]
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    structlog.get_logger("muster.test_logs").info("ticked", done=3)
    logger.removeHandler(handler)
    assert json.loads(seen[0])["event"] == "ticked"
    assert json.loads(seen[0])["done"] == 3
