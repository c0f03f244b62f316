"""The review form changes while reviews are written: what was answered keeps its question, its meaning and its readers."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from reviews.domain.default_form import DEFAULT
from reviews.models import Review
from submissions.domain.call_facts import QuestionFacts
from submissions.models import Edition, ReviewField
from submissions.services import call, call_rows
from submissions.services.call import Orphans
from tests import factories
from tests.reviews import reviewing
from tests.reviews.reviewing import Desk

pytestmark = pytest.mark.django_db
FORM = {it.slug: QuestionFacts(**asdict(it)) for it in DEFAULT}


@pytest.fixture
def desk() -> Desk:
    """Two reviews by ScaDL's form, one of them a draft by now that no longer says what its version said."""
    made = reviewing.desk()
    reviewing.submitted(made.rows[0], shorter="No")
    reviewing.submitted(made.rows[1], shorter="Yes, as a short paper")
    Review.objects.filter(assignment=made.rows[1]).update(answers={"summary": "Begun anew"})
    return made


def load(edition: Edition, form: dict[str, QuestionFacts]) -> None:
    """As `manage.py loadcall` does, with the checks that every change in the browser has as well."""
    facts = replace(call_rows.read(edition), review_form=tuple(form.values()))
    call.load(actor=None, call=facts, source_name="call.toml", overwrite_edits=True)


def without(slug: str) -> dict[str, QuestionFacts]:
    return {name: it for name, it in FORM.items() if name != slug}


def other(slug: str, **changes: Any) -> dict[str, QuestionFacts]:
    return {**FORM, slug: replace(FORM[slug], **changes)}


MERIT = FORM["merit"].choices


REFUSED = [
    (
        without("merit"),
        "“Overall merit” of the review form is answered in 2 reviews: it cannot be removed",
    ),
    (other("merit", kind="choice"), "it cannot become a choice, for it is a score"),
    (other("summary", kind="checkbox", choices=()), "it cannot become a checkbox, for it is a text"),
    (other("merit", choices=MERIT[:4]), "the 5 steps of its scale stay as they are"),
    (other("merit", choices=("Strong reject", *MERIT)), "more can follow after “Accept”"),
    (other("merit", choices=MERIT[::-1]), "the 5 steps of its scale stay"),
    (other("shorter", choices=("Yes", "No")), "somebody chose “Yes, as a short paper”. Keep that"),
    (
        other("confidential", visible_to="authors"),
        "given for the chairs only, and authors would read them",
    ),
    (other("confidence", visible_to="authors"), "given for the committee only, and authors would"),
]


def test_what_would_lose_answers_or_change_their_meaning_is_refused_with_a_sentence(desk: Desk) -> None:
    for form, said in REFUSED:
        with pytest.raises(Orphans) as refused:
            load(desk.call, form)
        assert said in str(refused.value)
        assert len(refused.value.reasons) == 1
        assert not ReviewField.objects.exists(), "nothing is half-written"


def test_a_form_may_be_reworded_and_widened_and_loses_what_nobody_answered(desk: Desk) -> None:
    Review.objects.get(assignment=desk.rows[1]).versions.all().delete()
    wider = {
        **without("originality"),
        "merit": replace(FORM["merit"], label="Merit", help="Be fair.", choices=(*MERIT, "Best paper")),
        "shorter": replace(FORM["shorter"], choices=("No", "Perhaps")),
        "summary": replace(FORM["summary"], required=False, visible_to="committee"),
        "code": QuestionFacts("code", "Does the code run?", "checkbox"),
    }
    for review in Review.objects.all():
        for it in (review, *review.versions.all()):
            it.answers.pop("originality", None)
            it.save()
    load(desk.call, wider)
    assert set(ReviewField.objects.values_list("slug", flat=True)) == set(wider)


def test_the_answers_of_another_edition_hold_nothing(desk: Desk) -> None:
    load(factories.edition("2022"), without("merit"))
    assert not ReviewField.objects.filter(slug="merit").exists()
