"""Forms of the conflicts: what of the list to show, one set by hand, one declared by a member."""

from typing import Any

from django import forms

from accounts.fields import LineField
from reviews import conflict_list
from reviews.conflict_list import Wanted
from reviews.models import Conflict, Member
from submissions.forms.fields import LongSelect
from submissions.models import Edition


class FilterForm(forms.Form):
    """What of the list to show. A choice that does not exist is left out, and the others hold."""

    q = forms.CharField(
        label="Search", required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    show = forms.ChoiceField(required=False)
    rule = forms.ChoiceField(label="Reason", required=False, choices=[("", "All"), *Conflict.Rule.choices])
    by = forms.ChoiceField(label="Order", required=False, choices=list(conflict_list.ORDERS.items()))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["q"].widget.attrs["placeholder"] = "#17, title, name, affiliation"
        fields["show"].choices = list(conflict_list.SHOWS.items())
        for field in fields.values():
            field.needed = True

    def count(self, counts: dict[str, int]) -> None:
        """Say beside each choice how many there are."""
        fields: dict[str, Any] = self.fields
        fields["show"].choices = [
            (show, f"{label} ({counts[show]})") for show, label in conflict_list.SHOWS.items()
        ]

    @property
    def wanted(self) -> Wanted:
        self.is_valid()
        return Wanted(**{name: self.cleaned_data.get(name, "") for name in ("q", "show", "rule", "by")})


class SetForm(forms.Form):
    number = forms.IntegerField(
        label="Number of the paper",
        min_value=1,
        max_value=10**8,
        widget=forms.NumberInput(attrs={"class": "input--short"}),
        error_messages={
            "required": "Write the number of the paper.",
            "invalid": "This is not a number of a paper. Write it like 17.",
        },
    )
    member = forms.ChoiceField(
        label="Person",
        widget=LongSelect,
        error_messages={
            "required": "Choose the person.",
            "invalid_choice": "Choose one of the people listed.",
        },
    )
    reason = LineField(
        max_length=300,
        help_text="The chairs who handle the paper read it; authors and members never do.",
        error_messages={"required": "Say why: other chairs read it."},
    )

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Member.objects.filter(edition=edition).exclude(state=Member.State.REMOVED)
        fields: dict[str, Any] = self.fields
        fields["member"].choices = [
            ("", "–"),
            *(
                (str(pk), ", ".join(filter(None, [name, affiliation])))
                for pk, name, affiliation in people.values_list("pk", "name", "affiliation")
            ),
        ]


class DeclareForm(forms.Form):
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=10**8)
    reason = LineField(
        label="Why you must not review it",
        max_length=300,
        help_text="The chairs read it; the authors never do.",
        error_messages={
            "required": "Say in a few words why: the chairs need it, and the authors never see it."
        },
    )


class SearchForm(forms.Form):
    q = forms.CharField(
        label="Search the papers",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )

    def __init__(self, *args: Any, masked: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["q"].needed = True
        fields["q"].widget.attrs["placeholder"] = "Number or title" if masked else "Number, title or author"
