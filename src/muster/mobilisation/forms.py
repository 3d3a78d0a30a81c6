"""The forms of orders: a draft, a version, a passing on. What is refused by the action stands beside its field."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from muster.foundation import clock
from muster.foundation.errors import Refusal
from muster.mobilisation.actions import FILE_BYTES_MAX, TEXT_LENGTH_MAX, Attachment, Draft
from muster.mobilisation.models import Order, OrderDraft
from muster.organisation.models import Unit, UnitKind

KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")
MINUTE = "%Y-%m-%dT%H:%M"
TERMS = _(
    "Terms with spaces between: set:KEY a named set, kind:KEY all units of a kind, under:CODE a unit and all below it,"
    " unit:CODE one unit. A minus before a term takes its units away again."
)


class MinuteInput(forms.DateTimeInput):
    """A moment to the minute, in the district's zone."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format=MINUTE, attrs={"class": "field"})


def _line(**attributes: Any) -> forms.TextInput:
    return forms.TextInput({"class": "field", **attributes})


def _text(rows: int) -> forms.Textarea:
    return forms.Textarea({"class": "field", "rows": rows})


KEPT = ("call_up", "call_up_due_at", "founding", "re_acknowledge")
"""What a form without a field for it leaves alone."""


class OrderForm(forms.Form):
    """What is common to a draft, a version and a passing on."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=48)
    title = forms.CharField(label=_("Title"), max_length=200, widget=_line())
    text = forms.CharField(
        label=_("Text"),
        max_length=TEXT_LENGTH_MAX,
        widget=_text(14),
        help_text=_("Name no person and no phone number in it: an order cannot be changed once it is issued."),
    )
    effective_at = forms.DateTimeField(label=_("In effect from"), widget=MinuteInput())
    due_at = forms.DateTimeField(label=_("To be acknowledged by"), widget=MinuteInput(), required=False)
    audience = forms.CharField(
        label=_("Addressed to"), max_length=400, widget=_line(spellcheck="false", autocomplete="off"), help_text=TERMS
    )
    pledges = forms.CharField(
        label=_("Pledges"),
        required=False,
        widget=_text(4),
        help_text=_("One a line. Whoever takes up the order keeps them; leave it empty for none."),
    )
    attachment = forms.FileField(
        label=_("Attachment"), required=False, help_text=_("One file of 10 MB at most, without anybody's particulars.")
    )

    def clean_key(self) -> str:
        """A key that figures and commands can carry."""
        key: str = self.cleaned_data["key"]
        if not KEY.fullmatch(key):
            raise forms.ValidationError(_("Open the form again: its key is damaged."))
        return key

    def attachments(self) -> tuple[Attachment, ...]:
        """The file that was sent, if one was."""
        sent = self.cleaned_data.get("attachment")
        if sent is None:
            return ()
        sent.seek(0)
        body = sent.read(FILE_BYTES_MAX + 1)
        return (Attachment(sent.name, sent.content_type or "application/octet-stream", body),)

    def lines(self) -> tuple[str, ...]:
        """The pledges, one a line."""
        return tuple(line.strip() for line in self.cleaned_data["pledges"].splitlines() if line.strip())

    def draft(self, kept: OrderDraft | None = None) -> Draft:
        """What was written down. kept: the draft that is changed; of what the form has no field it stays as it is."""
        given = self.cleaned_data | {name: getattr(kept, name) for name in KEPT if kept and name not in self.fields}
        return Draft(
            key=given["key"],
            version=getattr(self, "version", 1),
            title=given["title"],
            text=given["text"],
            effective_at=given["effective_at"],
            due_at=given["due_at"],
            audience=given["audience"],
            call_up=given.get("call_up", ""),
            call_up_due_at=given.get("call_up_due_at"),
            founding=given.get("founding", False),
            re_acknowledge=given.get("re_acknowledge", True),
            covering_note=given.get("covering_note", ""),
            pledges=tuple(kept.pledges) if kept and "pledges" not in self.fields else self.lines(),
            attachments=self.attachments(),
        )

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal beside its field, or above the form where it names none of it."""
        # A unit that no code means stands in the rule that names it.
        fields = {"audience" if name == "unit" else name: words for name, words in refusal.fields.items()}
        named = {name: words for name, words in fields.items() if name in self.fields}
        for name, words in named.items():
            self.add_error(name, f"{words} {refusal.next_step}")
        if not named:
            self.add_error(None, str(refusal))

    def show_faults(self) -> None:
        """Mark the fields that are wrong, so that they are heard and seen as such."""
        for name in self.errors:
            if name in self.fields:
                self.fields[name].widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"fault_{name}"}


