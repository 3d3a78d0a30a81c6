"""The small scenario, another district of other ranks, is played with no change of code; and goes on after a kill."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import translation
from django.utils.translation import gettext

from muster.drill import playing, progress, scenario
from muster.drill.actions import set_stage
from muster.drill.models import Cast, Play
from muster.drill.stopped import half_way
from muster.foundation import audit, clock, database
from muster.foundation.models import AuditLine, Database
from muster.foundation.rights import house
from muster.mobilisation.answers import report_in
from muster.mobilisation.models import Order, WatchItem
from muster.organisation.models import Account, Appointment, District, Incident, Person, Unit
from muster.organisation.people import actor_of
from muster.roll import coverage
from muster.roll.models import Closing, Entry, Mark, Tally
from muster.vault import particulars
from muster.vault.purposes import CONTACT
from tests.drill.sheets import ROOT, SMALL, change, copy_of_small, put
from tests.drill.test_time_machine import make_database

ZONE = ZoneInfo("Europe/London")
ORGANISATIONS = "mobilisation.organisations_acknowledged"
MEMBERS = "mobilisation.members_reported_in"

pytestmark = pytest.mark.django_db(transaction=True)


def muster(*arguments: str) -> tuple[int, str, str]:
    """A command in this process: its exit code, what it prints, what it says on stderr."""
    out, wrong = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(wrong), translation.override("en"):
        try:
            call_command(*arguments)
        except SystemExit as left:
            return int(left.code or 0), out.getvalue(), wrong.getvalue()
    return 0, out.getvalue(), wrong.getvalue()


def play(*arguments: str, what: str | Path = "flood-small") -> str:
    """Play, and see that it went well."""
    code, said, wrong = muster("drill", "play", str(what), *arguments)
    assert code == 0, wrong
    return said


def counted(figure: str, at: str, incident: str = "flood-2022") -> tuple[int, int, int, int]:
    """answered, excused, outstanding, expected of the district as of a local moment; zeroes before the roll opened."""
    moment = datetime.fromisoformat(at).replace(tzinfo=ZONE)
    roll = coverage.roll_of_figure(figure, Incident.objects.get(key=incident), moment)
    if roll is None:
        return 0, 0, 0, 0
    whole = coverage.count([roll], moment)[roll.pk].under(
        coverage.Tree.as_of(moment), Unit.objects.get(parent=None).path
    )
    assert len(coverage.names(roll, moment)) == whole.outstanding
    return whole.answered, whole.excused, whole.outstanding, whole.expected


def proved() -> None:
    """`muster verify` finds nothing."""
    code, said, _ = muster("verify")
    assert code == 0, said


def written() -> dict[str, Any]:
    """All that a play came to, as far as it is the same at every play."""
    marks = Mark.objects.order_by("recorded_at", "roll__key", "entry__subject_id", "n")
    numbers = dict(Person.objects.values_list("pk", "number"))
    names = dict(Unit.objects.values_list("pk", "name"))
    known = {**numbers, **names}
    return {
        "marks": sorted(
            (str(at), roll, known[subject], n, str(before), str(after), outcome)
            for at, roll, subject, n, before, after, outcome in marks.values_list(
                "recorded_at", "roll__key", "entry__subject_id", "n", "before", "after", "outcome"
            )
        ),
        "tallies": sorted(Tally.objects.values_list("roll__key", "unit__name", "answered", "outstanding", "excused")),
        "closings": sorted(
            (str(at), *rest)
            for at, *rest in Closing.objects.values_list("closed_at", "roll__key", "unit__name", "answered")
        ),
        "verbs": sorted(AuditLine.objects.exclude(verb="drill.begin_play").values_list("verb", "actor")),
        "grants": sorted(Account.objects.values_list("name", "grants__role", "grants__unit__name")),
    }


def test_the_small_scenario_is_played_whole() -> None:
    said = play()
    comes_to_its_totals()
    the_district_is_set_up_as_the_sheets_say()
    each_event_is_done_by_whoever_did_it_at_its_own_time()
    the_clock_runs_on_from_the_end()
    proved()
    # What the reader is told: one sign-in for each part, and what to do next.
    for row in scenario.read(SMALL).district.cast:
        assert row.person in said
        assert row.note in said
    assert "muster serve" in said


def comes_to_its_totals() -> None:
    assert counted(ORGANISATIONS, "2022-11-19T07:00") == (28, 0, 0, 28)
    assert counted(MEMBERS, "2022-11-19T07:00") == (187, 2, 0, 189)
    assert counted(ORGANISATIONS, "2022-11-17T07:00") == (0, 0, 0, 0)
    answered, excused, outstanding, expected = counted(MEMBERS, "2022-11-17T12:00")
    assert 0 < answered < answered + excused + outstanding == expected == 189
    assert outstanding > 0


def the_district_is_set_up_as_the_sheets_say() -> None:
    district = District.objects.get()
    assert (district.zone, district.language, district.day_starts_at.hour) == ("Europe/London", "en", 6)
    assert Unit.objects.count() == 30
    assert Person.objects.count() == Account.objects.count() == 200
    assert [c.account.name for c in Cast.objects.all()] == [c.person for c in scenario.read(SMALL).district.cast]
    played = Play.objects.get()
    assert played.commander is not None
    assert played.incident is not None
    assert (played.commander.name, played.incident.key, played.run) == ("av190", "flood-2022", 1)
    assert played.finished_at == played.ends_at
    # The tree stands when the incident is opened, and the house acts first in the time of the scenario.
    assert len(coverage.Tree.as_of(played.incident.opened_at).paths) == 30
    first = AuditLine.objects.order_by("at", "id")[0]
    assert first.at < played.incident.opened_at
    # Telephones lie in the vault.
    person = Person.objects.get(number="av001")
    opened = played.incident.opened_at
    phones = particulars.open_all("person", [person.pk], CONTACT, opened + timedelta(days=399))
    assert phones == {person.pk: "07700900223"}
    assert not particulars.open_all("person", [person.pk], CONTACT, opened + timedelta(days=401))
    # The order says what the sheet says, with its file.
    order = Order.objects.get()
    assert (order.number, order.founding, order.pledges.count(), order.files.count()) == ("AVC-1/2022", True, 3, 1)


def each_event_is_done_by_whoever_did_it_at_its_own_time() -> None:
    events = scenario.read(SMALL).events
    lines = AuditLine.objects.filter(channel="drill", actor_account__isnull=False).order_by("at", "id")
    assert [(line.at, line.actor) for line in lines] == [(e.at, e.by) for e in events]
    by_lead = sum(e.action == "report_in" and e.by != e.subject for e in events)
    assert Order.objects.get().report_ins.filter(for_person__isnull=False).count() == by_lead > 0


def the_clock_runs_on_from_the_end() -> None:
    ends_at = scenario.read(SMALL).ends_at
    clock.forget_offset()
    assert timedelta(0) <= clock.now() - ends_at < timedelta(seconds=30)
    assert clock.settled() > counted_at_the_last_closing()


def counted_at_the_last_closing() -> datetime:
    """The last day's end before the end of the play was closed."""
    last = Closing.objects.order_by("-closed_at")[0].closed_at
    assert last.astimezone(ZONE).strftime("%d %H:%M") == "19 06:00"
    return last


