"""A passkey by a key of the test's own: its challenge is good once, its origin is ours, its owner was there."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client
from webauthn.helpers import bytes_to_base64url

from muster.foundation import clock
from muster.foundation.models import Database
from muster.mobilisation.models import Order
from muster.organisation.models import Account, Passkey, SignIn
from tests.cast import Cast
from tests.organisation.ways import account, give_factor
from tests.website.test_sign_in import PASSWORD, browser, code, kept_password, send

ORIGIN, PARTY = "http://testserver", "testserver"
ADD, ENTER = "/my/me/passkeys/add/", "/sign-in/passkey/"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Key:
    """An authenticator: one key pair, one count."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id = b"key of the test!"
        self.count = 0

    def data(self, flags: int, more: bytes = b"", party: str = PARTY) -> bytes:
        return hashlib.sha256(party.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big") + more

    def client_data(self, kind: str, challenge: str, origin: str) -> bytes:
        return json.dumps({"type": f"webauthn.{kind}", "challenge": challenge, "origin": origin}).encode()

    def answer(self, response: dict[str, bytes]) -> dict[str, Any]:
        packed = {name: bytes_to_base64url(value) for name, value in response.items()}
        return {"id": bytes_to_base64url(self.id), "rawId": bytes_to_base64url(self.id), "type": "public-key"} | {
            "response": packed
        }

    def made(self, challenge: str, *, origin: str = ORIGIN, flags: int = PRESENT | VERIFIED) -> dict[str, Any]:
        """What a browser says of a new key."""
        point = self.private.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        attested = b"\0" * 16 + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(key)
        data = self.data(flags | ATTESTED, attested)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self.client_data("create", challenge, origin)
        return self.answer({"clientDataJSON": client, "attestationObject": attestation})

    def shown(self, challenge: str, *, origin: str = ORIGIN, flags: int = PRESENT | VERIFIED) -> dict[str, Any]:
        """What a browser says when the key is used."""
        self.count += 1
        data, client = self.data(flags), self.client_data("get", challenge, origin)
        signed = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self.answer({"clientDataJSON": client, "authenticatorData": data, "signature": signed})


def post(client: Client, address: str, content: object = None, page: str = "/my/me/ways/") -> Any:
    """As the script sends it: JSON, with the token of a form of the page."""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get(page).content.decode())
    assert found
    body = content if isinstance(content, bytes) else json.dumps(content) if content is not None else ""
    return client.post(address, body, content_type="application/json", headers={"x-csrftoken": found[1]})


@pytest.fixture
def own(cast: Cast, order: Order) -> Client:
    """The second commander, in by password and second factor."""
    Database.objects.update_or_create(defaults={"drill": False, "made_at": clock.machine_now()})
    Account.objects.filter(name="second").update(password=kept_password())
    secret, client = give_factor("second"), browser()
    send(client, "/sign-in/password/", name="second", password=PASSWORD)
    send(client, "/sign-in/factor/", code=code(secret))
    return client


def challenge(client: Client, address: str = "/my/me/passkeys/ask/", page: str = "/my/me/ways/") -> str:
    asked = post(client, address, page=page)
    assert asked.status_code == 200
    found = json.loads(asked.content)
    assert (found.get("userVerification") or found["authenticatorSelection"]["userVerification"]) == "required"
    return str(found["challenge"])


def add(client: Client) -> Key:
    key = Key()
    assert post(client, ADD, key.made(challenge(client))).status_code == 200
    return key


def test_it_lets_in_by_two_factors_in_one(own: Client) -> None:
    key, client = add(own), browser()
    done = post(client, f"{ENTER}?next=/office/orders/", key.shown(ask(client)), page="/")
    assert json.loads(done.content) == {"next": "/office/orders/"}
    assert client.get("/office/orders/").status_code == 200
    made = SignIn.objects.get(way="passkey")
    assert (made.second_factor, made.account) == (True, account("second"))
    assert Passkey.objects.get().sign_count == 1


def ask(client: Client) -> str:
    return challenge(client, "/sign-in/passkey/ask/", "/")


def test_it_rejects_the_same_answer_again(own: Client) -> None:
    key, client = add(own), browser()
    shown = key.shown(ask(client))
    assert post(client, ENTER, shown, page="/").status_code == 200
    other = browser()
    ask(other)
    assert post(other, ENTER, shown, page="/").status_code == 403
    assert post(client, ENTER, shown, page="/").status_code == 403, "its challenge is used up"
    assert SignIn.objects.filter(way="passkey").count() == 1


@pytest.mark.parametrize("changes", [{"origin": "https://example.org"}, {"flags": PRESENT}, {"flags": VERIFIED}])
def test_it_rejects_another_origin_and_whoever_only_holds_the_phone(own: Client, changes: dict[str, Any]) -> None:
    key, client = add(own), browser()
    answer = post(client, ENTER, key.shown(ask(client), **changes), page="/")
    assert answer.status_code == 403
    assert "The passkey was not taken." in json.loads(answer.content)["told"]
    fresh = Key()
    assert post(own, ADD, fresh.made(challenge(own), **changes)).status_code == 403
    assert Passkey.objects.count() == 1


def test_it_rejects_a_key_that_is_not_known_and_a_copied_one(own: Client) -> None:
    key, client = add(own), browser()
    assert post(client, ENTER, Key().shown(ask(client)), page="/").status_code == 403
    assert post(client, ENTER, key.shown(ask(client)), page="/").status_code == 200
    key.count = 0
    copy = browser()
    assert post(copy, ENTER, key.shown(ask(copy)), page="/").status_code == 403, "the count went back"


@pytest.mark.parametrize(
    "content",
    [
        *[None, [], {}, {"id": 1}, "x", {"id": "x", "rawId": "x"}, {"id": 1, "rawId": 1}],
        *[{"id": words, "rawId": "x"} for words in ("\ud800", "\x00", "x" * 1401, "")],
        b"[" * 19_000,
    ],
)
def test_it_rejects_what_is_no_answer(own: Client, content: object) -> None:
    client = browser()
    ask(client)
    assert post(client, ENTER, content, page="/").status_code == 403


def test_it_rejects_an_ended_account(own: Client) -> None:
    key, client = add(own), browser()
    Account.objects.filter(name="second").update(disabled_at=clock.now())
    assert post(client, ENTER, key.shown(ask(client)), page="/").status_code == 403


def test_it_is_made_by_two_factors_only(cast: Cast, order: Order) -> None:
    Database.objects.update_or_create(defaults={"drill": False, "made_at": clock.machine_now()})
    Account.objects.filter(name="m_a1_1").update(password=kept_password())
    client = browser()
    send(client, "/sign-in/password/", name="m_a1_1", password=PASSWORD)
    assert post(client, "/my/me/passkeys/ask/").status_code == 403
    assert post(client, ADD, {}).status_code == 403


def test_it_is_removed(own: Client) -> None:
    key, client = add(own), browser()
    assert send(own, "/my/me/ways/", what="x", id="y").status_code == 404
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', own.get("/my/me/ways/").content.decode())
    assert found
    form = {"id": str(Passkey.objects.get().pk), "csrfmiddlewaretoken": found[1]}
    assert own.post("/my/me/passkeys/remove/", form).status_code == 302
    assert post(client, ENTER, key.shown(ask(client)), page="/").status_code == 403
