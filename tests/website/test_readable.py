"""A form or an address that nobody can read is refused with a page that says so, before anything is looked at."""

from __future__ import annotations

import pytest
from django.test import Client

from muster.mobilisation.models import Order
from tests.cast import Cast
from tests.website.conftest import Visit
from tests.website.test_roll_pages import text_of

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.mark.parametrize("charset", ["gbk", "utf-16", "latin-1"])
@pytest.mark.parametrize("path", ["/badge/check", "/sign-in/", "/nowhere/"])
def test_a_form_in_another_charset(cast: Cast, client: Client, path: str, charset: str) -> None:
    answer = client.post(path, b"text=a", content_type=f"{FORM}; charset={charset}")
    assert answer.status_code == 415
    assert "The form is not in UTF-8" in text_of(answer)


@pytest.mark.parametrize("path", ["/badge/check", "/nowhere/"])
def test_a_body_that_is_no_form(cast: Cast, client: Client, path: str) -> None:
    answer = client.post(path, b"x" * 5000, content_type="multipart/form-data; boundary=")
    assert answer.status_code == 400
    assert "Nothing was written" in text_of(answer)


def test_a_form_that_is_too_big(cast: Cast, client: Client) -> None:
    answer = client.post("/badge/check", {"text": "x" * 3_000_000})
    assert answer.status_code in (400, 413)
    assert client.post("/badge/check", b"text=" + b"x" * 3_000_000, content_type=FORM).status_code == 413


@pytest.mark.parametrize(
    "address",
    ["/office/?unit=%00", "/office/?incident=a%00", "/office/rolls/?unit=%00b", "/office/reports/new/?as_of=%00"],
)
def test_an_address_with_a_sign_that_no_database_keeps(cast: Cast, visit: Visit, address: str) -> None:
    assert visit("commander").get(address).status_code == 400


def test_a_form_with_a_sign_that_no_database_keeps(cast: Cast, order: Order, visit: Visit) -> None:
    entry = cast.entry(order, "A3").pk
    assert visit("commander").post(f"/office/entries/{entry}/excuse/", {"reason": "\x00"}).status_code == 400


def test_a_method_that_an_address_does_not_take(cast: Cast, visit: Visit) -> None:
    answer = visit("commander").put("/my/")
    assert answer.status_code == 405
    assert answer["Allow"]
    assert "no page to open like that" in text_of(answer)
