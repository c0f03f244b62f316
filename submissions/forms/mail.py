"""The forms of the chairs' mail pages. Whether a text can be used, services.letter_texts decides."""

from typing import Any
from uuid import uuid4

from django import forms

from submissions.forms.fields import TextField
from submissions.letter_kinds import KINDS, LetterKind
from submissions.services import announcements, letter_texts


class MessageFilterForm(forms.Form):
    STATES = (
        ("", "All"),
        ("queued", "Queued"),
        ("held", "Held"),
        ("sent", "Sent"),
        ("failed", "Failed"),
        ("joined", "In a daily mail"),
    )

    person = forms.CharField(label="Person", required=False, max_length=254)
    paper = forms.CharField(
        label="Paper", required=False, max_length=10, widget=forms.TextInput(attrs={"class": "input--short"})
    )
    kind = forms.ChoiceField(required=False)
    state = forms.ChoiceField(choices=STATES, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["kind"].choices = [
            ("", "All"),
            *((it.slug, it.label) for it in KINDS.values()),
            ("daily", "Daily mail"),
        ]
        fields["person"].widget.attrs["placeholder"] = "Name or address"
        for field in fields.values():
            field.needed = True

    def clean_paper(self) -> int | None:
        number = self.cleaned_data["paper"].strip().removeprefix("#")
        if not number:
            return None
        # What is no number finds nothing, as a number that was never given out does.
        return int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 0


class _LetterForm(forms.Form):
    # The limits are the service's, which says what was sent; a browser stops at them by itself.
    subject = forms.CharField(
        required=False,
        widget=forms.TextInput(attrs={"maxlength": letter_texts.MAX_SUBJECT}),
    )
    body = TextField(label="Text", required=False, widget=forms.Textarea(attrs={"rows": 16}))

    letter: LetterKind

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        for name in ("subject", "body"):
            fields[name].needed = True  # the service asks for both, in its own words

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        problems = letter_texts.check(self.letter, data.get("subject", ""), data.get("body", ""))
        for name, sentence in problems.items():
            self.add_error(name, sentence)
        return data


class LetterTextForm(_LetterForm):
    expected = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, letter: LetterKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.letter = letter


class AnnouncementForm(_LetterForm):
    """`stamp` is that of the recipients who were shown; empty as long as none were."""

    group = forms.ChoiceField(
        label="To",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose whom you write to.",
            "invalid_choice": "“%(value)s” is not a group one can write to.",
        },
    )
    stamp = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    batch = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput)
    field_order = ("group", "subject", "body")
    letter = announcements.KIND

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["group"].choices = list(announcements.labels().items())
