"""Assignments one by one: by a chair's hand, by the member's answer, and when a paper leaves."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import audit
from accounts.models import Message
from reviews.models import Assignment, Member, PairRule
from reviews.services import assignment_lists, assignments
from submissions.services import papers
from submissions.services.errors import NotAllowed, Refused, Stale
from tests import factories
from tests.reviews import assigning, committee
from tests.reviews.assigning import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> World:
    return assigning.world()


def assign(here: World, number: int, place: int) -> Assignment:
    paper, member = here.papers[number - 1], here.members[place]
    return assignments.assign(actor=here.chair, paper=paper, member=member)


# -- by hand ----------------------------------------------------------------------------------------------------------


def test_papers_given_within_ten_minutes_are_one_letter_and_what_was_taken_back_is_not_in_it(
    here: World,
) -> None:
    one, _two = assign(here, 1, 0), assign(here, 2, 0)
    anna = here.members[0].user
    text = assigning.letters()[anna.email]
    assert "#1 " in text
    assert "#2 " in text
    assignments.withdraw(actor=here.chair, assignment=one)
    text = assigning.letters()[anna.email]
    assert "#1 " not in text
    assert "#2 " in text
    assert not assigning.letters("assignment_taken_back")


def test_taken_back_after_the_letter_left_the_member_reads_why(here: World) -> None:
    row = assign(here, 1, 0)
    assigning.deliver()
    assignments.withdraw(actor=here.chair, assignment=row, reason="A mistake of ours")
    (text,) = assigning.letters("assignment_taken_back").values()
    assert "#1 Paper 1 (A mistake of ours)" in text
    with pytest.raises(Stale):
        assignments.withdraw(actor=here.chair, assignment=row)
    again = assign(here, 1, 0)
    assert again.pk == row.pk
    assert not Message.objects.filter(state="queued").exists(), "taken back and given again: nothing to tell"


def test_what_stands_against_a_pair_is_named(here: World) -> None:
    anna, boris, clara = here.members[:3]
    assigning.conflict(anna, here.papers[0])
    PairRule.objects.create(paper=here.papers[0], member=boris, kind="forbid")
    Assignment.objects.create(paper=here.papers[0], member=clara, state="declined")
    for place, words in ((0, "conflict stands between Anna Bell and #1"), (1, "forbade"), (2, "declined #1")):
        with pytest.raises(Refused, match=words):
            assign(here, 1, place)
    Member.objects.filter(pk=here.members[3].pk).update(state="declined")
    with pytest.raises(Refused, match="does not review"):
        assign(here, 1, 3)
    assign(here, 1, 4)
    with pytest.raises(Refused, match="reviews #1 already"):
        assign(here, 1, 4)
    papers.withdraw(actor=committee.author(), paper=factories.fresh(here.papers[1]))
    with pytest.raises(Refused, match="withdrawn"):
        assign(here, 2, 4)


def test_nobody_assigns_through_a_wall_or_without_the_office(here: World) -> None:
    conrad = factories.chair(here.call, "Conrad Conflicted")
    assigning.wall(conrad, here.papers[0])
    row = assign(here, 1, 0)
    paper, member = here.papers[0], here.members[1]
    for actor in (conrad, here.members[0].user, factories.person("Stella Stranger")):
        with pytest.raises(NotAllowed):
            assignments.assign(actor=actor, paper=paper, member=member)
        with pytest.raises(NotAllowed):
            assignments.withdraw(actor=actor, assignment=row)
        with pytest.raises(NotAllowed):
            assignments.set_rule(actor=actor, paper=paper, member=member, kind="lock")
        with pytest.raises(NotAllowed):
            assignments.clear_rule(actor=actor, paper=paper, member=member)
        with pytest.raises(NotAllowed):
            assignment_lists.candidates(actor=actor, paper=paper)
    assert here.live() == {(1, "Anna Bell")}


def test_a_member_of_another_edition_is_nobody_here(here: World) -> None:
    other = committee.member(committee.closed_edition("2020"), "Otto Outsider")
    with pytest.raises(NotAllowed):
        assignments.assign(actor=here.chair, paper=here.papers[0], member=other)


def test_rules_are_set_changed_and_cleared(here: World) -> None:
    paper, anna = here.papers[0], here.members[0]
    assignments.set_rule(actor=here.chair, paper=paper, member=anna, kind="lock")
    assert PairRule.objects.get().kind == "lock"
    assignments.set_rule(actor=here.chair, paper=paper, member=anna, kind="forbid")
    assert PairRule.objects.get().kind == "forbid"
    with pytest.raises(Refused, match="Clear that first"):
        assignments.set_rule(actor=here.chair, paper=paper, member=anna, kind="lock")
    assert assignments.clear_rule(actor=here.chair, paper=paper, member=anna)
    assert not assignments.clear_rule(actor=here.chair, paper=paper, member=anna)
    assigning.conflict(anna, paper)
    with pytest.raises(Refused, match="conflict"):
        assignments.set_rule(actor=here.chair, paper=paper, member=anna, kind="lock")
    with pytest.raises(Refused, match="“maybe”"):
        assignments.set_rule(actor=here.chair, paper=paper, member=anna, kind="maybe")


def test_authors_do_not_find_their_reviewers_in_the_history_of_the_paper(here: World) -> None:
    assign(here, 1, 0)
    assert audit.history(here.papers[0]).filter(verb="assignment.offered").exists()
    page = factories.signed_in(committee.author()).get(reverse("paper_history", args=["2021", 1]))
    assert page.status_code == 200
    assert "Anna" not in page.text
    assert "offered" not in page.text


# -- lists ------------------------------------------------------------------------------------------------------------


def test_candidates_come_best_first_without_those_who_must_not_or_do_already(here: World) -> None:
    anna, boris, _, _, emma = here.members
    paper = here.papers[0]
    for member in here.members:
        member.expertise.all().delete()
    assigning.conflict(anna, paper)
    boris.bids.create(paper=paper, level=3)
    emma.bids.create(paper=paper, level=0)
    assign(here, 1, 2)
    assign(here, 2, 1)
    found = assignment_lists.candidates(actor=here.chair, paper=paper)
    names = [it.member.name for it in found if it.limit]
    assert names[0] == "Boris Crane"
    assert names[-1] == "Emma Falk"
    assert {"Anna Bell", "Clara Dahl"}.isdisjoint(names)
    assert (found[0].load, found[0].limit, found[0].parts["bid"]) == (1, 4, 3)
    assert found[0].score > found[1].score


def test_a_load_on_a_hidden_paper_is_not_counted_for_who_must_not_see_it(here: World) -> None:
    conrad = factories.chair(here.call, "Conrad Conflicted")
    assigning.wall(conrad, here.papers[0])
    assign(here, 1, 0)
    loads = {
        it.member.name: it.load for it in assignment_lists.candidates(actor=conrad, paper=here.papers[1])
    }
    assert loads["Anna Bell"] == 0
    assert assignment_lists.openings(actor=conrad, edition=here.call) == []
    assert assignment_lists.problems(actor=conrad, edition=here.call) == []


def test_a_declined_slot_comes_back_with_the_next_best_member(here: World) -> None:
    for number in (1, 2, 3, 4):
        for place in (0, 1, 2):
            assign(here, number, place)
    assert assignment_lists.openings(actor=here.chair, edition=here.call) == []
    row = Assignment.objects.get(paper=here.papers[1], member=here.members[0])
    assignments.decline(
        actor=here.members[0].user, assignment=row, reason="Too far from my field.", substitute="Zoe Zeal"
    )
    (opening,) = assignment_lists.openings(actor=here.chair, edition=here.call)
    assert (opening.paper.number, opening.missing) == (2, 1)
    assert [(it.reason, it.substitute) for it in opening.declined] == [("Too far from my field.", "Zoe Zeal")]
    assert opening.best is not None
    assert opening.best.member.name in {"David Eng", "Emma Falk"}


def test_two_openings_do_not_overload_one_member(here: World) -> None:
    Member.objects.filter(edition=here.call).exclude(pk=here.members[4].pk).update(load_wanted=0)
    Member.objects.filter(pk=here.members[4].pk).update(load_wanted=1)
    for number in (1, 2, 3, 4):
        assign(here, number, 0)
    best = [
        it.best.member.name
        for it in assignment_lists.openings(actor=here.chair, edition=here.call)
        if it.best
    ]
    assert best == ["Emma Falk"]


def test_what_went_wrong_with_an_assignment_is_listed(here: World) -> None:
    for number, place in ((1, 0), (2, 1), (1, 2), (2, 2)):
        assign(here, number, place)
    assigning.conflict(here.members[0], here.papers[0])
    Member.objects.filter(pk=here.members[1].pk).update(state="removed")
    Member.objects.filter(pk=here.members[2].pk).update(load_wanted=1)
    found = {it.kind: it.sentence for it in assignment_lists.problems(actor=here.chair, edition=here.call)}
    assert found == {
        "conflict": "Anna Bell has #1: a conflict.",
        "member": "Boris Crane has #2, but does not review any more (removed).",
        "load": "Clara Dahl has 2 papers, with a load of 1.",
    }


def test_queries_of_lists_do_not_grow(django_assert_max_num_queries: Any) -> None:
    here = assigning.world(members=3, papers=2)
    assign(here, 1, 0)

    def count() -> int:
        with django_assert_max_num_queries(80) as captured:
            assignment_lists.candidates(actor=here.chair, paper=here.papers[0])
            assignment_lists.openings(actor=here.chair, edition=here.call)
            assignment_lists.problems(actor=here.chair, edition=here.call)
            assignment_lists.own(user=here.members[0].user, edition=here.call)
        return len(captured)

    first = count()
    here.members += [committee.member(here.call, name, load_wanted=4) for name in assigning.NAMES[3:]]
    here.papers += committee.papers(here.call, 6)
    for number in (2, 3, 4):
        assign(here, number, 0)
        assign(here, number, 3)
    assert count() == first


# -- the member's page --------------------------------------------------------------------------------------------------


def page(member: Member) -> tuple[Client, str]:
    browser = factories.signed_in(member.user)
    return browser, browser.get(reverse("member_assignments", args=["2021"])).text


def test_a_member_accepts_one_and_declines_the_other(here: World) -> None:
    assign(here, 1, 0)
    assign(here, 2, 0)
    browser, text = page(here.members[0])
    assert "Waiting for your answer" in text
    assert "What paper 1 is about." in text
    answer = browser.post(reverse("member_assignment_accept", args=["2021", 1]))
    assert answer.status_code == 302
    address = reverse("member_assignment_decline", args=["2021", 2])
    assert "Paper 2" in browser.get(address).text
    answer = browser.post(address, {"reason": "I am ill.", "substitute": "Zoe Zeal\nzoe@example.org"})
    assert answer.status_code == 302
    rows = {it.paper.number: it for it in Assignment.objects.select_related("paper")}
    assert (rows[1].state, rows[2].state) == ("accepted", "declined")
    assert (rows[2].reason, rows[2].substitute) == ("I am ill.", "Zoe Zeal zoe@example.org")
    assert all(it.answered_at for it in rows.values())
    _, text = page(here.members[0])
    assert "Paper 2" not in text
    assert browser.post(address, {}).status_code == 404, "answered: it is not theirs any more"
    assert browser.post(reverse("member_assignment_accept", args=["2021", 1])).status_code == 302


def test_the_members_page_says_what_waits(here: World) -> None:
    row = assign(here, 1, 0)
    browser = factories.signed_in(here.members[0].user)
    assert "1 paper waits for your answer" in browser.get(reverse("member_home", args=["2021"])).text
    assignments.accept(actor=here.members[0].user, assignment=row)
    assert "Not started" in browser.get(reverse("member_home", args=["2021"])).text


def test_a_reason_too_long_is_refused_with_words_and_nothing_is_declined(here: World) -> None:
    assign(here, 1, 0)
    browser = factories.signed_in(here.members[0].user)
    answer = browser.post(reverse("member_assignment_decline", args=["2021", 1]), {"reason": "x" * 2001})
    assert answer.status_code == 422
    assert "2001" in answer.text
    assert Assignment.objects.get().state == "offered"


def test_a_conflict_found_later_ends_the_members_access_at_once(here: World) -> None:
    row = assign(here, 1, 0)
    assigning.conflict(here.members[0], here.papers[0])
    browser, text = page(here.members[0])
    assert "Paper 1" not in text
    for name in ("member_assignment_accept", "member_assignment_decline"):
        assert browser.post(reverse(name, args=["2021", 1])).status_code == 404
    with pytest.raises(NotAllowed):
        assignments.accept(actor=here.members[0].user, assignment=row)


def test_other_people_answer_nothing_and_see_nothing(here: World) -> None:
    row = assign(here, 1, 0)
    for user in (here.members[1].user, here.chair, factories.person("Stella Stranger"), committee.author()):
        browser = factories.signed_in(user)
        assert "Paper 1" not in browser.get(reverse("member_assignments", args=["2021"])).text
        for name in ("member_assignment_accept", "member_assignment_decline"):
            assert browser.post(reverse(name, args=["2021", 1])).status_code == 404
        with pytest.raises(NotAllowed):
            assignments.decline(actor=user, assignment=row, reason="")
    assert Client().get(reverse("member_assignments", args=["2021"])).status_code == 302


def test_a_double_blind_call_hides_the_authors_from_the_list(here: World) -> None:
    assign(here, 1, 0)
    assert "Ada Author" in page(here.members[0])[1]
    here.call.anonymity = "double"
    here.call.save()
    assert "Ada Author" not in page(here.members[0])[1]


# -- the paper leaves -----------------------------------------------------------------------------------------------------


def test_a_withdrawn_paper_takes_its_reviewers_along_and_tells_them(here: World) -> None:
    assign(here, 1, 0)
    assign(here, 2, 0)
    row = assign(here, 1, 1)
    assignments.decline(actor=here.members[1].user, assignment=row, reason="No.")
    assigning.deliver()
    papers.withdraw(actor=committee.author(), paper=factories.fresh(here.papers[0]))
    assert here.live() == {(2, "Anna Bell")}
    told = assigning.letters("assignment_taken_back")
    assert set(told) == {here.members[0].user.email}
    assert "#1 Paper 1 (the paper is no longer under review)" in told[here.members[0].user.email]
    row.refresh_from_db()
    assert row.state == "declined"


def test_a_desk_reject_does_the_same(here: World) -> None:
    assign(here, 1, 0)
    papers.mark_out_of_scope(
        actor=here.chair, paper=factories.fresh(here.papers[0]), reason="Not our subject."
    )
    assert here.live() == set()
    assert not assigning.letters(), "the letter had not left yet"
    assert not assigning.letters("assignment_taken_back")
