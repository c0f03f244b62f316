"""The small forms of a chair: a reason, and sometimes a time."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils import timezone

from submissions.domain.call_facts import last_moment
from submissions.domain.workflow import State
from submissions.forms.call import when
from submissions.forms.fields import TextField
from submissions.models import Edition


class ReasonForm(forms.Form):
    reason = TextField(
        label="Reason",
        max_length=2000,
        help_text="The authors will read it, and it stays in the paper's history.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Give a reason: the authors will read it."},
    )


class TypedMomentField(forms.DateTimeField):
    """A date and time as typed. The form says which zone is meant: in the reader's own, the hour may not exist."""

    def to_python(self, value: Any) -> Any:
        with timezone.override(UTC):
            return super().to_python(value)


class ExtendForm(ReasonForm):
    until = TypedMomentField(
        label="New deadline for this paper",
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "class": "input--medium"}, format="%Y-%m-%dT%H:%M"
        ),
        error_messages={
            "required": "Choose the new time.",
            "invalid": "This is not a date and time. Write it like 2021-02-05 23:59.",
        },
    )
    field_order = ("until", "reason")

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.edition = edition
        self.fields["until"].help_text = f"In the time zone of the call, {edition.time_zone}."

    def clean_until(self) -> datetime:
        typed = self.cleaned_data["until"]
        return last_moment(when(typed.date(), typed.time()), self.edition.time_zone)


class PaperFilterForm(forms.Form):
    SORTS = (
        ("number", "Number"),
        ("title", "Title"),
        ("category", "Category"),
        ("state", "Status"),
        ("pages", "Pages"),
        ("changed", "Last change"),
    )
    STANDINGS = (
        ("", "All"),
        *((state.value, state.label) for state in State),
        ("missing", "Something missing"),
        ("findings", "With warnings"),
    )

    q = forms.CharField(label="Search", required=False, max_length=200)
    status = forms.ChoiceField(choices=STANDINGS, required=False)
    category = forms.ChoiceField(required=False)
    sort = forms.ChoiceField(choices=SORTS, required=False)

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["category"].choices = [("", "All"), *((it.slug, it.name) for it in edition.categories.all())]
        fields["q"].widget.attrs["placeholder"] = "Title, author, #17"
        for field in fields.values():
            field.needed = True
