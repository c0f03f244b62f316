"""The forms of the chairs' pages of the assignment."""

import re
from dataclasses import replace
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from reviews.domain import assignment_csv as sheets
from reviews.domain.assignment_facts import Options
from reviews.models import CommitteeSettings
from reviews.models.assignment import Round
from reviews.services.proposals import MAX_REVIEWS

ROUNDS = (
    (Round.FIRST.value, "First round: every paper gets this many reviews in all"),
    (Round.EXTRA.value, "Extra reviewers: this many more than a paper has"),
    (Round.EMERGENCY.value, "Emergency: fill up what is missing, everybody who is asked stays"),
)
MAX_PAPERS = 1000
#: “7”, “#7” or “12-15”
_SPAN = re.compile(r"#?([0-9]{1,8})(?:-#?([0-9]{1,8}))?")


def _percent(label: str, help_text: str, **more: Any) -> forms.FloatField:
    widget = forms.NumberInput(attrs={"class": "input--short", "step": "any", "inputmode": "decimal"})
    wrong = (
        f"“%(value)s” is not a percentage. Write a number from {more['min_value']} to {more['max_value']}."
    )
    messages = {"invalid": wrong.replace("“%(value)s”", "This"), "min_value": wrong, "max_value": wrong}
    return forms.FloatField(
        label=label,
        help_text=help_text,
        widget=widget,
        error_messages={**messages, "required": "Write a number."},
        **more,
    )


def _weight(label: str, help_text: str) -> forms.FloatField:
    widget = forms.NumberInput(attrs={"class": "input--short", "step": "any", "inputmode": "decimal"})
    messages = {
        "required": "Write a weight; 0 leaves it out.",
        "invalid": "This is not a number. Write one from 0 to 100.",
        "min_value": "%(value)s? A weight is a number from 0 to 100.",
        "max_value": "%(value)s? A weight is a number from 0 to 100.",
    }
    return forms.FloatField(
        label=label, help_text=help_text, min_value=0, max_value=100, widget=widget, error_messages=messages
    )


