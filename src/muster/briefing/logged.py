"""How the log calls what is done with figures, reports and the end of incidents."""

from muster.foundation.errors import Text, text

WORDS: dict[str, Text] = {
    "briefing.issue_report": text("Situation report issued"),
    "briefing.export_rows": text("Rows of a figure taken along"),
    "briefing.end_incident": text("Incident ended"),
}
