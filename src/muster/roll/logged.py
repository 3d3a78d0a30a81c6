"""How the log calls what is done on rolls."""

from muster.foundation.errors import Text, text

WORDS: dict[str, Text] = {
    "roll.stage": text("Names of a roll written"),
    "roll.show": text("Roll opened"),
    "roll.excuse": text("Excused"),
    "roll.lift_excuse": text("Excuse ended"),
    "roll.hand_over_entries": text("Entries handed over"),
    "roll.choose_answer": text("Answer chosen of two"),
    "roll.add_entry": text("Name added to a roll"),
    "roll.remove_entry": text("Name taken off a roll"),
    "roll.close": text("Roll closed"),
    "roll.set_reasons": text("Reasons set"),
    "roll.print_call_list": text("Call list printed"),
    "roll.export_names": text("Names taken along"),
    "roll.follow_person": text("Entries followed a person"),
    "roll.expect_instead": text("Another asked instead"),
    "roll.make_ladder": text("Ladder made"),
    "roll.end_ladder": text("Ladder ended"),
    "roll.chase": text("Roll chased"),
    "roll.stop_chasing": text("Chasing stopped"),
    "roll.remind": text("Reminded by hand"),
    "roll.remind_slice": text("Reminded by hand, further names"),
    "roll.tell_slice": text("Told by the ladder"),
    "roll.note_attempt": text("Called, no answer"),
}
