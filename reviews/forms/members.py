"""The profile of a member: a level for each topic, the load, days away, collaborators."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.forms import BaseFormSet, BoundField, formset_factory

from accounts.fields import LineField
from reviews.models import Expertise, Member
from reviews.services.members import MOST_ABSENCES, Away, Profile
from submissions.forms.fields import TextField

LEVELS = [("", "none"), *((str(level.value), str(level.label)) for level in Expertise.Level)]


class ProfileForm(forms.Form):
    load_wanted = forms.IntegerField(
        label="Papers you want to review, at most",
        required=False,
        min_value=0,
        max_value=200,
        widget=forms.NumberInput(attrs={"class": "input--short", "inputmode": "numeric"}),
        error_messages={
            "invalid": "Write a whole number, like 4.",
            "min_value": "Write 0 or a number above it.",
            "max_value": "Nobody reviews more than 200 papers: write a smaller number.",
        },
    )
    collaborators = TextField(
        label="Collaborators",
        required=False,
        max_length=50_000,
        help_text="People you have worked with in the last years and whose papers you must not review, one a line: name "
        "(affiliation). Only the chairs see them.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    expected = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def __init__(self, *args: Any, member: Member, profile: Profile, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "load_wanted": profile.load_wanted,
            "collaborators": profile.collaborators,
            "expected": profile.stamp,
            **{f"topic_{pk}": str(level) for pk, level in profile.topics.items()},
        }
        super().__init__(*args, **kwargs)
        self._topics = list(member.edition.topics.all())
        for topic in self._topics:
            self.fields[f"topic_{topic.pk}"] = forms.ChoiceField(
                label=topic.name, required=False, choices=LEVELS, widget=forms.RadioSelect
            )
        if member.load_limit is not None:
            load = self.fields["load_wanted"]
            load.help_text = f"The chairs give you {member.load_limit} at most."

    @property
    def topic_rows(self) -> list[tuple[str, list[BoundField]]]:
        """The fields of the topics under their headings, in the order of the call."""
        groups: dict[str, list[BoundField]] = {}
        for topic in self._topics:
            groups.setdefault(topic.group, []).append(self[f"topic_{topic.pk}"])
        return list(groups.items())

    def profile(self, absences: Sequence[Away]) -> Profile:
        """What was sent. After `is_valid`."""
        data = self.cleaned_data
        topics = {it.pk: int(data[f"topic_{it.pk}"]) for it in self._topics if data.get(f"topic_{it.pk}")}
        return Profile(topics, data["load_wanted"], tuple(absences), data["collaborators"])

    def take_stamp(self, profile: Profile) -> None:
        """Let the form be saved over what is kept now: the person has been told of it."""
        self.data = {**{name: self.data[name] for name in self.data}, "expected": profile.stamp}


class AbsenceForm(forms.Form):
    first = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = LineField(label="Note", required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first", "last"):
            self.fields[name].error_messages["invalid"] = "This is not a date. Write it like 2021-03-01."

    def clean(self) -> None:
        if self.errors:
            return
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if bool(first) != bool(last):
            self.add_error("last" if first else "first", "Give both days; for a single day write it twice.")
        elif first and last and first > last:
            self.add_error("last", f"{last} is before {first}: exchange the two.")
        elif self.cleaned_data.get("note") and not first:
            self.add_error("first", "Say on which days, or empty the note.")


class BaseAbsenceFormSet(BaseFormSet):
    def absences(self) -> list[Away]:
        """The rows that name days; one that was emptied is left out. After `is_valid`."""
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data.get("first")]
        return [Away(row["first"], row["last"], row.get("note", "")) for row in rows]


AbsenceFormSet = cast(
    type[BaseAbsenceFormSet],
    formset_factory(
        AbsenceForm,
        formset=BaseAbsenceFormSet,
        extra=2,
        max_num=MOST_ABSENCES,
        validate_max=True,
        absolute_max=40,
    ),
)
