"""The scores kept as numbers say what the reviews say, whatever becomes of them."""

import importlib

import pytest
from django.apps import apps
from django.core.management import call_command

from reviews.models import Review, ReviewVersion, SubmittedScore
from reviews.services import reviews
from tests import factories
from tests.reviews import reviewing
from tests.reviews.reviewing import Desk

pytestmark = pytest.mark.django_db

SCORES = {"merit": 4, "quality": 3}


def kept(review: Review) -> dict[str, int]:
    return dict(review.scores.order_by("slug").values_list("slug", "value"))


def told(review: Review) -> dict[str, int]:
    """What the latest submitted version says, read from its answers."""
    answers = ReviewVersion.objects.get(review=review, number=review.version).answers
    return {slug: it for slug, it in sorted(answers.items()) if type(it) is int}


def submit(desk: Desk, **answers: object) -> Review:
    row, user = desk.rows[0], desk.user()
    before = Review.objects.filter(assignment=row).first()
    saved = reviews.save(
        actor=user,
        assignment=row,
        answers={**reviewing.ANSWERS, **answers},
        revision=before.revision if before else 0,
    )
    return reviews.submit(
        actor=user, assignment=row, revision=saved.revision, arrived_at=factories.timezone.now()
    )


def test_they_follow_each_version_and_no_draft() -> None:
    desk = reviewing.desk(reviewers=1)
    review = submit(desk, merit=4)
    assert kept(review)["merit"] == 4
    assert kept(review) == told(review)
    reviews.save(
        actor=desk.user(),
        assignment=desk.rows[0],
        answers={**reviewing.ANSWERS, "merit": 1},
        revision=review.revision,
    )
    assert kept(review) == told(review), "a draft counts nowhere"
    review = submit(desk, merit=2)
    assert kept(review)["merit"] == 2
    assert kept(review) == told(review)


def test_they_are_made_anew_from_the_reviews(capsys: pytest.CaptureFixture[str]) -> None:
    desk = reviewing.desk(reviewers=2)
    first, second = (reviewing.submitted(it) for it in desk.rows)
    first.scores.filter(slug="merit").update(value=1)
    second.scores.filter(slug="quality").delete()
    call_command("rebuildscores")
    assert "2 reviews" in capsys.readouterr().out
    assert (kept(first), kept(second)) == (told(first), told(second))
    call_command("rebuildscores")
    assert "0 reviews" in capsys.readouterr().out


def test_the_migration_copies_what_is_a_score() -> None:
    desk = reviewing.desk(reviewers=2)
    first, second = (reviewing.submitted(it, odd=True, comments="4") for it in desk.rows)
    SubmittedScore.objects.all().delete()
    importlib.import_module("reviews.migrations.0012_scores_of_submitted_reviews").copy_scores(apps, None)
    assert (kept(first), kept(second)) == (told(first), told(second))