def test_it_goes_on_after_it_broke_off_at_any_point(monkeypatch: pytest.MonkeyPatch) -> None:
    write, calls = audit.Line.write, 0

    def breaking(line: audit.Line, inputs: dict[str, Any]) -> None:
        nonlocal calls
        calls += 1
        write(line, inputs)
        if calls in (1, 3, 9, 14, 40, 41, 200):
            raise KeyboardInterrupt

    monkeypatch.setattr(audit.Line, "write", breaking)
    broken = 0
    while (left := muster("drill", "play", "flood-small"))[0]:
        assert left[0] == 130, left
        assert "goes on from here" in left[2]
        broken += 1
    assert broken == 7
    monkeypatch.undo()
    proved()
    assert counted(MEMBERS, "2022-11-19T07:00") == (187, 2, 0, 189)
    assert_as_if_undisturbed(written())


_kept: dict[str, Any] = {}


def assert_as_if_undisturbed(found: dict[str, Any]) -> None:
    """Compare with a play in a database of its own that nothing disturbed; made once."""
    if not _kept:
        flush()
        play()
        _kept.update(written())
    for part, rows in _kept.items():
        assert found[part] == rows, part


def flush() -> None:
    """An empty database again, in the middle of a test."""
    call_command("flush", verbosity=0, interactive=False, allow_cascade=False, inhibit_post_migrate=False)
    clock.forget_offset()


