"""Deciding: one paper, many at once, two chairs at once, and back again."""

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import audit
from accounts.models import Message
from reviews import open_reviews, queries
from reviews.domain.assignment_facts import Options
from reviews.models import Assignment, Decision, Member, Release
from reviews.services import assignment_csv, assignment_lists, assignments, decisions, matrix
from reviews.services.decisions import AlreadyDecided, Choice
from submissions.models import Author, DeclaredConflict
from submissions.services import call_uses
from submissions.services.errors import NotAllowed, Refused
from tests import factories
from tests.reviews import assigning, committee, deciding
from tests.reviews.deciding import Room

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Room:
    return deciding.room()


def standing(here: Room, number: int) -> str:
    row = Decision.objects.select_related("category").filter(paper=here.papers[number - 1]).first()
    return decisions.words_of(row)


def test_a_decision_is_kept_with_its_reasons_and_recorded(here: Room) -> None:
    here.scored(1, 4, 5, 4)
    here.decide(1, "accept", category="short", note="Strong.", to_authors="Well done.")
    row = Decision.objects.get()
    assert standing(here, 1) == "accept as Short paper"
    assert (row.note, row.to_authors, row.decided_by) == ("Strong.", "Well done.", here.chair)
    entry = audit.history(here.papers[0]).first()
    assert entry.verb == "decision.made"
    assert entry.data["outcome"] == [None, "accept"]
    assert not Message.objects.exists(), "nobody is told before the release"


def test_accepting_in_its_own_category_names_none(here: Room) -> None:
    here.decide(1, "accept", category="regular")
    assert Decision.objects.get().category is None


def test_a_category_that_papers_are_accepted_in_stays_in_the_call(here: Room) -> None:
    here.decide(1, "accept", category="short")
    assert list(call_uses.uses(here.call.categories.get(slug="short"))) == ["1 decision"]


def test_the_same_choice_again_is_no_change(here: Room) -> None:
    here.decide(1, "reject")
    here.decide(1, "reject")
    assert audit.history(here.papers[0]).count() == 1
    assert Decision.objects.get().revision == 1


def test_the_second_of_two_chairs_is_told_what_the_first_decided(here: Room) -> None:
    seen = here.revision(1)
    here.decide(1, "accept", category="short", by=here.other)
    with pytest.raises(AlreadyDecided, match=r"#1: Otto Other decided “accept as Short paper”"):
        decisions.decide(actor=here.chair, paper=here.papers[0], choice=Choice("reject"), revision=seen)
    assert standing(here, 1) == "accept as Short paper"


def test_a_page_from_before_a_decision_was_taken_back_fits_no_later_one(here: Room) -> None:
    here.decide(1, "accept")
    seen = here.revision(1)
    decisions.take_back(actor=here.other, paper=here.papers[0], revision=seen)
    assert standing(here, 1) == "no decision"
    here.decide(1, "reject", by=here.other)
    with pytest.raises(AlreadyDecided):
        decisions.decide(actor=here.chair, paper=here.papers[0], choice=Choice("accept"), revision=seen)
    assert standing(here, 1) == "reject"


def test_conditions_and_shepherd(here: Room) -> None:
    with pytest.raises(Refused, match="Write the conditions"):
        here.decide(1, "conditional")
    here.decide(1, "conditional", conditions="Add an experiment.", shepherd=here.members[0].pk)
    row = Decision.objects.get()
    assert (row.conditions, row.shepherd) == ("Add an experiment.", here.members[0])
    here.decide(1, "accept", conditions="Add an experiment.", shepherd=here.members[0].pk)
    row.refresh_from_db()
    assert (row.conditions, row.shepherd) == ("", None), (
        "what an acceptance without conditions has no use for"
    )


def test_a_shepherd_has_no_conflict_and_is_in_the_committee(here: Room) -> None:
    assigning.conflict(here.members[0], here.papers[0])
    with pytest.raises(Refused, match="Anna Bell has a conflict with #1"):
        here.decide(1, "conditional", conditions="More.", shepherd=here.members[0].pk)
    author = (
        factories.person("Ada Author", "ada@example.org")
        if not here.papers[0].submitter
        else here.papers[0].submitter
    )
    here.members[1].user = author
    here.members[1].save()
    with pytest.raises(Refused, match="Boris Crane has a conflict with #1"):
        here.decide(1, "conditional", conditions="More.", shepherd=here.members[1].pk)
    with pytest.raises(Refused, match="not in this committee"):
        here.decide(1, "conditional", conditions="More.", shepherd=987654)
    assert not Decision.objects.exists()


