"""The form of a review, made from the questions of the call."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from reviews.domain import review_form
from reviews.domain.review_form import Answer, Question

#: In front of the name of each control, so that no question can be taken for another part of the page.
PREFIX = "q"


def texts_in(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was posted to a review's form, by the slugs of its questions: to give it back when nothing can be kept."""
    return [
        (name.removeprefix(f"{PREFIX}-"), str(value))
        for name, value in data.items()
        if name.startswith(f"{PREFIX}-") and value
    ]


class AnswerField(forms.Field):
    """Takes anything: what an answer may be, and the words for what it may not, is the domain's (`review_form.clean`)."""

    def __init__(self, question: Question, widget: forms.Widget) -> None:
        super().__init__(label=question.label, required=False, help_text=_help(question), widget=widget)
        self.needed = question.required


class ReviewForm(forms.Form):
    """`answers` are shown until something is posted. Valid forms have `answers`; `unknown` holds what was posted to
    questions that the form no longer asks.
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        questions: Sequence[Question],
        answers: Mapping[str, Answer] | None = None,
    ) -> None:
        # Django's own order of positional arguments is long; only the data is wanted.
        super().__init__(data, prefix=PREFIX, initial=dict(answers or {}))
        self.questions = questions
        self.answers: dict[str, Answer] = {}
        for it in questions:
            self.fields[it.slug] = AnswerField(it, _widget(it))
        self.unknown = self._unknown()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.answers, problems = review_form.clean(self.questions, cleaned)
        for problem in problems:
            self.add_error(problem.slug, problem.message)
        if self.unknown:
            self.add_error(
                None,
                "The chairs changed the form in the meantime: it no longer asks some of what you answered. Nothing was "
                "saved. Those answers are shown below; move what you need, then save.",
            )
        return cleaned

    def _unknown(self) -> dict[str, str]:
        known = {f"{PREFIX}-{it.slug}" for it in self.questions}
        return {
            name.removeprefix(f"{PREFIX}-")[:50]: str(value)
            for name, value in self.data.items()
            if name.startswith(f"{PREFIX}-") and name not in known and value
        }


def _widget(question: Question) -> forms.Widget:
    if question.kind == "text":
        return forms.Textarea(attrs={"rows": 6, "data-words": ""})
    if question.kind == "checkbox":
        return forms.CheckboxInput()
    if question.kind == "score":
        steps = [(str(n), f"{n} – {words}") for n, words in enumerate(question.choices, start=1)]
    else:
        steps = [(words, words) for words in question.choices]
    if not question.required:
        steps.append(("", "No answer"))
    return forms.RadioSelect(choices=steps)


def _help(question: Question) -> SafeString:
    """The call's help, and who will read the answer."""
    readers = render_to_string("reviews/review/_readers.html", {"question": question})
    return format_html("{} {}", question.help, readers)
