"""How the log calls what is done with orders and those who are called up."""

from muster.foundation.errors import Text, text

WORDS: dict[str, Text] = {
    "mobilisation.set_series": text("Series of orders set"),
    "mobilisation.draft_order": text("Order drafted"),
    "mobilisation.change_draft": text("Draft changed"),
    "mobilisation.discard_draft": text("Draft discarded"),
    "mobilisation.sign_order": text("Order signed"),
    "mobilisation.issue_order": text("Order issued"),
    "mobilisation.pass_on_order": text("Order passed on"),
    "mobilisation.withdraw_order": text("Order withdrawn"),
    "mobilisation.set_watch_items": text("Watch items set"),
    "mobilisation.receive_order": text("Order received"),
    "mobilisation.acknowledge": text("Acknowledged"),
    "mobilisation.answer_cannot": text("Cannot comply: answered"),
    "mobilisation.correct_acknowledgement": text("Acknowledgement corrected"),
    "mobilisation.withdraw_acknowledgement": text("Acknowledgement taken back"),
    "mobilisation.report_in": text("Reported in"),
    "mobilisation.withdraw_report_in": text("Report-in taken back"),
    "mobilisation.revoke_badge": text("Badge revoked"),
    "mobilisation.renew_badge": text("Badge made anew"),
}
