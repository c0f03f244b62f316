"""What chairs choose and say when they release decisions."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

from django import forms

from reviews.models import Decision

#: A list of papers in an address: "1-40,45". Longer ones are no addresses of ours.
LONGEST = 6000


class FilterForm(forms.Form):
    """Which of the decisions are listed, and so chosen."""

    q = forms.CharField(label="Search", required=False, max_length=200)
    outcome = forms.ChoiceField(label="Decision", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["outcome"].choices = [
            ("", "All"),
            *((it.value, it.label.capitalize()) for it in Decision.Outcome),
        ]
        fields["q"].widget.attrs["placeholder"] = "Number or words of the title"
        for field in fields.values():
            field.needed = True


class ReleaseForm(forms.Form):
    """The confirmation. `seen` says what was looked at; `key` makes sending twice the same as once."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=100_000)
    key = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput)
    ticked = forms.Field(required=False, widget=forms.MultipleHiddenInput)

    def clean_ticked(self) -> list[str]:
        return [str(it)[:20] for it in self.cleaned_data["ticked"] or []][:50]


class CorrectForm(forms.Form):
    """Why a decision that authors know is corrected."""

    hide_optional = True
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text="Only chairs read this.",
        error_messages={"required": "Say why the decision is corrected."},
    )


def packed(numbers: Iterable[int]) -> str:
    """Numbers of papers as they stand in an address: "1-40,45"."""
    parts: list[list[int]] = []
    for number in sorted(set(numbers)):
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(f"{first}" if first == last else f"{first}-{last}" for first, last in parts)


def unpacked(text: str, known: Sequence[int]) -> list[int]:
    """Those of `known` that `text` names; what is no list of numbers names nothing."""
    wanted: list[tuple[int, int]] = []
    for part in text[:LONGEST].split(","):
        first, _, last = part.partition("-")
        ends = [int(it) for it in (first, last or first) if it.isascii() and it.isdigit() and len(it) < 10]
        if len(ends) == 2:
            wanted.append((ends[0], ends[1]))
    return [number for number in known if any(first <= number <= last for first, last in wanted)]