KILLED = """
import os, signal, sys
import django
django.setup()
from django.core.management import call_command
from muster.foundation import audit
left, write = int(sys.argv[1]), audit.Line.write
def killing(line, inputs):
    global left
    left -= 1
    write(line, inputs)
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)  # inside the transaction, as a power cut would
audit.Line.write = killing
call_command("drill", "play", "flood-small")
"""


def test_it_goes_on_after_kill_9(tmp_path: Path) -> None:
    url = make_database("killed", tmp_path)
    environment = {**os.environ, "MUSTER_DATABASE_URL": url, "MUSTER_KEYS": str(tmp_path / "keys")}
    environment.pop("PYTEST_VERSION", None)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    for left in (2, 12, 90):
        assert run(sys.executable, "-c", KILLED, str(left)).returncode == -9
    command = str(Path(sys.executable).parent / "muster")
    for verb in (["tick"], ["serve", "--port", "1"]):
        refused = run(command, *verb)
        assert refused.returncode == 1
        assert "--until" in refused.stderr, "a play that stopped half-way is gone on with first"
    done = run(command, "drill", "play", "flood-small")
    assert done.returncode == 0, done.stderr
    assert run(command, "tick").returncode == 0
    proof = run(command, "verify")
    assert proof.returncode == 0, proof.stdout
    told = run(command, "report", "--as-of", "2022-11-19T07:00", "--format", "json")
    assert '"value": 187' in told.stdout, told.stderr
    assert '"value": 28' in told.stdout


def test_until_stops_there_and_the_same_command_goes_on() -> None:
    play("--until", "2022-11-17T09:30")
    at_the_stop = counted(MEMBERS, "2022-11-17T09:29")
    assert 0 < at_the_stop[0] < 187
    assert Play.objects.get().finished_at is None
    assert clock.now() - datetime(2022, 11, 17, 9, 30, tzinfo=ZONE) < timedelta(seconds=30)
    assert Mark.objects.order_by("-recorded_at")[0].recorded_at <= datetime(2022, 11, 17, 9, 30, tzinfo=ZONE)
    code, _, wrong = muster("drill", "play", "flood-small", "--until", "2022-11-17T09:00")
    assert (code, "beyond" in wrong) == (1, True)
    said = play()
    assert "Gone on after" in said
    assert counted(MEMBERS, "2022-11-17T09:29") == at_the_stop
    assert counted(MEMBERS, "2022-11-19T07:00") == (187, 2, 0, 189)
    proved()
    assert_as_if_undisturbed(written())


def test_what_somebody_did_in_between_stays_before_what_is_played_on() -> None:
    play("--until", "2022-11-17T09:30")
    entry = Entry.objects.filter(roll__figure=MEMBERS, state="outstanding").order_by("pk")[0]
    moment = datetime(2022, 11, 17, 11, 0, tzinfo=ZONE)
    person = Person.objects.get(pk=entry.subject_id)
    with clock.played_at(moment):
        actor = actor_of(Account.objects.get(person=person), "phone")
        assert report_in(by=actor, unit=entry.unit, person=person, order=Order.objects.get())
    play()
    proved()
    assert counted(MEMBERS, "2022-11-17T10:59") == counted(MEMBERS, "2022-11-17T09:30")
    assert counted(MEMBERS, "2022-11-19T07:00") == (187, 2, 0, 189)


