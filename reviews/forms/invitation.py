"""What somebody who was invited answers."""

from typing import Any

from django import forms

from accounts.fields import LineField
from reviews.services.invitations import MOST_PAPERS
from submissions.forms.fields import TextField


class AcceptForm(forms.Form):
    prefix = "accept"

    load = forms.IntegerField(
        label="Papers you would review at most",
        min_value=0,
        max_value=MOST_PAPERS,
        widget=forms.NumberInput(attrs={"class": "input--short"}),
        error_messages={
            "required": "Write how many papers you would review.",
            "invalid": "This is not a whole number of papers.",
            "min_value": "Write 0 or more.",
            "max_value": f"At most {MOST_PAPERS} papers are possible.",
        },
    )

    def __init__(self, *args: Any, reviews: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not reviews:
            del self.fields["load"]


class DeclineForm(forms.Form):
    prefix = "decline"

    reason = TextField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Only the chairs read it.",
    )
    substitute = LineField(
        required=False,
        max_length=300,
        label="Whom would you ask instead?",
        help_text="A name, and an address or a home page if you know one.",
    )


class LaterForm(forms.Form):
    prefix = "later"

    until = forms.DateField(
        label="I will know by",
        widget=forms.DateInput(attrs={"type": "date", "class": "input--medium"}, format="%Y-%m-%d"),
        error_messages={
            "required": "Choose the day by which you will know.",
            "invalid": "This is not a day. Write it like 2021-02-05.",
        },
    )
