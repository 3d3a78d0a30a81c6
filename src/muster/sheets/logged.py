"""How the log calls what is done with sheets."""

from muster.foundation.errors import Text, text

WORDS: dict[str, Text] = {
    "sheets.take_in": text("File taken in"),
    "sheets.choose_columns": text("Columns chosen"),
    "sheets.judge_rows": text("Rows judged"),
    "sheets.judge_later": text("Rows to be judged"),
    "sheets.answer_row": text("Row answered"),
    "sheets.apply": text("Import begun"),
    "sheets.write_rows": text("Rows written"),
    "sheets.undo": text("Taking an import back begun"),
    "sheets.undo_rows": text("Rows taken back"),
    "sheets.take_out": text("List taken along"),
    "sheets.order_list": text("Long list ordered"),
    "sheets.keep_list": text("Long list made"),
    "sheets.forget_ended": text("Old rows and lists dropped"),
}