def test_a_conflict_is_the_same_from_the_papers_and_from_the_members_side(here: Room) -> None:
    """By evidence, by the authors' list (line or name), as author by address or by a proven one, as submitter."""
    line = factories.role(here.call, "committee", name="Line Lund")
    line_of, author = committee.member(here.call, "Lina L"), committee.member(here.call, "Aro Author")
    committee.member(here.call, "Nora Name")
    line_of.role = line
    line_of.save()
    one, two, three = here.papers
    assigning.conflict(here.members[0], one)
    DeclaredConflict.objects.create(paper=two, role=line)
    DeclaredConflict.objects.create(
        paper=three, role=factories.role(here.call, "committee", name="Nora Name")
    )
    Author.objects.create(paper=two, position=5, name="A", email=author.email)
    proven = EmailAddress.objects.create(user=author.user, email="aro@elsewhere.example", verified=True)
    Author.objects.create(paper=three, position=5, name="A", email=proven.email)
    here.members[1].user = one.submitter
    here.members[1].save()
    found = set()
    for member in Member.objects.filter(edition=here.call).select_related("user"):
        mine = {it.number for it in open_reviews.papers_in_conflict(member)}
        assert mine == {it.number for it in here.papers if member in queries.members_in_conflict(it)}, (
            member.name
        )
        found |= {(member.name, number) for number in mine}
    assert {("Anna Bell", 1), ("Lina L", 2), ("Nora Name", 3), ("Aro Author", 2), ("Aro Author", 3)} <= found
    assert ("Boris Crane", 1) in found


def test_rejecting_without_review_takes_assignments_back_and_tells(here: Room) -> None:
    here.asked(1)
    here.decide(1, "desk_reject", note="Out of format.")
    assert not Assignment.objects.live().exists()
    letters = assigning.letters("assignment_taken_back")
    assert len(letters) == 3
    assert all("Out of format" not in text and "reject" not in text for text in letters.values())
    here.scored(2, 1, 2)
    with pytest.raises(Refused, match="#2 has 2 reviews: reject it instead"):
        here.decide(2, "desk_reject")
    assert Assignment.objects.live().filter(paper=here.papers[1]).count() == 2


def test_nobody_is_asked_to_review_what_is_rejected_without_review_or_released(here: Room) -> None:
    here.decide(1, "desk_reject")
    here.scored(2, 4, 4, 4)
    here.decide(2, "accept")
    now = factories.timezone.now()
    made = Release.objects.create(edition=here.call, effective_at=now)
    Decision.objects.filter(paper=here.papers[1]).update(release=made)
    here.asked(3, 1)
    dora = committee.member(here.call, "Dora Eng")
    for number, why in ((1, "#1 is rejected without review"), (2, "#2 has a decision that is released")):
        with pytest.raises(Refused, match=why):
            assignments.assign(actor=here.chair, paper=here.papers[number - 1], member=dora)
    plan = matrix.gather(actor=here.chair, edition=here.call, options=Options(), planning=True)
    assert [it.number for it in plan.papers] == [3]
    assert {it.name: it.elsewhere for it in plan.members}["Anna Bell"] == 1, "what she did counts"
    found = assignment_lists.openings(actor=here.chair, edition=here.call)
    assert [it.paper.number for it in found] == [3]
    lines = "paper,action,email,round\n" + f"1,review,{dora.email},\n2,clear,{here.members[0].email},\n"
    told = assignment_csv.preview(actor=here.chair, edition=here.call, text=lines)
    assert [sentence for _, sentence in told.errors] == [
        "#1 is rejected without review; take that decision back first."
    ]
    Release.objects.update(undone_at=now)
    assignments.assign(actor=here.chair, paper=here.papers[1], member=dora)


def test_rejecting_many_without_review_tells_each_reviewer_once_and_costs_little(here: Room) -> None:
    counts = []
    for numbers in ((1, 2), (3, 4, 5, 6, 7)):
        if len(here.papers) < numbers[-1]:
            here.papers += committee.papers(here.call, numbers[-1] - len(here.papers))
        for number in numbers:
            here.asked(number)
        with CaptureQueriesContext(connection) as caught:
            decisions.apply_many(
                actor=here.chair,
                edition=here.call,
                choice=Choice("desk_reject"),
                expected=dict.fromkeys(numbers, 0),
            )
        counts.append(len(caught) - 3 * len(numbers))  # the decision, and two lines in the record
        told = assigning.letters("assignment_taken_back")
        assert len(told) == 3
        assert all(text.count("no longer under review") == len(numbers) for text in told.values())
        assigning.deliver()
    assert counts[0] == counts[1], counts


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (Choice("maybe"), "“maybe” is not a decision"),
        (Choice("accept", category="poster"), "“poster” is not a category"),
        (Choice("accept", note="x" * 10_001), "The note has 10001 characters; at most 10000"),
    ],
)
def test_what_cannot_be_a_decision_is_refused_in_words(here: Room, choice: Choice, words: str) -> None:
    with pytest.raises(Refused, match=words):
        decisions.decide(actor=here.chair, paper=here.papers[0], choice=choice, revision=0)
    assert not Decision.objects.exists()


