"""Plans: asked for, computed, looked at and put away. Walls stand in all of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import jobs
from accounts.job_models import Job
from reviews.models import Absence, Assignment, CommitteeSettings, Member, PairRule, Proposal, ProposalInputs
from reviews.services import assignments, matrix, proposals
from reviews.services.proposals import options_for
from submissions.models import DeclaredConflict, Role
from submissions.services.errors import NotAllowed, Refused
from tests import factories
from tests.reviews import assigning, committee
from tests.reviews.assigning import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> World:
    return assigning.world()


def numbers(world: World, proposal: Proposal) -> dict[int, set[str]]:
    """Who is planned for which paper."""
    found: dict[int, set[str]] = {it.number: set() for it in world.papers}
    for pair in proposals.pairs(actor=proposal.made_by, proposal=proposal):
        found[pair.paper.number].add(pair.member.name)
    return found


def test_a_plan_fills_every_paper_within_the_loads_and_says_that_it_is_the_best(here: World) -> None:
    proposal = here.propose()
    assert (proposal.state, proposal.message) == ("ready", "")
    plan = numbers(here, proposal)
    assert all(len(people) == 2 for people in plan.values())
    result = proposals.numbers(actor=here.chair, proposal=proposal)
    assert result["pairs"] == 8
    assert "no assignment" in result["certificate"]
    assert result["total"] == pytest.approx(sum(pair.score for pair in proposal.pairs.all()))
    assert max(result["loads"].values()) <= 4
    assert proposal.input_hash
    pair = proposal.pairs.first()
    told = pair.parts
    assert pair.score == pytest.approx(
        told["from_affinity"] + told["from_topics"] + told["from_bid"] + told["from_nothing_known"], abs=1e-6
    )
    assert not Assignment.objects.exists(), "a plan changes nothing"


def test_nobody_is_planned_for_what_a_conflict_an_author_a_chair_or_a_declined_request_keeps_from_them(
    here: World,
) -> None:
    anna, boris, clara, david, emma = here.members
    one, two, three, four = here.papers
    assigning.conflict(anna, one)
    role = factories.role(here.call, Role.Kind.PC_MEMBER, boris.user)
    DeclaredConflict.objects.create(paper=two, role=role)
    three.authors.create(position=1, name="C. Dahl", email="clara@example.org")
    PairRule.objects.create(paper=four, member=david, kind="forbid")
    Assignment.objects.create(paper=four, member=emma, state="declined")
    plan = numbers(here, here.propose())
    assert "Anna Bell" not in plan[1]
    assert "Boris Crane" not in plan[2]
    assert "Clara Dahl" not in plan[3]
    assert not {"David Eng", "Emma Falk"} & plan[4]
    facts = matrix.gather(actor=here.chair, edition=here.call, options=options_for(here.call))
    assert facts.forbidden == {
        (one.pk, anna.pk): "conflict",
        (two.pk, boris.pk): "declared",
        (three.pk, clara.pk): "own",
        (four.pk, david.pk): "rule",
        (four.pk, emma.pk): "declined",
    }


def test_a_lock_holds_and_present_reviewers_stay(here: World) -> None:
    anna, boris = here.members[:2]
    PairRule.objects.create(paper=here.papers[0], member=anna, kind="lock")
    Assignment.objects.create(paper=here.papers[1], member=boris)
    proposal = here.propose()
    plan = numbers(here, proposal)
    assert "Anna Bell" in plan[1]
    assert "Boris Crane" in plan[2]
    assert proposal.pairs.get(paper=here.papers[0], member=anna).locked
    assert proposal.pairs.get(paper=here.papers[1], member=boris).present


def test_extra_reviewers_come_on_top_for_the_papers_asked_for(here: World) -> None:
    for member in here.members[:2]:
        Assignment.objects.create(paper=here.papers[0], member=member)
    proposal = here.propose(round="extra", reviews=1, papers=(1,))
    rows = proposals.pairs(actor=here.chair, proposal=proposal)
    assert {it.paper.number for it in rows} == {1}
    assert len(rows) == 3
    assert sum(it.present for it in rows) == 2


def test_papers_outside_of_the_run_count_for_the_loads(here: World) -> None:
    Member.objects.filter(pk__in=[it.pk for it in here.members]).update(load_wanted=1)
    for member in here.members[:3]:
        Assignment.objects.create(paper=here.papers[0], member=member)
    proposal = here.propose(papers=(2,))
    assert numbers(here, proposal)[2] == {"David Eng", "Emma Falk"}


def test_who_is_away_until_the_reviews_are_due_gets_nothing(here: World) -> None:
    today = timezone.now().date()
    factories.deadline(here.call, "reviews", timezone.now() + timedelta(days=20))
    anna, boris = here.members[:2]
    Absence.objects.create(member=anna, first=today, last=today + timedelta(days=9))
    Absence.objects.create(member=anna, first=today + timedelta(days=10), last=today + timedelta(days=30))
    Absence.objects.create(member=boris, first=today + timedelta(days=2), last=today + timedelta(days=30))
    people = set().union(*numbers(here, here.propose(reviews=3)).values())
    assert "Anna Bell" not in people
    assert "Boris Crane" in people


def test_co_authors_and_one_institution_are_kept_apart_when_asked(here: World) -> None:
    anna, boris, clara = here.members[:3]
    Member.objects.filter(pk__in=[anna.pk, boris.pk]).update(affiliation="University of Nowhere")
    Member.objects.filter(pk=clara.pk).update(affiliation="MIT")
    Member.objects.filter(pk=here.members[4].pk).update(
        affiliation="Massachusetts Institute of Technology, USA"
    )
    clara.own_papers.create(
        title="Together", authors=["Clara Dahl", "David Eng"], source="bibtex", fingerprint="t"
    )
    plan = numbers(here, here.propose(one_per_institution=True))
    assert not any({"Anna Bell", "Boris Crane"} <= people for people in plan.values())
    assert not any({"Clara Dahl", "Emma Falk"} <= people for people in plan.values())
    facts = matrix.gather(
        actor=here.chair, edition=here.call, options=options_for(here.call, no_coauthors=True)
    )
    assert facts.coauthors == {(clara.pk, here.members[3].pk)}


def test_a_plan_drawn_by_lot_fills_the_papers_too(here: World) -> None:
    proposal = here.propose(max_probability=0.75)
    assert (proposal.state, proposal.message) == ("ready", "")
    assert all(len(people) == 2 for people in numbers(here, proposal).values())


# -- walls --------------------------------------------------------------------------------------------------------------


def test_a_conflicted_chair_plans_for_their_papers_only_and_learns_nothing_of_the_other(here: World) -> None:
    conrad = factories.chair(here.call, "Conrad Conflicted")
    assigning.wall(conrad, here.papers[0])
    before = here.propose(conrad)
    for member in here.members:  # what happens on the hidden paper changes nothing that Conrad sees
        Assignment.objects.create(paper=here.papers[0], member=member)
    assert proposals.freshness(actor=conrad, proposal=before) == []
    after = here.propose(conrad)
    assert numbers(here, after) == numbers(here, before)
    assert 1 not in {it.paper.number for it in proposals.pairs(actor=conrad, proposal=after)}
    assert (after.input_hash, after.facts) == (before.input_hash, before.facts)
    left_out = {"seconds"}
    assert {k: v for k, v in after.result.items() if k not in left_out} == {
        k: v for k, v in before.result.items() if k not in left_out
    }


def test_a_conflict_that_comes_up_later_hides_the_pairs_and_their_share_of_every_number(here: World) -> None:
    proposal = here.propose()
    whole = proposals.numbers(actor=here.chair, proposal=proposal)
    assigning.wall(here.chair, here.papers[0])
    rows = proposals.pairs(actor=here.chair, proposal=proposal)
    assert {it.paper.number for it in rows} == {2, 3, 4}
    told = proposals.numbers(actor=here.chair, proposal=proposal)
    assert told["total"] == pytest.approx(sum(it.score for it in rows))
    assert told["total"] < whole["total"]
    assert str(here.papers[0].pk) not in told["scores"]
    assert told["pairs"] == 6
    assert "bound" not in told
    assert told["certificate"] == proposals.LAST_PART


def test_only_who_made_a_plan_sees_it(here: World) -> None:
    proposal = here.propose()
    other = factories.chair(here.call, "Olga Other")
    assert not proposals.visible(actor=other, edition=here.call).exists()
    for stranger in (other, factories.person("Stella Stranger"), here.members[0].user):
        with pytest.raises(NotAllowed):
            proposals.find(actor=stranger, edition=here.call, key=proposal.key)
        with pytest.raises(NotAllowed):
            proposals.pairs(actor=stranger, proposal=proposal)
    for member in (here.members[0].user, factories.person("Sam Stranger")):
        with pytest.raises(NotAllowed):
            proposals.propose(actor=member, edition=here.call, options=options_for(here.call))


# -- what cannot be planned -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"reviews": 0}, "0 reviews"),
        ({"reviews": 21}, "21 reviews"),
        ({"reviews": 6}, "only 5 members"),
        ({"round": "second"}, "“second”"),
        ({"price_cap": float("nan")}, "nan"),
        ({"max_probability": 0.0}, "0.0"),
        ({"max_probability": 0.5, "fair": True}, "drawn by lot"),
        ({"papers": (1, 99)}, "#99"),
        ({"seed": -1}, "-1"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_value(
    here: World, chosen: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        here.propose(**chosen)
    assert not Proposal.objects.exists()
    assert not Job.objects.exists()


def test_a_lock_on_a_pair_that_a_conflict_keeps_apart_is_named(here: World) -> None:
    PairRule.objects.create(paper=here.papers[0], member=here.members[0], kind="lock")
    assigning.conflict(here.members[0], here.papers[0])
    with pytest.raises(Refused, match=r"Anna Bell and #1 are locked.*a conflict"):
        here.propose()


def test_what_only_the_solver_finds_contradictory_fails_with_its_words(here: World) -> None:
    CommitteeSettings.objects.create(edition=here.call, least_load=4)
    proposal = here.propose()
    assert proposal.state == "failed"
    assert "minimum loads add up to" in proposal.message
    assert proposal.job.state == Job.State.FAILED


def test_a_committee_too_small_fills_what_it_can_and_says_what_would_help(here: World) -> None:
    Member.objects.filter(pk__in=[it.pk for it in here.members]).update(load_wanted=1)
    proposal = here.propose()
    result = proposals.numbers(actor=here.chair, proposal=proposal)
    assert proposal.state == "ready"
    assert result["pairs"] == 5
    assert sum(it["missing"] for it in result["unfilled"]) == 3
    assert result["relaxations"]
    assert "too few" in proposal.job.message


# -- jobs -----------------------------------------------------------------------------------------------------------------


def test_two_clicks_are_one_plan(here: World) -> None:
    options = options_for(here.call)
    proposals.propose(actor=here.chair, edition=here.call, options=options)
    with pytest.raises(Refused, match="being computed"):
        proposals.propose(actor=here.chair, edition=here.call, options=options)
    assert Proposal.objects.count() == 1


def test_a_job_that_runs_twice_leaves_one_plan(here: World) -> None:
    proposal = here.propose()
    pairs = proposal.pairs.count()
    Job.objects.update(state=Job.State.QUEUED, finished_at=None)
    jobs.run(proposal.job_id)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.pairs.count()) == ("ready", pairs)
    assert Job.objects.get().message.startswith("The plan is ready")


def test_a_cancelled_run_is_put_away_and_the_next_may_begin(here: World) -> None:
    options = options_for(here.call)
    first = proposals.propose(actor=here.chair, edition=here.call, options=options)
    jobs.cancel(actor=here.chair, job=first.job)
    jobs.run(first.job_id)
    first = proposals.find(actor=here.chair, edition=here.call, key=first.key)
    assert first.standing == Proposal.State.DROPPED
    assert here.propose().state == "ready"
    first.refresh_from_db()
    assert first.state == "dropped"


def test_cancelled_while_it_solves_it_stops_and_writes_nothing(here: World, monkeypatch: Any) -> None:
    options = options_for(here.call, reviews=2)
    proposal = proposals.propose(actor=here.chair, edition=here.call, options=options)
    build = matrix.build

    def cancelled_meanwhile(*args: Any) -> Any:
        jobs.cancel(actor=here.chair, job=proposal.job)
        return build(*args)

    monkeypatch.setattr(matrix, "build", cancelled_meanwhile)
    jobs.run(proposal.job_id)
    proposal = proposals.find(actor=here.chair, edition=here.call, key=proposal.key)
    assert proposal.standing == Proposal.State.DROPPED
    assert not proposal.pairs.exists()
    assert not ProposalInputs.objects.exists()


def test_a_member_deleted_during_the_run_ends_it_with_words(here: World, monkeypatch: Any) -> None:
    options = options_for(here.call, reviews=2)
    proposal = proposals.propose(actor=here.chair, edition=here.call, options=options)
    build = matrix.build

    def deleted_meanwhile(*args: Any) -> Any:
        found = build(*args)
        here.members[0].delete()
        return found

    monkeypatch.setattr(matrix, "build", deleted_meanwhile)
    jobs.run(proposal.job_id)
    proposal.refresh_from_db()
    assert proposal.state == "failed"
    assert "Anna Bell left the committee" in proposal.message
    assert not proposal.pairs.exists()


def test_who_lost_the_office_while_it_waited_gets_no_plan(here: World) -> None:
    proposal = proposals.propose(actor=here.chair, edition=here.call, options=options_for(here.call))
    Role.objects.filter(user=here.chair).delete()
    jobs.run(proposal.job_id)
    assert Job.objects.get().message == "You may no longer do this."
    assert not proposal.pairs.exists()


def test_a_plan_that_was_not_applied_can_be_put_away(here: World) -> None:
    proposal = here.propose()
    proposals.drop(actor=here.chair, proposal=proposal)
    proposal.refresh_from_db()
    assert proposal.state == "dropped"
    assert not proposal.pairs.exists()
    with pytest.raises(Refused):
        proposals.drop(actor=here.chair, proposal=proposal)


def test_the_oldest_of_many_plans_is_put_away(here: World) -> None:
    first = here.propose()
    for _ in range(proposals.KEPT):
        here.propose()
    first.refresh_from_db()
    assert first.state == "dropped"
    assert ProposalInputs.objects.count() == proposals.KEPT


# -- out of date ------------------------------------------------------------------------------------------------------------


def changed(world: World, proposal: Proposal) -> list[str]:
    return [it.sentence for it in proposals.freshness(actor=world.chair, proposal=proposal) if it.blocks]


def test_each_change_since_is_named(here: World) -> None:
    anna, boris, clara, david, emma = here.members
    proposal = here.propose()
    assert proposals.freshness(actor=here.chair, proposal=proposal) == []
    assigning.conflict(anna, here.papers[0])
    assigning.conflict(boris, here.papers[1])
    Member.objects.filter(pk=clara.pk).update(state="removed")
    Member.objects.filter(pk=david.pk).update(load_wanted=1)
    committee.member(here.call, "Zoe Zeal")
    here.papers[2].state = "withdrawn"
    here.papers[2].save()
    committee.papers(here.call, 1)
    assignments.assign(actor=here.chair, paper=here.papers[3], member=emma)
    assert changed(here, proposal) == [
        "1 paper of this plan is no longer among those to assign.",
        "1 paper came in: #5.",
        "Clara Dahl no longer reviews.",
        "Zoe Zeal joined.",
        "1 load changed: David Eng, 4 to 1.",
        "2 conflicts were found: Anna Bell and #1; Boris Crane and #2.",
        "1 assignment was made: Emma Falk and #4.",
    ]


def test_a_bid_since_is_told_but_does_not_stand_in_the_way(here: World) -> None:
    proposal = here.propose()
    here.members[0].bids.create(paper=here.papers[0], level=3)
    assert changed(here, proposal) == []
    (told,) = proposals.freshness(actor=here.chair, proposal=proposal)
    assert told.part == "scores"


def test_queries_do_not_grow_with_papers_and_members(
    django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    small = assigning.world(members=3, papers=1)
    options = options_for(small.call, no_coauthors=True, one_per_institution=True)

    def count() -> int:
        with django_assert_max_num_queries(60) as captured:
            facts = matrix.gather(actor=small.chair, edition=small.call, options=options)
            matrix.build(facts, small.call)
        return len(captured)

    first = count()
    for name in assigning.NAMES[3:]:
        committee.member(small.call, name)
    committee.papers(small.call, 9)
    assert count() == first
