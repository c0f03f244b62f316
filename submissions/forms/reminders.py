"""The small forms of the reminders' pages."""

from typing import Any

from django import forms

from submissions.services.reminders import Entry, Planned


class RecipientForm(forms.Form):
    """Whose letter to look at."""

    to = forms.ChoiceField(
        label="Recipient",
        error_messages={
            "invalid_choice": "“%(value)s” is not among the recipients any more. Choose another."
        },
    )

    def __init__(self, *args: Any, planned: Planned, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries = {f"{entry.to.about} {entry.to.address}": entry for entry in planned.entries}
        field: Any = self.fields["to"]
        field.choices = [(key, _label(entry)) for key, entry in self.entries.items()]

    def clean_to(self) -> Entry:
        return self.entries[self.cleaned_data["to"]]


class ConfirmForm(forms.Form):
    """Carries the mark of the recipients that were shown."""

    expected = forms.CharField(widget=forms.HiddenInput, max_length=64)


def _label(entry: Entry) -> str:
    paper = entry.to.paper
    return f"{entry.to.address}, #{paper.number}" if paper else entry.to.address