class PlanForm(forms.Form):
    """What a plan shall be like. Filled with the committee's settings."""

    round = forms.ChoiceField(
        choices=ROUNDS,
        initial=Round.FIRST,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "“%(value)s” is not a round. Choose one of those listed."},
    )
    reviews = forms.IntegerField(
        label="Reviews for each paper",
        min_value=1,
        max_value=MAX_REVIEWS,
        widget=forms.NumberInput(attrs={"class": "input--short"}),
        error_messages={
            "required": "Write how many reviews a paper shall have.",
            "invalid": "This is not a number of reviews. Write a whole number.",
            "min_value": f"%(value)s? A plan needs 1 to {MAX_REVIEWS} reviews for each paper.",
            "max_value": f"%(value)s? A plan needs 1 to {MAX_REVIEWS} reviews for each paper.",
        },
    )
    papers = forms.CharField(
        label="Only these papers",
        required=False,
        max_length=10_000,
        help_text="Numbers like 3, 7, 12–15. Empty: all that you handle.",
    )
    keep_present = forms.BooleanField(
        required=False,
        label="Everybody who is asked already stays",
        help_text="Otherwise those who have not answered may be moved. Who accepted stays in any case.",
    )
    fair = forms.BooleanField(
        required=False,
        label="Lift the weakest papers",
        help_text="First every paper gets as much as the weakest one can have; then the weakest tenth is lifted further.",
    )
    fair_price = _percent(
        "Price of that, % of the total at most",
        "How much of the best total may be given up for it. 0.5 is a good start.",
        min_value=0,
        max_value=100,
    )
    one_per_institution = forms.BooleanField(
        required=False, label="At most one reviewer of an institution on a paper"
    )
    one_senior = forms.BooleanField(
        required=False,
        label="At least one experienced reviewer on every paper",
        help_text="Who counts as experienced is set in each person's entry.",
    )
    no_coauthors = forms.BooleanField(
        required=False, label="No two reviewers on a paper who have written together"
    )
    max_probability = _percent(
        "Randomised: no pair more certain than, %",
        "Against bids made to get a certain paper. Empty: not randomised, which is better for the papers. 80 is usual otherwise.",
        min_value=5,
        max_value=100,
        required=False,
    )
    seed = forms.IntegerField(
        min_value=0,
        max_value=2**31 - 1,
        help_text="Decides between plans that are equally good. The same number gives the same plan again.",
        widget=forms.NumberInput(attrs={"class": "input--short"}),
        error_messages={
            "required": "Write a whole number, such as 1.",
            "invalid": "This is not a whole number.",
            "min_value": "%(value)s? Write a whole number from 0 upwards.",
            "max_value": "%(value)s is too large. Any smaller number will do.",
        },
    )
    weight_affinity = _weight("Affinity", "Higher: reviewers whose own papers are near.")
    weight_topics = _weight("Topics", "Higher: reviewers who know the topics by their own word.")
    weight_bids = _weight("Bids", "Higher: whom the paper interests. 0: no bid counts.")
    expected = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    @staticmethod
    def start(settings: CommitteeSettings) -> dict[str, Any]:
        """The committee's settings as initial values."""
        most = settings.max_probability
        return {
            "reviews": settings.reviews_per_paper,
            "keep_present": True,
            "fair": settings.fair,
            "fair_price": f"{100 * settings.fair_price:g}",
            "one_per_institution": settings.one_per_institution,
            "one_senior": settings.one_senior,
            "no_coauthors": settings.no_coauthors_together,
            "max_probability": None if most is None else f"{100 * most:g}",
            "seed": settings.seed,
            "weight_affinity": f"{settings.weight_affinity:g}",
            "weight_topics": f"{settings.weight_topics:g}",
            "weight_bids": f"{settings.weight_bids:g}",
        }

    def clean_papers(self) -> tuple[int, ...]:
        found: set[int] = set()
        text = re.sub(r"\s*[-–]\s*", "-", self.cleaned_data["papers"])
        for piece in filter(None, re.split(r"[,;\s]+", text)):
            span = _SPAN.fullmatch(piece)
            if span is None:
                raise forms.ValidationError(
                    f"“{piece[:40]}” is no number of a paper. Write numbers and spans, like 3, 7, 12–15."
                )
            first, last = int(span[1]), int(span[2] or span[1])
            if last < first or last - first >= MAX_PAPERS or len(found) > MAX_PAPERS:
                raise forms.ValidationError(
                    f"“{piece[:40]}” is not a span of at most {MAX_PAPERS:,} papers. Write the smaller number first."
                )
            found.update(range(first, last + 1))
        return tuple(sorted(found))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        weights = [data.get(name) for name in ("weight_affinity", "weight_topics", "weight_bids")]
        if not self.errors and not any(weights):
            self.add_error(
                "weight_affinity", "All three weights are 0, so nothing tells pairs apart. Raise one of them."
            )
        return data

    @property
    def options(self) -> Options:
        data = self.cleaned_data
        most = data["max_probability"]
        return replace(
            Options(),
            round=data["round"],
            reviews=data["reviews"],
            papers=data["papers"],
            keep_present=data["keep_present"],
            fair=data["fair"],
            price_cap=data["fair_price"] / 100,
            one_per_institution=data["one_per_institution"],
            one_senior=data["one_senior"],
            no_coauthors=data["no_coauthors"],
            max_probability=None if most is None else most / 100,
            seed=data["seed"],
        )

    @property
    def weights(self) -> dict[str, float]:
        return {name: self.cleaned_data[name] for name in ("weight_affinity", "weight_topics", "weight_bids")}


class ImportForm(forms.Form):
    """First a file or pasted lines; then the text that was shown, with the stamp of what it would do."""

    file = forms.FileField(
        required=False,
        label="CSV file",
        widget=forms.FileInput(
            attrs={"accept": ".csv,.txt,.tsv,text/csv", "data-max-bytes": sheets.MAX_BYTES}
        ),
        help_text=f"At most {sheets.MAX_BYTES // 2**20} MB and {sheets.MAX_ROWS:,} lines.",
        error_messages={"empty": "This file is empty. Choose the one with the assignments."},
    )
    text = forms.CharField(required=False, strip=False)
    stamp = forms.CharField(required=False, max_length=64)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not data.get("file") and not data.get("text", "").strip() and not self.errors:
            self.add_error("file", "Choose a file, or paste its lines below.")
        return data

    @property
    def lines(self) -> str:
        """The text, of the file if there is one; browsers send line ends of their own."""
        file: UploadedFile | None = self.cleaned_data.get("file")
        if file:
            # One byte more than is read, so that a file that is too large is found to be so.
            text = sheets.decoded(file.read(sheets.MAX_BYTES + 1))
        else:
            text = str(self.cleaned_data["text"])
        return text.replace("\r\n", "\n").replace("\r", "\n")
