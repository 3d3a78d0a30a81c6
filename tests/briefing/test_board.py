"""The board: what it shows, to whom, as of when, and what it costs."""

from __future__ import annotations

from django.test import Client

from tests.briefing.conftest import Day


def test_the_board_shows_the_district(day: Day, commander: Client) -> None:
    answer = commander.get("/office/")
    assert answer.status_code == 200
    open("/tmp/board.html", "w").write(answer.content.decode())
    for u in (
        "/office/?unit=A",
        "/office/?unit=A1",
        "/office/?wall=1",
        "/office/figures/",
        "/office/figures/mobilisation.organisations_acknowledged/",
        "/office/figures/mobilisation.members_reported_in/?unit=A&show=answered",
        "/office/figures/mobilisation.orders_issued/",
        "/office/reports/",
        "/office/reports/new/",
    ):
        r = commander.get(u)
        print(u, r.status_code, len(r.content))
        open("/tmp/p" + u.replace("/", "_").replace("?", "_") + ".html", "w").write(r.content.decode())
    import re

    r = commander.get("/office/reports/new/")
    a = re.search(r'action="([^"]*as_of[^"]*)"', r.content.decode()).group(1).replace("&amp;", "&")
    t = re.search(r'name="request" value="([^"]*)"', r.content.decode()).group(1)
    r = commander.post(a, {"request": t})
    print(r.status_code, r["Location"])
    r = commander.get(r["Location"])
    print(r.status_code)
    u = r.request["PATH_INFO"]
    print(commander.get(u + "print/").status_code, commander.get(u + "report.json").content[:300])
    print(commander.get(u + "?figure=mobilisation.members_reported_in&part=excused").status_code)
    print(commander.get("/office/reports/").status_code)
    r = commander.get("/office/figures/mobilisation.members_reported_in/rows.csv?show=expected")
    print(b"".join(r.streaming_content).decode())
