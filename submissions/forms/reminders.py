"""The forms of the reminders' pages."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.fields import LineField
from submissions.domain.call_facts import Call, ReminderFacts
from submissions.domain.reminders import AUDIENCES, misfit
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
        letters = {f"{it[0].to.about} {it[0].to.address}": it for it in planned.letters}
        self.entries = {key: entries[0] for key, entries in letters.items()}
        field: Any = self.fields["to"]
        field.choices = [(key, _label(entries)) for key, entries in letters.items()]

    def clean_to(self) -> Entry:
        return self.entries[self.cleaned_data["to"]]


class ConfirmForm(forms.Form):
    """Carries the mark of the recipients that were shown."""

    expected = forms.CharField(widget=forms.HiddenInput, max_length=64)


class RuleForm(forms.Form):
    """One rule of the call. Whether all of them together make sense, the service decides."""

    # Never empty, also in a new row: a row without times is refused, and not taken for one that nobody filled in.
    slug = forms.CharField(required=False, initial="new", max_length=120, widget=forms.HiddenInput)
    deadline = forms.ChoiceField(
        label="Date",
        error_messages={
            "required": "Choose a date of the call.",
            "invalid_choice": "“%(value)s” is not a date of the call that has anybody to remind.",
        },
    )
    audience = forms.ChoiceField(
        label="Who",
        error_messages={
            "required": "Choose whom the rule reminds.",
            "invalid_choice": "“%(value)s” is not somebody whom rules can remind.",
        },
    )
    when = LineField(
        label="When",
        max_length=200,
        help_text="Like -7d, -6h, +1d, weekly (goes on after them) or daily.",
        error_messages={"required": "Say when, like -7d, -2d, or remove this rule."},
    )
    text = forms.CharField(
        label="A paragraph of your own",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Plain, in each of its letters.",
    )
    active = forms.BooleanField(label="It is sent", required=False, initial=True)

    def __init__(
        self,
        *args: Any,
        dates: Sequence[tuple[str, str]] = (),
        audiences: Sequence[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["deadline"].choices = [("", "Choose …"), *dates]
        fields["audience"].choices = [("", "Choose …"), *audiences]

    @staticmethod
    def options(call: Call) -> dict[str, Any]:
        """What the rows of `call` can choose among: the dates that have an audience, and what its rules name already."""
        kinds = {kind for audience in AUDIENCES.values() for kind in audience.kinds}
        named = {row.deadline for row in call.reminders}
        categories = {row.slug: row.name for row in call.categories}
        dates = [
            (row.slug, f"{row.label} ({categories[row.category]})" if row.category else row.label)
            for row in call.dates
            if row.kind in kinds or row.slug in named
        ]
        audiences = {it.slug: it.label[0].upper() + it.label[1:] for it in AUDIENCES.values()}
        audiences |= {row.audience: row.audience for row in call.reminders if row.audience not in audiences}
        return {"dates": dates, "audiences": list(audiences.items())}

    def clean_when(self) -> tuple[str, ...]:
        text = re.sub("[\u2212\u2013]", "-", self.cleaned_data["when"])  # as word processors write a minus
        times = tuple(dict.fromkeys(filter(None, re.split(r"[\s,;]+", text))))
        if not times:
            raise forms.ValidationError(self.fields["when"].error_messages["required"])
        return times

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        audience = AUDIENCES.get(values.get("audience", ""))
        if audience is not None:
            for text in values.get("when", ()):
                if wrong := misfit(text, audience):
                    self.add_error("when", f"“{text}” {wrong}.")
        return values

    def facts(self) -> ReminderFacts:
        values = self.cleaned_data
        return ReminderFacts(
            values["deadline"],
            values["audience"],
            values["when"],
            text=values["text"],
            active=values["active"],
        )

    @staticmethod
    def initial_of(row: ReminderFacts) -> dict[str, Any]:
        return {
            "slug": f"{row.deadline}/{row.audience}",
            "deadline": row.deadline,
            "audience": row.audience,
            "when": ", ".join(row.when),
            "text": row.text,
            "active": row.active,
        }


def _label(entries: Sequence[Entry]) -> str:
    papers = [f"#{it.to.paper.number}" for it in entries if it.to.paper]
    return ", ".join([entries[0].to.address, *papers])