def test_a_released_decision_stays_until_the_release_is_undone(here: Room) -> None:
    from django.utils import timezone

    here.decide(1, "accept")
    release = Release.objects.create(edition=here.call, made_by=here.chair, effective_at=timezone.now())
    Decision.objects.update(release=release)
    for act in ("reject", "none"):
        with pytest.raises(Refused, match="is released"):
            here.decide(1, act)
    release.undone_at = timezone.now()
    release.save()
    here.decide(1, "reject")
    assert standing(here, 1) == "reject"


def test_nobody_but_a_chair_without_conflict_decides(here: Room) -> None:
    here.wall(here.other, 1)
    stranger = factories.with_second_factor(factories.person("Stella Stranger"))
    onefactor = factories.person("Oskar Onefactor")
    factories.role(here.call, "programme_chair", onefactor)
    for actor in (here.other, stranger, onefactor, here.members[0].user):
        with pytest.raises(NotAllowed):
            here.decide(1, "accept", by=actor)
        with pytest.raises(NotAllowed):
            decisions.apply_many(actor=actor, edition=here.call, choice=Choice("accept"), expected={1: 0})
    assert not Decision.objects.exists()


# -- many papers ------------------------------------------------------------------------------------------------------


def test_the_preview_says_what_changes_and_changes_nothing(here: Room) -> None:
    here.scored(1, 4, 5)
    here.asked(2)
    here.decide(3, "reject")
    lines = decisions.preview(
        actor=here.chair, edition=here.call, numbers=[1, 2, 3, 77], choice=Choice("accept", category="short")
    )
    told = {it.paper.number: (it.before, it.after, it.incomplete, it.goes) for it in lines}
    assert told == {
        1: ("no decision", "accept as Short paper", "", True),
        2: ("no decision", "accept as Short paper", "0 of 3 reviews are in.", True),
        3: ("reject", "accept as Short paper", "Nobody reviews it.", True),
    }
    assert Decision.objects.count() == 1
    desk = decisions.preview(
        actor=here.chair, edition=here.call, numbers=[1, 2], choice=Choice("desk_reject")
    )
    assert "2 reviews" in desk[0].problem
    assert desk[1].follows == ["3 assignments are taken back; the reviewers are told by mail."]


def test_many_are_decided_or_none(here: Room) -> None:
    here.decide(2, "reject", note="Mine.")
    expected = {number: here.revision(number) for number in (1, 2, 3)}
    here.decide(3, "accept", by=here.other)
    with pytest.raises(AlreadyDecided, match="#3: Otto Other decided “accept”"):
        decisions.apply_many(actor=here.chair, edition=here.call, choice=Choice("reject"), expected=expected)
    assert standing(here, 1) == "no decision"
    expected[3] = here.revision(3)
    changed = decisions.apply_many(
        actor=here.chair, edition=here.call, choice=Choice("accept"), expected=expected
    )
    assert [it.number for it in changed] == [1, 2], "the third was accepted already"
    assert Decision.objects.get(paper=here.papers[1]).note == "Mine.", "an empty note leaves what is there"


def test_the_shepherd_of_one_of_many_stays(here: Room) -> None:
    here.decide(1, "conditional", conditions="More.", shepherd=here.members[0].pk)
    choice = Choice("conditional", conditions="Proofs, please.")
    expected = {1: here.revision(1), 2: 0}
    decisions.apply_many(actor=here.chair, edition=here.call, choice=choice, expected=expected)
    told = Decision.objects.order_by("paper__number").values_list("shepherd__name", "conditions")
    assert list(told) == [("Anna Bell", "Proofs, please."), (None, "Proofs, please.")]


def test_one_that_cannot_be_keeps_all_from_changing(here: Room) -> None:
    here.scored(2, 3, 3)
    with pytest.raises(Refused, match="#2 has 2 reviews"):
        decisions.apply_many(
            actor=here.chair, edition=here.call, choice=Choice("desk_reject"), expected={1: 0, 2: 0}
        )
    assert not Decision.objects.exists()
