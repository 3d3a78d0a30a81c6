"""What the room of sheets registers."""

from django.apps import AppConfig


class SheetsConfig(AppConfig):
    """Imports, lists as files."""

    name = "muster.sheets"
    label = "sheets"

    def ready(self) -> None:
        from muster.foundation.errors import text
        from muster.foundation.registry import CHORES, JOBS, PURPOSES, VERBS
        from muster.sheets import actions, intake, logged, made, store
        from muster.vault.purposes import Purpose

        CHORES.add("sheets", made.chore)
        VERBS.add_all(logged.WORDS)
        JOBS.add(actions.JUDGE, intake.judge_slice)
        JOBS.add(actions.WRITE, intake.write_slice)
        JOBS.add(actions.UNDO, intake.undo_slice)
        PURPOSES.add(
            store.PURPOSE,
            Purpose(
                store.PURPOSE,
                text("Sheets taken in and lists taken out"),
                text("To try a sheet before it is written, to take it back, and to fetch a long list that was made."),
                cipher="bodies",
                days=store.DAYS,
            ),
        )
