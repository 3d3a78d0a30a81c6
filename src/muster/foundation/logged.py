"""How the log calls what the ground does."""

from muster.foundation.errors import Text, text

WORDS: dict[str, Text] = {
    "foundation.note_backup": text("Backup written"),
    "foundation.note_restore": text("Backup restored"),
}
