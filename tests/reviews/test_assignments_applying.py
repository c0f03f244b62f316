"""Plans that are made to hold, and taken back: all or nothing, with letters that tell the net of it."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Message
from reviews.models import Assignment, Member
from reviews.services import applying, assignments, proposals
from submissions import mail_list
from submissions.services.errors import NotAllowed, Refused, Stale
from tests import factories
from tests.reviews import assigning
from tests.reviews.assigning import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> World:
    return assigning.world()


def test_applying_assigns_exactly_the_plan_and_writes_once_to_each_member(here: World) -> None:
    proposal = here.propose()
    shown = applying.preview(actor=here.chair, proposal=proposal)
    done = applying.apply(actor=here.chair, proposal=proposal)
    plan = {(it.paper.number, it.member.name) for it in proposal.pairs.select_related("paper", "member")}
    assert here.live() == plan
    assert (len(done.added), len(done.kept), len(done.taken)) == (8, 0, 0)
    waiting = assigning.letters()
    assert {it.address: it.text for it in shown} == waiting, "the preview is what is sent"
    assert set(waiting) == {it.user.email for it in here.members if it.name in {name for _, name in plan}}
    for member in here.members:
        for number in (1, 2, 3, 4):
            told = f"#{number} " in waiting.get(member.user.email, "")
            assert told == ((number, member.name) in plan)
    assert all(it.due_at > timezone.now() for it in Message.objects.all()), "there is time to undo"
    entry = AuditEntry.objects.get(verb="proposal.applied")
    assert entry.data["input"][1] == proposal.input_hash
    proposal.refresh_from_db()
    assert (proposal.state, Assignment.objects.filter(proposal=proposal).count()) == ("applied", 8)


def test_a_letter_about_several_papers_is_hidden_from_whom_one_of_them_is(here: World) -> None:
    conrad = factories.chair(here.call, "Conrad Conflicted")
    assigning.wall(conrad, here.papers[0])
    applying.apply(actor=here.chair, proposal=here.propose())
    seen = mail_list.visible(here.call.slug, conrad)
    assert not any("#1 " in it.text for it in seen)
    assert any("#1 " in it.text for it in mail_list.visible(here.call.slug, here.chair))


def test_nor_does_an_administrator_behind_the_wall_find_it_in_the_administration(here: World) -> None:
    """A letter names several papers: one of them behind a wall hides it, wherever it stands in the list."""
    alex = factories.with_second_factor(factories.person("Alex Admin", is_staff=True, is_superuser=True))
    member = assigning.committee.member(here.call, "Alex Admin", user=alex, load_wanted=0)
    for number in (1, 2):
        row = here.papers[number - 1]
        assignments.assign(actor=here.chair, paper=row, member=here.members[0])
    browser = factories.signed_in(alex)
    listing = reverse("admin:accounts_message_changelist")
    assert "anna@example.org" in browser.get(listing).text
    assigning.conflict(member, here.papers[1])
    assert "anna@example.org" not in browser.get(listing).text


def test_a_second_plan_keeps_what_it_can_and_takes_back_the_rest(here: World) -> None:
    anna, boris = here.members[:2]
    for paper in here.papers:  # Boris is offered everything, Anna has accepted one
        Assignment.objects.create(paper=paper, member=boris)
    Assignment.objects.create(paper=here.papers[0], member=anna, state="accepted")
    assigning.conflict(boris, here.papers[3])
    proposal = here.propose(keep_present=False)
    done = applying.apply(actor=here.chair, proposal=proposal)
    live = here.live()
    assert (1, "Anna Bell") in live, "who said yes is not moved"
    assert (4, "Boris Crane") not in live, "a conflict ends what was assigned"
    assert Assignment.objects.get(paper=here.papers[3], member=boris).state == "withdrawn"
    assert "#4 " in assigning.letters("assignment_taken_back")[boris.user.email]
    assert {it.paper.number for it in done.taken} == {
        it for it in (1, 2, 3, 4) if (it, "Boris Crane") not in live
    }


@pytest.mark.parametrize("what", ["conflict", "removed", "withdrawn", "by hand", "new paper"])
def test_a_plan_that_is_out_of_date_is_refused_and_nothing_is_written(here: World, what: str) -> None:
    proposal = here.propose()
    pair = proposal.pairs.select_related("paper", "member").first()
    if what == "conflict":
        assigning.conflict(pair.member, pair.paper)
    elif what == "removed":
        Member.objects.filter(pk=pair.member.pk).update(state="removed")
    elif what == "withdrawn":
        pair.paper.state = "withdrawn"
        pair.paper.save()
    elif what == "by hand":
        Assignment.objects.create(paper=pair.paper, member=here.members[4])
    else:
        assigning.committee.papers(here.call, 1)
    before = here.live()
    with pytest.raises(Stale, match="Nothing was applied"):
        applying.apply(actor=here.chair, proposal=proposal)
    assert here.live() == before
    assert not assigning.letters()
    proposal.refresh_from_db()
    assert proposal.state == "ready"


def test_a_chair_who_came_into_conflict_is_not_told_of_it(here: World) -> None:
    proposal = here.propose()
    assigning.wall(here.chair, here.papers[0])
    with pytest.raises(Stale) as refused:
        applying.apply(actor=here.chair, proposal=proposal)
    assert "1 paper of this plan is no longer among those to assign" in str(refused.value)
    assert "conflict" not in str(refused.value)
    assert "#1" not in str(refused.value)


def test_only_who_made_it_applies_it_and_only_once(here: World) -> None:
    proposal = here.propose()
    for other in (factories.chair(here.call, "Olga Other"), here.members[0].user):
        with pytest.raises(NotAllowed):
            applying.apply(actor=other, proposal=proposal)
        with pytest.raises(NotAllowed):
            applying.preview(actor=other, proposal=proposal)
    applying.apply(actor=here.chair, proposal=proposal)
    with pytest.raises(Refused, match="applied already"):
        applying.apply(actor=here.chair, proposal=proposal)


def test_the_second_of_two_chairs_is_told_that_the_first_was_faster(here: World) -> None:
    olga = factories.chair(here.call, "Olga Other")
    mine, hers = here.propose(), here.propose(olga)
    applying.apply(actor=here.chair, proposal=mine)
    with pytest.raises(Stale, match="8 assignments were made"):
        applying.apply(actor=olga, proposal=hers)


def test_two_chairs_with_papers_of_their_own_do_not_meet(here: World) -> None:
    """Each handles what the other must not see; neither plan goes stale by the other, and nobody's load tells."""
    olga = factories.chair(here.call, "Olga Other")
    for paper in here.papers[:2]:
        assigning.wall(olga, paper)
    for paper in here.papers[2:]:
        assigning.wall(here.chair, paper)
    mine, hers = here.propose(), here.propose(olga)
    applying.apply(actor=here.chair, proposal=mine)
    applying.apply(actor=olga, proposal=hers)
    assert {number for number, _ in here.live()} == {1, 2, 3, 4}


