"""What chairs type in the decision room."""

from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from reviews.models import Decision, Member
from reviews.services import decisions
from reviews.services.decisions import Choice
from submissions.models import Category, Edition

SELECTED = SafeString(" selected")
OUTCOMES = [(it.value, it.label.capitalize()) for it in Decision.Outcome]


class LongSelect(forms.Select):
    """A select of hundreds of people. Django renders a template or two for each option; this none."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = set(self.format_value(value))
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((key, SELECTED if str(key) in chosen else "", label) for key, label in self.choices),
        )
        told = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        return format_html("<select{}>{}</select>", flatatt(told), options)


def _category(edition: Edition, own: Category | None) -> forms.ChoiceField:
    first = f"{own.name} (as submitted)" if own else "As submitted"
    others = [(it.slug, it.name) for it in edition.categories.all() if own is None or it.pk != own.pk]
    return forms.ChoiceField(
        label="Accept in",
        choices=[("", first), *others],
        required=False,
        help_text="The page limit of this category rules the final version.",
    )


def _shepherd(members: list[Member], *, first: str, help_text: str) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label="Shepherd",
        widget=LongSelect,
        choices=[("", first), *((str(it.pk), it.name) for it in members)],
        coerce=int,
        empty_value=None,
        required=False,
        help_text=help_text,
    )


def _long(label: str, most: int, help_text: str, rows: int = 4) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=most,
        widget=forms.Textarea(attrs={"rows": rows}),
        help_text=help_text,
    )


class DecisionForm(forms.Form):
    """The decision on one paper. `shepherds`: members whom no conflict keeps from it."""

    hide_optional = True
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    outcome = forms.ChoiceField(
        label="Decision",
        choices=OUTCOMES,
        widget=forms.RadioSelect(attrs={"class": "choices--columns"}),
        error_messages={"required": "Choose a decision.", "invalid_choice": "“%(value)s” is not a decision."},
    )

    def __init__(
        self, *args: Any, edition: Edition, own: Category | None, shepherds: list[Member], **kwargs: Any
    ):
        super().__init__(*args, **kwargs)
        self.fields["category"] = _category(edition, own)
        self.fields["shepherd"] = _shepherd(
            shepherds,
            first="Nobody yet",
            help_text="For an acceptance on conditions: who says when they are met.",
        )
        self.fields["conditions"] = _long(
            "Conditions", decisions.CONDITIONS_MAX_CHARS, "What must change. The authors read this."
        )
        self.fields["to_authors"] = _long(
            "To the authors",
            decisions.TO_AUTHORS_MAX_CHARS,
            "A summary of the discussion, in Markdown. They get it with the decision.",
        )
        self.fields["note"] = _long(
            "Reasons for the file", decisions.NOTE_MAX_CHARS, "Only chairs read this.", rows=3
        )

    @classmethod
    def start(cls, decision: Decision | None, revision: int) -> dict[str, Any]:
        """The values that the page begins with."""
        if decision is None:
            return {"revision": revision}
        return {
            "revision": revision,
            "outcome": decision.outcome,
            "category": decision.category.slug if decision.category else "",
            "shepherd": decision.shepherd_id,
            "conditions": decision.conditions,
            "to_authors": decision.to_authors,
            "note": decision.note,
        }

    @property
    def choice(self) -> Choice:
        data = self.cleaned_data
        names = ("outcome", "category", "shepherd", "conditions", "note", "to_authors")
        return Choice(**{name: data[name] for name in names})


class BulkForm(forms.Form):
    """One choice for many papers. An empty note or shepherd leaves the one that a paper has."""

    hide_optional = True
    outcome = forms.ChoiceField(
        label="Decision",
        choices=[*OUTCOMES, (decisions.NONE, "Take the decision back")],
        widget=forms.RadioSelect(attrs={"class": "choices--columns"}),
        error_messages={"required": "Choose a decision.", "invalid_choice": "“%(value)s” is not a decision."},
    )

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["category"] = _category(edition, None)
        self.fields["shepherd"] = _shepherd(
            list(Member.objects.reviewing().filter(edition=edition).order_by("name")),
            first="As it is",
            help_text="For an acceptance on conditions. The preview leaves out papers in conflict.",
        )
        self.fields["conditions"] = _long(
            "Conditions",
            decisions.CONDITIONS_MAX_CHARS,
            "For an acceptance on conditions, the same for all.",
            rows=2,
        )
        self.fields["note"] = _long(
            "Reasons for the file",
            decisions.NOTE_MAX_CHARS,
            "Only chairs read this. Left empty, each paper keeps its own.",
            rows=2,
        )

    @property
    def choice(self) -> Choice:
        data = self.cleaned_data
        return Choice(data["outcome"], data["category"], data["shepherd"], data["conditions"], data["note"])