@pytest.mark.parametrize(
    "moment", ["tomorrow", "2022-11-16T17:00", "2023-01-01T00:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"]
)
def test_until_must_be_a_moment_of_the_scenario(moment: str) -> None:
    code, _, wrong = muster("drill", "play", "flood-small", "--until", moment)
    assert code == 1
    assert wrong.startswith("muster: ")
    assert not Database.objects.exists()


def test_a_wrong_moment_throws_no_drill_away(tmp_path: Path) -> None:
    url = make_database("kept", tmp_path)
    environment = {**os.environ, "MUSTER_DATABASE_URL": url, "MUSTER_KEYS": str(tmp_path / "keys")}
    command = [str(Path(sys.executable).parent / "muster"), "drill", "play", "flood-small", "--until"]
    subprocess.run([*command, "2022-11-17T08:30"], cwd=ROOT, env=environment, capture_output=True, check=True)
    wrong = subprocess.run([*command, "2030-01-01T00:00", "--fresh"], cwd=ROOT, env=environment, capture_output=True)
    assert wrong.returncode == 1
    gone_on = subprocess.run([*command, "2022-11-17T08:40"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert "Gone on after" in gone_on.stdout, gone_on.stderr


def test_until_is_looked_at_when_it_ends_half_way() -> None:
    play("--until", "2022-11-17T09:30")
    assert half_way() is None
    with clock.played_at(datetime(2022, 11, 17, 11, 0, tzinfo=ZONE)):
        play_state = Play.objects.get()
        set_stage(by=house("x"), play=play_state, incident=play_state.incident.key, commander=play_state.commander.name)
    refusal = half_way()
    assert refusal is not None, "something is recorded that lies ahead of the drill's clock"
    assert refusal.code == "drill.half_way"
    play()
    assert half_way() is None


def test_until_names_the_moments_that_there_are() -> None:
    _, _, wrong = muster("drill", "play", "flood-small", "--until", "2023-01-01T00:00")
    assert wrong.startswith("muster: --until: ")
    assert "2022-11-16T18:00:00" in wrong
    assert f"{scenario.read(SMALL).ends_at.astimezone(ZONE):%Y-%m-%dT%H:%M:%S}" in wrong


def test_a_refused_command_names_its_option_and_speaks_the_districts_language() -> None:
    play("--until", "2022-11-16T18:30")
    told = {words: muster("report", *words)[2] for words in (("--as", "nobody"), ("--as-of", "now"))}
    assert told["--as", "nobody"].startswith("muster: --as: There is no account")
    assert told["--as-of", "now"].startswith("muster: --as-of: ")
    Account.objects.filter(name="av001").update(disabled_at=clock.now())
    assert muster("report", "--as", "av001")[2].startswith("muster: --as: The account av001 has ended.")
    in_english = muster("badge", "check", "x", "--keys", "/nowhere")[2]
    District.objects.update(language="zh-hans")
    in_chinese = muster("badge", "check", "x", "--keys", "/nowhere")[2]
    with translation.override("zh-hans"):
        assert gettext("Name a file that is there.") in in_chinese
    assert "Name a file that is there." in in_english
    assert in_chinese != in_english


def test_a_districts_own_database_is_refused() -> None:
    database.make_ready(drill=False)
    code, _, wrong = muster("drill", "play", "flood-small")
    assert (code, "district's own database" in wrong) == (1, True)
    assert not AuditLine.objects.exists()


def test_a_second_play_is_refused_and_a_new_incident_is_played_beside_the_first() -> None:
    play()
    before = counted(MEMBERS, "2022-11-17T12:00")
    code, _, wrong = muster("drill", "play", "flood-small")
    assert (code, "holds an incident already" in wrong) == (1, True)
    said = play("--new-incident")
    assert "days later" in said
    second = Play.objects.get(run=2)
    assert second.incident is not None
    assert second.incident.key == "flood-2022-2"
    later = timedelta(days=second.days_later)
    assert second.days_later == 3
    assert set(Order.objects.values_list("key", flat=True)) == {"stand-to", "stand-to-2"}
    assert Person.objects.count() == 200
    end = (datetime(2022, 11, 19, 7, 0) + later).isoformat()  # noqa: DTZ001 local, as a reader writes it
    assert counted(MEMBERS, end, "flood-2022-2") == (187, 2, 0, 189)
    assert counted(MEMBERS, "2022-11-17T12:00") == before
    proved()
    assert muster("drill", "play", "flood-small")[0] == 1


def test_a_new_incident_leaves_out_what_merged_units_did(tmp_path: Path) -> None:
    folder = copy_of_small(tmp_path)
    merged(folder)
    play(what=folder)
    assert Unit.objects.get(closed_at__isnull=False).successor is not None
    proved()
    said = play("--new-incident", what=folder)
    assert "Left out" in said
    second = Play.objects.get(run=2)
    end = (datetime(2022, 11, 19, 7, 0) + timedelta(days=second.days_later)).isoformat()  # noqa: DTZ001 local
    answered, _, _, expected = counted(ORGANISATIONS, end, "flood-2022-2")
    assert answered == expected == 27
    proved()


def merged(folder: Path) -> None:
    """Two parishes are joined, after a hand-over, on the second day."""
    day = "2022-11-18T20:"
    cells = {"by": "av190", "unit": "AV-P01", "subject": "", "into": "AV-P02", "reason": "joined"}
    change(
        folder / "events/roll.csv",
        lambda rows: rows.append({"at": f"{day}00", "action": "hand_over_entries", "roll": "", **cells}),
    )
    change(
        folder / "events/organisation.csv",
        lambda rows: rows.append({"at": f"{day}05", "action": "merge_units", **cells}),
    )


def test_another_district_is_no_place_for_it(tmp_path: Path) -> None:
    play()
    folder = copy_of_small(tmp_path)
    change(folder / "scenario.csv", lambda rows: next(r for r in rows if r["key"] == "key").update(value="other"))
    change(
        folder / "people.csv",
        lambda rows: rows.append({**rows[-1], "number": "av999", "name": "New One", "leads": ""}),
    )
    code, _, wrong = muster("drill", "play", str(folder), "--new-incident")
    assert (code, "another district" in wrong, "av999" in wrong) == (1, True, True)
    assert Incident.objects.count() == Play.objects.count() == 1
    assert "days later" in play("--new-incident")


def test_files_that_changed_under_an_unfinished_play_are_refused(tmp_path: Path) -> None:
    folder = copy_of_small(tmp_path)
    play("--until", "2022-11-17T09:30", what=folder)
    put(folder / "people.csv", 3, title="harbour master")
    code, _, wrong = muster("drill", "play", str(folder))
    assert (code, "have changed" in wrong) == (1, True)
    change(folder / "scenario.csv", lambda rows: next(r for r in rows if r["key"] == "key").update(value="other"))
    code, _, wrong = muster("drill", "play", str(folder))
    assert (code, "not played to its end" in wrong) == (1, True)


def test_a_new_incident_beside_a_play_that_stopped_is_refused_with_the_reason(tmp_path: Path) -> None:
    folder = copy_of_small(tmp_path)
    play("--until", "2022-11-17T09:30", what=folder)
    before = written()
    put(folder / "people.csv", 3, title="harbour master")
    for words in ("have changed", "not played to its end"):
        code, _, wrong = muster("drill", "play", str(folder), "--new-incident")
        assert (code, words in wrong) == (1, True)
        assert "what is recorded stays recorded" in wrong
        change(folder / "scenario.csv", lambda rows: next(r for r in rows if r["key"] == "key").update(value="other"))
    assert written() == before
    assert Play.objects.get().finished_at is None


def test_a_new_incident_that_stopped_is_gone_on_with_by_the_same_command() -> None:
    play()
    play("--new-incident", "--until", "2022-11-17T09:30")
    assert "Gone on after" in play("--new-incident")
    assert Play.objects.filter(finished_at__isnull=False).count() == Play.objects.count() == 2
    proved()


def test_a_refused_event_stops_the_play_with_file_line_and_words(tmp_path: Path) -> None:
    folder = copy_of_small(tmp_path)
    put(folder / "events/mobilisation.csv", 5, by="av001")  # the clerk of another parish
    code, _, wrong = muster("drill", "play", str(folder))
    assert code == 1
    assert "events/mobilisation.csv, line 7: This is not yours to do." in wrong
    assert Play.objects.get().finished_at is None
    proved()


BAD: list[Callable[[Path], object]] = [
    lambda folder: put(folder / "people.csv", 3, unit="AV-NONE"),
    lambda folder: put(folder / "events/mobilisation.csv", 200, action="sing"),
    lambda folder: (folder / "events/roll.csv").write_bytes(b"at,action,by,unit,subject,roll,into,reason\n2022"),
    lambda folder: (folder / "files/door-sheet.txt").unlink(),
]


@pytest.mark.parametrize("spoil", BAD)
def test_nothing_is_written_of_a_scenario_that_is_wrong(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    folder = copy_of_small(tmp_path)
    spoil(folder)
    code, said, wrong = muster("drill", "play", str(folder))
    assert (code, said) == (1, "")
    assert ".csv, line" in wrong
    assert not Database.objects.exists()
    assert not Unit.objects.exists()
    assert not AuditLine.objects.exists()


@pytest.mark.parametrize("name", ["nowhere", "x" * 5000, ""])
def test_a_scenario_that_is_not_there(name: str) -> None:
    code, _, wrong = muster("drill", "play", name)
    assert code == 1
    assert "flood-small" in wrong


def test_orders_bring_their_watch_items_and_merged_people_go_on(tmp_path: Path) -> None:
    folder = copy_of_small(tmp_path)
    items = [
        {"unit": "AV-P01", "order": "stand-to", "position": "1", "text": "The bridge", "cadence_hours": "6"},
        {"unit": "AV-P02", "order": "", "position": "1", "text": "The weir", "cadence_hours": "12"},
    ]
    change(folder / "watch_items.csv", lambda rows: rows.extend({**i, "owner": "AV-P02"} for i in items))
    merged(folder)
    play("--until", "2022-11-17T07:10", what=folder)
    assert [(w.text, w.order) for w in WatchItem.objects.all()] == [("The weir", None)]
    play(what=folder)
    assert {(w.text, w.order.key if w.order else "") for w in WatchItem.objects.all()} == {
        ("The weir", ""),
        ("The bridge", "stand-to"),
    }
    left = Unit.objects.get(closed_at__isnull=False)
    assert not Appointment.objects.filter(unit=left, until__isnull=True).exists()
    proved()


def test_two_plays_at_once_end_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    play("--until", "2022-11-17T09:30")
    lines = AuditLine.objects.count()
    # As it is for whoever looked before the other had played on.
    monkeypatch.setattr(playing, "_first_not_done", lambda *_: 7)
    code, _, wrong = muster("drill", "play", "flood-small")
    assert (code, "at the same time" in wrong) == (1, True)
    assert AuditLine.objects.count() == lines


def test_progress_is_told_by_lines_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_SECONDS", 0.0)
    _, said, wrong = muster("drill", "play", "flood-small")
    read = scenario.read(SMALL)
    total = int(wrong.splitlines()[-1].split("/")[1].split()[0])
    assert wrong.splitlines()[-1].startswith(f"{total}/{total}  2022-11-18 ")
    assert total > len(read.events) + len(read.district.people)
    assert str(total) not in said


def test_no_event_is_tried_twice_when_a_play_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    play("--until", "2022-11-18T12:00")
    lines = AuditLine.objects.count()
    told: list[int] = []

    class Told(progress.Silent):
        def advance(self, weight: int, words: str = "") -> None:
            told.append(weight)

    read = scenario.read(SMALL)
    played = playing.play(read, Told(), until=None, new_incident=False)
    assert played.done_before == sum(e.at <= datetime(2022, 11, 18, 12, 0, tzinfo=ZONE) for e in read.events)
    assert AuditLine.objects.count() - lines == len(read.events) - played.done_before + 1  # and the play's end
    assert connection.in_atomic_block is False