# -- undo -----------------------------------------------------------------------------------------------------------------


def test_undone_before_the_letters_leave_nobody_hears_anything(here: World) -> None:
    proposal = here.propose()
    applying.apply(actor=here.chair, proposal=proposal)
    assert applying.may_undo(actor=here.chair, proposal=proposal) == ""
    assert applying.undo(actor=here.chair, proposal=proposal) == 8
    assert here.live() == set()
    assert not Message.objects.exists()
    proposal.refresh_from_db()
    assert proposal.state == "undone"


def test_undone_after_the_letters_left_each_reader_is_told(here: World) -> None:
    proposal = here.propose()
    applying.apply(actor=here.chair, proposal=proposal)
    told = set(assigning.letters())
    assigning.deliver()
    applying.undo(actor=here.chair, proposal=proposal)
    assert set(assigning.letters("assignment_taken_back")) == told
    assert not assigning.letters()


def test_undo_gives_back_what_the_plan_took(here: World) -> None:
    for member in here.members[:3]:
        Assignment.objects.create(paper=here.papers[0], member=member)
    before = here.live()
    proposal = here.propose(keep_present=False)
    done = applying.apply(actor=here.chair, proposal=proposal)
    assert done.taken
    applying.undo(actor=here.chair, proposal=proposal)
    assert here.live() == before
    assert not Message.objects.exists()


def test_undo_gives_nothing_back_where_a_conflict_stands_by_now(here: World) -> None:
    for member in here.members[:3]:
        Assignment.objects.create(paper=here.papers[0], member=member)
    proposal = here.propose(keep_present=False)
    taken = applying.apply(actor=here.chair, proposal=proposal).taken
    assigning.conflict(taken[0].member, taken[0].paper)
    applying.undo(actor=here.chair, proposal=proposal)
    assert (1, taken[0].member.name) not in here.live()


def test_what_was_declined_stays_declined_and_what_was_begun_keeps_the_plan(here: World) -> None:
    proposal = here.propose()
    applying.apply(actor=here.chair, proposal=proposal)
    declined, begun = Assignment.objects.select_related("member__user")[:2]
    assignments.decline(actor=declined.member.user, assignment=declined, reason="No time.")
    Assignment.objects.filter(pk=begun.pk).update(started_at=timezone.now())
    with pytest.raises(Refused, match=r"review of #\d has begun"):
        applying.undo(actor=here.chair, proposal=proposal)
    Assignment.objects.filter(pk=begun.pk).update(started_at=None)
    applying.undo(actor=here.chair, proposal=proposal)
    declined.refresh_from_db()
    assert declined.state == "declined"


def test_a_review_begun_on_a_hidden_paper_is_not_told_by_undo(here: World) -> None:
    proposal = here.propose()
    applying.apply(actor=here.chair, proposal=proposal)
    Assignment.objects.filter(paper=here.papers[0]).update(started_at=timezone.now())
    assigning.wall(here.chair, here.papers[0])
    assert applying.may_undo(actor=here.chair, proposal=proposal) == ""
    applying.undo(actor=here.chair, proposal=proposal)
    assert {number for number, _ in here.live()} == {1}


def test_queries_of_the_page_do_not_grow(django_assert_max_num_queries: Any) -> None:
    def count(world: World) -> int:
        proposal = world.propose()
        with django_assert_max_num_queries(80) as captured:
            applying.preview(actor=world.chair, proposal=proposal)
            applying.diff(actor=world.chair, proposal=proposal)
            proposals.freshness(actor=world.chair, proposal=proposal)
            proposals.numbers(actor=world.chair, proposal=proposal)
            list(proposals.pairs(actor=world.chair, proposal=proposal))
        return len(captured)

    here = assigning.world(members=3, papers=1)
    first = count(here)
    for name in assigning.NAMES[3:]:
        assigning.committee.member(here.call, name)
    here.papers += assigning.committee.papers(here.call, 7)
    assert count(here) == first
