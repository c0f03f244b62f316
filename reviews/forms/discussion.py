"""Forms of discussions. What a text may be is said by the service, in its own words."""

from django import forms

READERS = (("reviewers", "The reviewers of the paper and the chairs"), ("chairs", "The chairs only"))


class _AnyText(forms.CharField):
    """A text as it was sent: the service knows what is wrong with it, and says so."""

    def __init__(self, label: str, rows: int) -> None:
        super().__init__(
            label=label,
            required=False,
            strip=False,
            help_text="Markdown, and mathematics between dollars. Write @ and a name to tell somebody at once.",
            widget=forms.Textarea(attrs={"rows": rows, "data-comment": ""}),
        )
        self.needed = True
        self.validators = []


class CommentForm(forms.Form):
    """A new comment. `key` is made with the page, so that what is sent twice is one comment."""

    key = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={"invalid": "The page was incomplete: send it again.", "required": "Send it again."},
    )
    reply_to = forms.IntegerField(
        required=False,
        widget=forms.HiddenInput,
        max_value=2**31,
        min_value=1,
    )
    readers = forms.ChoiceField(
        label="Who reads it", choices=READERS, widget=forms.RadioSelect, required=False, initial="reviewers"
    )

    def __init__(self, *args: object, private: bool = False, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["text"] = _AnyText("Your comment", 6)
        self.fields["readers"].needed = True  # type: ignore[attr-defined]
        self.order_fields(["key", "reply_to", "text", "readers"])
        if private:
            del self.fields["readers"]


class EditForm(forms.Form):
    """One's own comment once more. `expected` is the stamp of what the page showed."""

    expected = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["text"] = _AnyText("Your comment", 10)