class NewOrderForm(OrderForm):
    """A new order, or a draft of one that is written anew."""

    issuer = forms.ModelChoiceField(
        label=_("Issued by"), queryset=Unit.objects.none(), widget=forms.Select({"class": "field"}), empty_label=None
    )
    call_up = forms.CharField(
        label=_("Calls up the members of"),
        max_length=400,
        required=False,
        widget=_line(spellcheck="false", autocomplete="off"),
    )
    call_up_due_at = forms.DateTimeField(label=_("To report in by"), widget=MinuteInput(), required=False)
    founding = forms.BooleanField(
        label=_("This order founds the incident: the main figures count its answers"),
        required=False,
        widget=forms.CheckboxInput({"class": "tick"}),
    )
    field_order = ("key", "issuer", "title", "text", "effective_at", "due_at", "audience", "call_up", "call_up_due_at")

    def __init__(self, *args: Any, issuers: Sequence[Unit], founded: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["issuer"]
        field.queryset = Unit.objects.filter(pk__in=[unit.pk for unit in issuers])
        field.label_from_instance = lambda unit: unit.name
        if founded:
            del self.fields["founding"]
        named = UnitKind.objects.order_by("rank", "pk").values_list("key", "name")
        here = _("Kinds here: %(kinds)s") % {"kinds": " ".join(_term(key, name) for key, name in named)}
        self.fields["audience"].help_text = f"{TERMS} {here}"


def _term(key: str, name: str) -> str:
    """The term for a kind, by its name; by its key where the name has a space, at which terms are told apart."""
    return f"kind:{name}" if name.split() == [name] else f"kind:{key} ({name})"


class NoteForm(OrderForm):
    """Passing on: the covering note is the text, for what is passed on stands in the order that it names."""

    covering_note = forms.CharField(label=_("Covering note"), max_length=TEXT_LENGTH_MAX, widget=_text(8))
    field_order: tuple[str, ...] = ("key", "covering_note", "title", "audience", "effective_at", "due_at")

    def take_note_for_text(self) -> None:
        """Leave out the fields that the note stands for."""
        del self.fields["text"]
        del self.fields["pledges"]

    def clean(self) -> dict[str, Any]:
        """The covering note is what the new order says."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if "text" not in self.fields:
            given["text"] = given.get("covering_note", "")
            given["pledges"] = ""
        return given


class VersionForm(NoteForm):
    """The next version of an order; whom it calls up stays as it was."""

    re_acknowledge = forms.BooleanField(
        label=_("Everybody acknowledges again (take the tick away for a mended typing error)"),
        required=False,
        widget=forms.CheckboxInput({"class": "tick"}),
    )
    field_order = ("key", "title", "covering_note", "text")
    version = 1

    def __init__(self, *args: Any, version: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version = version
        if not self.initial.get("covering_note"):
            del self.fields["covering_note"]
        elif self.initial["covering_note"] == self.initial["text"] and not self.initial["pledges"]:
            self.take_note_for_text()


class PassOnForm(NoteForm):
    """Passing an order on to one's own units, with a covering note."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.take_note_for_text()


def new_key() -> str:
    """A key for an order that nobody else has: the day and four signs."""
    return f"{timezone.localtime(clock.now()):%Y%m%d}-{secrets.token_hex(2)}"


def beginning() -> dict[str, Any]:
    """What the form of a new order begins with: in effect at once, due in a day."""
    start = clock.now().replace(second=0, microsecond=0)
    return {"key": new_key(), "effective_at": start, "due_at": start + timedelta(days=1)}


def as_written(draft: OrderDraft) -> dict[str, Any]:
    """What the form of a draft that is changed begins with."""
    return {
        "key": draft.key,
        "issuer": draft.issuer_id,
        "title": draft.title,
        "text": draft.text,
        "effective_at": draft.effective_at,
        "due_at": draft.due_at,
        "audience": draft.audience,
        "call_up": draft.call_up,
        "call_up_due_at": draft.call_up_due_at,
        "pledges": "\n".join(draft.pledges),
        "founding": draft.founding,
        "re_acknowledge": draft.re_acknowledge,
        "covering_note": draft.covering_note,
    }


def as_issued(order: Order, selector: str, pledges: Sequence[str]) -> dict[str, Any]:
    """What the form of the next version begins with: the text in force, due as before, or as long from now if past."""
    start = clock.now().replace(second=0, microsecond=0)
    span = order.due_at - order.effective_at if order.due_at else timedelta(days=1)
    return {
        "key": order.key,
        "title": order.title,
        "text": order.text,
        "effective_at": start,
        "due_at": order.due_at if order.due_at and order.due_at > start else start + span,
        "audience": selector,
        "pledges": "\n".join(pledges),
        "re_acknowledge": True,
        "covering_note": order.covering_note,
    }
