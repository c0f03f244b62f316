"""Releases at the same moment as something else: one order or the other, nothing lost, nobody told twice."""

import threading
import time
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Message
from reviews import release_checks, release_plan
from reviews.models import Assignment, Decision, Release, ReleasedReview, Review
from reviews.services import assignments, decisions, release, reviews
from reviews.services.decisions import Choice
from submissions.services import papers
from submissions.services.errors import Refused, Stale
from tests import factories
from tests.reviews import committee, releasing
from tests.reviews.releasing import Room
from tests.reviews.test_assignments_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def here() -> Room:
    return releasing.room()


def ready(here: Room, actor: Any = None) -> dict[str, Any]:
    """What a chair has before the button: the plan as of now, with every tick."""
    plan = here.plan(actor)
    ticked = [it.stamp for it in release_checks.of(plan)]
    return {
        "actor": actor or here.chair,
        "edition": here.call,
        "numbers": plan.numbers,
        "seen": plan.seen,
        "ticked": ticked,
        "key": uuid4(),
    }


def test_of_two_chairs_who_release_at_once_one_wins_and_the_other_reads_why(here: Room) -> None:
    olga = factories.chair(here.call, "Olga Other")
    mine, hers = ready(here), ready(here, olga)
    answers = at_once(lambda: release.release(**mine), lambda: release.release(**hers))
    won = [it for it in answers if isinstance(it, Release)]
    lost = [it for it in answers if isinstance(it, Stale)]
    assert (len(won), len(lost)) == (1, 1), answers
    assert "no longer among the decisions you can release" in str(lost[0])
    assert Message.objects.filter(kind__startswith="decision_").count() == 3
    assert set(Decision.objects.values_list("release", flat=True)) == {won[0].pk}


def test_three_clicks_are_one_release(here: Room) -> None:
    mine = ready(here)
    answers = at_once(*(lambda: release.release(**mine) for _ in range(3)))
    assert len({it.pk for it in answers}) == 1, answers
    assert Message.objects.filter(kind__startswith="decision_").count() == 3


def test_a_decision_changed_while_it_is_released_ends_one_way_or_the_other(here: Room) -> None:
    olga = factories.chair(here.call, "Olga Other")
    mine = ready(here)
    released, decided = at_once(
        lambda: release.release(**mine),
        lambda: decisions.decide(actor=olga, paper=here.papers[0], choice=Choice("reject"), revision=1),
    )
    now = Decision.objects.get(paper=here.papers[0])
    if isinstance(released, Release):
        assert isinstance(decided, Refused)
        assert (now.outcome, now.release) == ("accept", released)
    else:
        assert "#1: the decision changed" in str(released)
        assert (now.outcome, now.release) == ("reject", None)
        assert not Message.objects.exists()


def test_a_review_submitted_while_it_is_released_ends_one_way_or_the_other(here: Room) -> None:
    row = Assignment.objects.filter(paper=here.papers[0]).select_related("member__user", "review").first()
    assert row is not None
    user = row.member.user
    assert user is not None
    saved = reviews.save(
        actor=user,
        assignment=row,
        answers={**row.review.answers, "strengths": "Another idea."},
        revision=row.review.revision,
    )
    mine = ready(here)
    released, submitted = at_once(
        lambda: release.release(**mine),
        lambda: reviews.submit(
            actor=user, assignment=row, revision=saved.revision, arrived_at=timezone.now(), seen=""
        ),
    )
    version = Review.objects.get(assignment=row).version
    if isinstance(released, Release):
        assert isinstance(submitted, Refused)
        frozen = ReleasedReview.objects.get(version__review__assignment=row)
        assert (version, frozen.version.number) == (1, 1)
    else:
        assert "#1: the reviews changed" in str(released)
        assert version == 2
        assert not Message.objects.exists()


def test_undo_and_undo_are_one(here: Room) -> None:
    made = release.release(**ready(here))
    olga = factories.chair(here.call, "Olga Other")
    answers = at_once(
        lambda: release.undo(actor=here.chair, release=made),
        lambda: release.undo(actor=olga, release=made),
        lambda: release.undo(actor=here.chair, release=made),
    )
    assert sorted(it for it in answers if isinstance(it, int)) == [3], answers
    assert not Message.objects.exists()


def test_undo_while_another_chair_releases_again_leaves_no_letter_without_a_release(here: Room) -> None:
    made = release.release(**ready(here))
    olga = factories.chair(here.call, "Olga Other")
    again = {**ready(here, olga), "numbers": [1, 2, 3]}
    at_once(lambda: release.undo(actor=here.chair, release=made), lambda: release.release(**again))
    held = set(Decision.objects.exclude(release=None).values_list("release__key", flat=True))
    assert set(Message.objects.values_list("batch", flat=True)) == held


def test_a_release_and_an_assignment_never_wait_for_each_other(
    here: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one holds papers and names its edition, the other holds the edition and wants the papers."""
    mine, uma = ready(here), committee.member(here.call, "Uma Ulm")
    papers_held, build = threading.Event(), release_plan.build

    def slowly(*given: Any, **named: Any) -> release_plan.Plan:
        papers_held.set()
        time.sleep(0.3)
        return build(*given, **named)

    def assigned() -> Any:
        papers_held.wait(5)
        return assignments.assign(actor=here.chair, paper=here.papers[0], member=uma)

    monkeypatch.setattr(release_plan, "build", slowly)
    made, answer = at_once(lambda: release.release(**mine), assigned)
    assert isinstance(made, Release)
    assert answer is not None


def test_a_withdrawal_while_it_is_released_ends_one_way_or_the_other(here: Room) -> None:
    mine, ada = ready(here), here.author()
    released, _ = at_once(
        lambda: release.release(**mine), lambda: papers.withdraw(actor=ada, paper=here.papers[0])
    )
    told = Message.objects.filter(kind__startswith="decision_").values_list("about", flat=True)
    assert f"paper:{here.papers[0].pk}" not in told
    assert len(told) == (2 if isinstance(released, Release) else 0)


def test_two_corrections_at_once_are_one(here: Room) -> None:
    made = release.release(**ready(here))
    releasing.later(made)
    olga = factories.chair(here.call, "Olga Other")
    answers = at_once(
        lambda: release.reopen(actor=here.chair, paper=here.papers[0], revision=1, reason="Oh."),
        lambda: release.reopen(actor=olga, paper=here.papers[0], revision=1, reason="Oh."),
    )
    assert sum(isinstance(it, Decision) for it in answers) == 1, answers
    assert Decision.objects.get(paper=here.papers[0]).revision == 2


def test_the_shepherd_clicks_twice_and_the_authors_hear_once(here: Room) -> None:
    here.decide(0, "conditional", conditions="Add a baseline.", shepherd=here.members[0])
    releasing.later(release.release(**ready(here)))
    decision, rita = Decision.objects.get(paper=here.papers[0]), here.members[0].user
    assert rita is not None
    answers = at_once(*(lambda: release.mark_met(actor=rita, decision=decision) for _ in range(3)))
    assert sorted(answers) == [False, False, True]
    assert Message.objects.filter(kind="decision_conditions_met").count() == 1
