"""What happens at the same moment: every pair of changes ends as if one had come after the other."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from accounts import jobs
from reviews.models import Assignment, Proposal
from reviews.services import applying, assignments, proposals
from submissions.services import papers
from submissions.services.errors import Refused, Stale
from tests import factories
from tests.reviews import assigning, committee
from tests.reviews.assigning import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def here() -> World:
    return assigning.world()


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act returned, or the refusal it raised; all begin together, each with a connection of its own."""
    gate, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        gate.wait()
        try:
            found[place] = act()
        except Refused as error:
            found[place] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return found


def test_of_two_chairs_who_apply_at_once_one_wins_and_the_other_reads_why(here: World) -> None:
    olga = factories.chair(here.call, "Olga Other")
    mine, hers = here.propose(), here.propose(olga)
    answers = at_once(
        lambda: applying.apply(actor=here.chair, proposal=mine),
        lambda: applying.apply(actor=olga, proposal=hers),
    )
    won = [it for it in answers if isinstance(it, applying.Diff)]
    lost = [it for it in answers if isinstance(it, Stale)]
    assert (len(won), len(lost)) == (1, 1), answers
    assert "assignments were made" in str(lost[0])
    assert Assignment.objects.count() == 8
    assert Assignment.objects.values("proposal").distinct().count() == 1
    assert len(assigning.letters()) == Assignment.objects.values("member").distinct().count()
    assert sorted(Proposal.objects.values_list("state", flat=True)) == ["applied", "ready"]


def test_two_clicks_on_apply_are_one(here: World) -> None:
    proposal = here.propose()
    answers = at_once(*(lambda: applying.apply(actor=here.chair, proposal=proposal) for _ in range(3)))
    assert sum(isinstance(it, applying.Diff) for it in answers) == 1
    assert Assignment.objects.count() == 8


def test_two_clicks_on_compute_are_one_plan(here: World) -> None:
    options = proposals.options_for(here.call, reviews=2)
    answers = at_once(
        *(lambda: proposals.propose(actor=here.chair, edition=here.call, options=options) for _ in range(3))
    )
    assert sum(isinstance(it, Proposal) for it in answers) == 1, answers
    jobs.run(Proposal.objects.get().job_id)
    assert Proposal.objects.get().state == "ready"


def test_a_paper_withdrawn_while_a_plan_is_applied_ends_without_reviewers(here: World) -> None:
    proposal = here.propose()
    answers = at_once(
        lambda: applying.apply(actor=here.chair, proposal=proposal),
        lambda: papers.withdraw(actor=committee.author(), paper=factories.fresh(here.papers[0])),
    )
    assert isinstance(answers[0], applying.Diff | Stale)
    assert 1 not in {number for number, _ in here.live()}


def test_a_member_declines_while_a_chair_takes_it_back(here: World) -> None:
    row = assignments.assign(actor=here.chair, paper=here.papers[0], member=here.members[0])
    assigning.deliver()
    at_once(
        lambda: assignments.decline(actor=here.members[0].user, assignment=row, reason="No time."),
        lambda: assignments.withdraw(actor=here.chair, assignment=row),
    )
    row.refresh_from_db()
    assert row.state in ("declined", "withdrawn")
    assert len(assigning.letters("assignment_taken_back")) == (row.state == "withdrawn")
