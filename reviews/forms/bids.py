"""Forms of the bids: what of the list to show, and why a conflict stands."""

from collections.abc import Mapping
from typing import Any

from django import forms

from accounts.fields import LineField
from reviews.bid_list import Wanted
from reviews.models import Bid
from submissions.models import Edition


class FilterForm(forms.Form):
    """What of the list to show. A choice that does not exist is left out, and the others hold."""

    hide_optional = True

    q = forms.CharField(
        label="Search", required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    topic = forms.ChoiceField(required=False)
    category = forms.ChoiceField(required=False)
    bid = forms.ChoiceField(
        label="Your bid",
        required=False,
        choices=[
            ("", "All"),
            ("none", "Without a bid"),
            ("any", "With a bid"),
            *((str(level.value), level.label.capitalize()) for level in reversed(Bid.Level)),
        ],
    )
    sort = forms.ChoiceField(
        label="Order", required=False, choices=[("", "Best match first"), ("number", "By number")]
    )

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._topics = {topic.slug: topic for topic in edition.topics.all()}
        self._categories = {category.slug: category for category in edition.categories.all()}
        for name, rows in (("topic", self._topics), ("category", self._categories)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the types
            field.choices = [("", "All"), *((slug, row.name) for slug, row in rows.items())]

    @property
    def wanted(self) -> Wanted:
        self.is_valid()
        data = self.cleaned_data
        topic = self._topics.get(data.get("topic", ""))
        category = self._categories.get(data.get("category", ""))
        return Wanted(
            q=data.get("q", "").strip(),
            topic=topic.pk if topic else None,
            category=category.pk if category else None,
            bid=data.get("bid", ""),
            sort=data.get("sort", ""),
        )

    @property
    def filters(self) -> bool:
        """Whether anything is left out of the list."""
        wanted = self.wanted
        return bool(wanted.q or wanted.topic or wanted.category or wanted.bid)


class ConflictForm(forms.Form):
    reason = LineField(
        label="Why you must not review it",
        max_length=300,
        help_text="The chairs read it; the authors never do.",
        error_messages={
            "required": "Say in a few words why: the chairs need it, and the authors never see it."
        },
    )


class SortForm(forms.Form):
    hide_optional = True
    sort = forms.ChoiceField(label="Order", required=False)
    view = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    def __init__(self, *args: Any, sorts: Mapping[str, tuple[str, object]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["sort"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the types
        field.choices = [(name, label) for name, (label, _) in sorts.items()]

    @property
    def chosen(self) -> str:
        """The order that was asked for; the first where there is no such order."""
        self.is_valid()
        return str(self.cleaned_data.get("sort", ""))
