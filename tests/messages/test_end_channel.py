"""A channel ends for good: its secret goes, and what waited in it is listed."""

from __future__ import annotations

from collections.abc import Callable

from muster.messages.channels import end_channel, known_of
from muster.messages.models import Channel
from muster.vault.models import Particular
from muster.vault.retention import chore
from tests.cast import Cast, raises_refusal
from tests.messages.conftest import states, tell, with_phones
from tests.messages.servers import Sink


def test_its_secret_is_erased_and_what_waits_is_listed(cast: Cast, open_by: Callable[..., Channel], web: Sink) -> None:
    channel = open_by("sms", web)
    with_phones(cast.people["m_a1_1"].pk)
    tell(cast.people["m_a1_1"].pk)
    end_channel(by=cast.administrator, channel=channel)
    assert known_of(channel) is None
    assert states() == ["failed"]
    chore()
    assert Particular.objects.get(subject_id=channel.pk).body is None


def test_it_rejects_an_outsider_and_a_second_time(cast: Cast, open_by: Callable[..., Channel], web: Sink) -> None:
    channel = open_by("sms", web)
    with raises_refusal("rights.refused"):
        end_channel(by=cast.outsider, channel=channel)
    end_channel(by=cast.administrator, channel=channel)
    with raises_refusal("channel.ended"):
        end_channel(by=cast.administrator, channel=channel)
