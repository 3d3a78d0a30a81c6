"""A rotation leaves a line, and starts a renewal of its own."""

from __future__ import annotations

from muster.foundation.models import AuditLine, Job
from muster.foundation.rights import house
from muster.vault.actions import RENEW, note_rotation
from tests.cast import Cast, raises_refusal


def test_it_names_the_key_and_starts_a_job(cast: Cast) -> None:
    for key_id in ("0002", "0003"):
        note_rotation(by=house("keys"), purpose="contact", key_id=key_id, renew=7)
    assert AuditLine.objects.latest("id").ids == '["contact-0003", "count:7"]'
    assert [job.of for job in Job.objects.filter(verb=RENEW)] == [7, 7]


def test_without_anything_to_renew_there_is_no_job(cast: Cast) -> None:
    note_rotation(by=house("keys"), purpose="sealing", key_id="0002", renew=0)
    assert not Job.objects.filter(verb=RENEW).exists()


def test_it_rejects_everybody_but_the_house(cast: Cast) -> None:
    with raises_refusal("rights.refused"):
        note_rotation(by=cast.administrator, purpose="contact", key_id="0002", renew=0)
