"""The job that makes a long list as a workbook, for whoever asked for it and with what they may see then."""

from __future__ import annotations

import io
from uuid import UUID

from django.utils import translation

from muster.foundation import jobs
from muster.foundation.models import Job
from muster.foundation.registry import LISTS
from muster.organisation.command import language
from muster.organisation.incoming import who
from muster.sheets import made as lists
from muster.sheets import out
from muster.sheets.models import MadeList


def make(job: Job) -> tuple[int, int, bool]:
    """All of it in one go: a workbook that was begun cannot be gone on with."""
    made = MadeList.objects.filter(pk=UUID(job.args["made"])).first()
    if made is None or made.parts:
        return job.of, job.of, False
    by = who(made.by_account, made.by_name, made.channel)
    with translation.override(language() or translation.get_language()):
        listing = LISTS[made.which](by, lists.asked_of(made))
        written = io.BytesIO()
        out.xlsx(listing, written, lambda done: jobs.tell(job, done, listing.count))
    lists.keep_list(by=by, made=made, content=written.getvalue())
    return listing.count, listing.count, False
