"""Forms for asking chairs something: more time, a guest who helps."""

from django import forms

from accounts.fields import LineField


class MoreTimeForm(forms.Form):
    """Until when, and why."""

    day = forms.DateField(
        label="Until the end of",
        widget=forms.DateInput(attrs={"type": "date", "class": "input--medium"}, format="%Y-%m-%d"),
        error_messages={
            "required": "Say until which day.",
            "invalid": "That is not a day: write it like 2021-02-26.",
        },
    )
    reason = forms.CharField(
        label="Why",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="A sentence helps the chairs to decide. They read it; authors never do.",
    )


class GuestForm(forms.Form):
    """Who is to write the review together with the member."""

    name = LineField(label="Name", max_length=200, help_text="As it may stand in the credits.")
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        help_text="The invitation goes there; use the address of their institution.",
    )
    affiliation = LineField(label="Affiliation", max_length=200)
    note = forms.CharField(
        label="Why them",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For the chairs, who may have to approve.",
    )
