"""Somebody is erased: no file that was taken in says anything of them any more, however far it is."""

from __future__ import annotations

import json
from uuid import UUID

from muster.foundation import clock
from muster.foundation.models import Job
from muster.organisation.keeping import erase_person
from muster.organisation.models import Appointment, Person
from muster.sheets import actions, intake
from muster.sheets.models import Import
from muster.vault import particulars, proofs
from muster.vault.models import Particular
from tests.cast import Cast, raises_refusal
from tests.sheets.books import HEADS, applied, counts, csv_of, id_number, phone, tried, undone, write

ONE = ("\u674e\u56db", "A1", "W4", "", "", id_number(4), phone(4), "")
OTHER = ("\u8d75\u4e00", "A1", "W5", "", "", id_number(5), phone(5), "")
WORDS = (ONE[0], ONE[5], ONE[6])


def opened() -> str:
    """All that the keys open of what is kept."""
    found = [particulars.content_of(row) for row in Particular.objects.filter(body__isnull=False)]
    return json.dumps([one and (json.loads(one) if one[0] in "[{" else one) for one in found], ensure_ascii=False)


def named() -> list[str]:
    words = opened()
    return [one for one in WORDS if one in words]


def erased(cast: Cast) -> Person:
    person = Person.objects.get(number="W4")
    Appointment.objects.filter(person=person).update(until=clock.now())
    erase_person(by=cast.commander, person=person)
    return person


def test_of_files_that_were_written_and_tried_nothing_is_left(cast: Cast) -> None:
    done = applied(cast.commander, csv_of([HEADS, ONE, OTHER]))
    again = tried(cast.clerk, csv_of([HEADS, (*ONE[:3], "Cook", *ONE[4:]), OTHER]))
    assert counts(again) == (0, 1, 1, 0, 0)
    assert named() == list(WORDS)
    erased(cast)
    assert named() == []
    assert proofs.prove() == []
    with raises_refusal("import.ended"):
        actions.apply(by=cast.clerk, imported=again)
    undone(cast.commander, done)
    assert not Person.objects.filter(number="W5").exists()
    assert Person.objects.get(number="W4").status == Person.Status.ERASED


def test_a_row_that_asks_about_them_forgets_them(cast: Cast) -> None:
    applied(cast.commander, csv_of([HEADS, ONE, (ONE[0], "A1", "W6", *[""] * 5)]))
    asked = tried(cast.clerk, csv_of([HEADS, (ONE[0], "A1", *[""] * 6)]))
    assert counts(asked) == (0, 0, 0, 1, 0)
    erased(cast)
    # The other one of this name is kept, in the register and nowhere else.
    assert named() == []
    assert Person.objects.get(number="W6").name == ONE[0]


def test_of_a_file_that_is_being_written_their_row_is_blanked_and_the_job_goes_on(cast: Cast) -> None:
    applied(cast.commander, csv_of([HEADS, ONE]))
    rows = [("\u4eba", "A1", f"X{n}", *[""] * 5) for n in range(3)]
    found = tried(cast.clerk, csv_of([HEADS, *rows, (*ONE[:3], "Cook", *ONE[4:])]))
    begun = actions.apply(by=cast.clerk, imported=found)
    erased(cast)
    assert named() == []
    for _step in intake.go_on(begun):
        pass
    begun.refresh_from_db()
    assert (begun.state, begun.written) == (Import.State.APPLIED, 3)
    assert Job.objects.get(pk=begun.job).error == ""
    assert counts(begun) == (3, 0, 0, 0, 1)
    assert Person.objects.filter(number__in=["X0", "X1", "X2"]).count() == 3


def test_files_that_do_not_name_them_stay(cast: Cast) -> None:
    applied(cast.commander, csv_of([HEADS, ONE]))
    found = tried(cast.clerk, csv_of([HEADS, OTHER]))
    erased(cast)
    write(cast.clerk, found)
    assert isinstance(Person.objects.get(number="W5").pk, UUID)
