"""How the log of a drill calls the steps of its play."""

from muster.foundation.errors import Text, text

WORDS: dict[str, Text] = {
    "drill.begin_play": text("Play begun"),
    "drill.set_stage": text("Stage of the play set"),
    "drill.finish_play": text("Play finished"),
    "drill.load_contacts": text("Telephone numbers of the play kept"),
    "drill.set_cast": text("Cast of the play named"),
}
