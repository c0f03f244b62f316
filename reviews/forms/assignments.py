"""Forms of a member's answers."""

from django import forms

from accounts.fields import LineField
from reviews.services.assignments import REASON_MAX_CHARS, SUBSTITUTE_MAX_CHARS


class DeclineForm(forms.Form):
    """Why a member cannot review a paper, and whom they suggest."""

    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=REASON_MAX_CHARS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The chairs read it; the authors never do.",
    )
    substitute = LineField(
        label="Who could review it instead",
        required=False,
        max_length=SUBSTITUTE_MAX_CHARS,
        help_text="A name and an address, if you know somebody who is near the subject and has no conflict.",
    )
