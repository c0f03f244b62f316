"""“Why?” and “What if?”: every price is what solving again would show."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from reviews.domain.assignment.solve import solve
from reviews.models import AffinityColumn, Member, Proposal
from reviews.services import matrix, proposals
from reviews.services import proposal_questions as questions
from submissions.services.errors import NotAllowed, Refused
from tests import factories
from tests.reviews import assigning
from tests.reviews.assigning import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> World:
    """Eight members with affinities of all sizes and tight loads, so that a change has its price."""
    made = assigning.world(members=8, papers=7, load=2)
    chance = np.random.default_rng(7)
    for member in made.members:
        scores = {
            str(it.pk): round(float(value), 3)
            for it, value in zip(made.papers, chance.random(7), strict=True)
        }
        AffinityColumn.objects.create(member=member, scores=scores, reference=0.9, fingerprint="f")
    assigning.conflict(made.members[0], made.papers[0])
    return made


def solved(proposal: Proposal, **changes: Any) -> float:
    """The best total of the same problem with a change, by the solver itself."""
    facts = proposals.stored_facts(proposal)
    problem = matrix.Matrix.unpack(facts, bytes(proposal.inputs.arrays)).problem()
    forbidden, locked = problem.forbidden.copy(), problem.locked
    if "forbid" in changes:
        forbidden[changes["forbid"]] = True
    if "force" in changes:
        locked = np.concatenate([locked, np.array([changes["force"]])])
    plan = solve(replace(problem, forbidden=forbidden, locked=locked))
    return plan.total if plan.filled else math.nan


def test_each_price_is_what_solving_again_would_cost(here: World) -> None:
    proposal = here.propose(fair=False)
    asked = questions._Asked(here.chair, proposal)  # for the places of papers and members
    total = solved(proposal)
    checked = 0
    for paper in here.papers[:3]:
        for member in here.members:
            told = questions.why(actor=here.chair, proposal=proposal, paper=paper, member=member)
            place = asked.place((paper.pk, member.pk))
            again = (
                solved(proposal, **{"forbid" if told.in_plan else "force": place})
                if told.price is not None
                else 0
            )
            if told.price is None:
                assert told.kept_out == "a conflict"
                assert (paper, member) == (here.papers[0], here.members[0])
                continue
            assert told.exact
            assert total - again == pytest.approx(told.price, abs=1e-5)
            pair = {"forbid" if told.in_plan else "force": (paper.pk, member.pk)}
            what = questions.what_if(actor=here.chair, proposal=proposal, **pair)
            assert what.price == pytest.approx(told.price)
            checked += told.price > 1e-3
    assert checked > 5


def test_why_tells_parts_rank_better_candidates_and_near_papers(here: World) -> None:
    proposal = here.propose(fair=False)
    told = (
        questions.why(actor=here.chair, proposal=proposal, paper=it.paper, member=it.member)
        for it in proposal.pairs.select_related("paper", "member")
    )
    beaten = next(it for it in told if it.better)
    paper, member = beaten.paper, beaten.member
    own = member.own_papers.create(
        title=f"More about {paper.title}",
        abstract=paper.abstract,
        year=2020,
        source="pasted",
        fingerprint="x",
    )
    AffinityColumn.objects.filter(member=member).update(nearest={str(paper.pk): [own.pk, 10**6]})
    told = questions.why(actor=here.chair, proposal=proposal, paper=paper, member=member)
    assert told.in_plan
    assert told.parts["score"] == pytest.approx(told.score, abs=1e-6)
    assert told.rank is not None
    assert 1 <= told.rank <= told.allowed <= 8 + 1
    assert [it.title for it in told.nearest] == [own.title]
    assert told.nearest[0].shared
    assert all(it.score > told.score for it in told.better)
    assert all(it.reason for it in told.better)
    assert [it.score for it in told.better] == sorted((it.score for it in told.better), reverse=True)


def test_a_conflict_is_named_as_what_kept_a_better_candidate_out(here: World) -> None:
    here.members[0].bids.create(paper=here.papers[0], level=3)
    proposal = here.propose(fair=False)
    worst = proposal.pairs.filter(paper=here.papers[0]).select_related("member").order_by("score").first()
    AffinityColumn.objects.filter(member=here.members[0]).update(scores={str(here.papers[0].pk): 1.0})
    again = here.propose(fair=False)
    told = questions.why(actor=here.chair, proposal=again, paper=here.papers[0], member=worst.member)
    anna = next(it for it in told.better if it.member == here.members[0])
    assert (anna.reason, anna.price) == ("a conflict", None)


def test_an_old_plan_answers_from_what_it_was_made_of(here: World) -> None:
    proposal = here.propose(fair=False)
    pair = proposal.pairs.select_related("paper", "member").first()
    before = questions.why(actor=here.chair, proposal=proposal, paper=pair.paper, member=pair.member)
    AffinityColumn.objects.all().delete()
    Member.objects.filter(pk=here.members[3].pk).update(load_wanted=0)
    after = questions.why(actor=here.chair, proposal=proposal, paper=pair.paper, member=pair.member)
    assert (after.score, after.price, after.rank) == (before.score, before.price, before.rank)


def test_what_changes_nothing_costs_nothing_and_says_so(here: World) -> None:
    proposal = here.propose(fair=False)
    pair = proposal.pairs.first()
    told = questions.what_if(actor=here.chair, proposal=proposal, force=(pair.paper_id, pair.member_id))
    assert (told.price, told.exact) == (0.0, True)
    assert "nothing changes" in told.sentence
    here_not = next(
        it for it in here.members if not proposal.pairs.filter(paper=pair.paper, member=it).exists()
    )
    told = questions.what_if(actor=here.chair, proposal=proposal, forbid=(pair.paper_id, here_not.pk))
    assert told.price == 0.0


def test_the_price_of_a_load_bounds_what_solving_again_shows(here: World) -> None:
    proposal = here.propose(fair=False)
    facts = proposals.stored_facts(proposal)
    problem = matrix.Matrix.unpack(facts, bytes(proposal.inputs.arrays)).problem()
    total = solved(proposal)
    some = 0
    for place, fact in enumerate(facts.members):
        for load in (0, 1, 3):
            if fact.load == 0:
                continue
            told = questions.what_if(actor=here.chair, proposal=proposal, load=(fact.pk, load))
            limits = problem.max_load.copy()
            limits[place] = load
            plan = solve(replace(problem, max_load=limits))
            if plan.filled:
                assert told.price is not None
                assert total - plan.total >= told.price - 1e-5, (
                    "it costs at least this, or brings at most this"
                )
            some += abs(told.price or 0) > 1e-3
    assert some


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"force": (1, 1), "forbid": (1, 1)},
        {"load": (0, 3)},
        {"force": (0, 0)},
        {"load": (None, -1)},
        {"load": (None, 201)},
    ],
)
def test_what_cannot_be_asked_is_refused(here: World, question: dict[str, Any]) -> None:
    proposal = here.propose()
    if question.get("load", (0,))[0] is None:
        question = {"load": (here.members[0].pk, question["load"][1])}
    with pytest.raises(Refused):
        questions.what_if(actor=here.chair, proposal=proposal, **question)


def test_nobody_else_asks_and_a_hidden_paper_ends_all_questions(here: World) -> None:
    proposal = here.propose()
    pair = proposal.pairs.select_related("paper", "member").get(pk=proposal.pairs.first().pk)
    for other in (factories.chair(here.call, "Olga Other"), here.members[0].user):
        with pytest.raises(NotAllowed):
            questions.why(actor=other, proposal=proposal, paper=pair.paper, member=pair.member)
        with pytest.raises(NotAllowed):
            questions.what_if(actor=other, proposal=proposal, force=(pair.paper_id, pair.member_id))
    other_paper = next(it for it in here.papers if it != pair.paper)
    assigning.wall(here.chair, other_paper)
    with pytest.raises(Refused, match="no longer yours to see"):
        questions.why(actor=here.chair, proposal=proposal, paper=pair.paper, member=pair.member)
