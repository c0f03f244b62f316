"""What somebody takes along of their work for the committee, and what stays of it when their account goes."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import personal_data
from accounts.models import User
from accounts.services import delete_account
from reviews.models import (
    Assignment,
    AuthorResponse,
    Bid,
    Comment,
    Conflict,
    Decision,
    Guest,
    Handling,
    Member,
    MoreTime,
    Review,
    ReviewVersion,
)
from reviews.services import discussion
from tests import factories
from tests.reviews import assigning, committee, releasing, reviewing
from tests.reviews.reviewing import Desk

pytestmark = pytest.mark.django_db


def taken(user: User) -> tuple[dict[str, Any], str]:
    """The download, and all of it as text."""
    text = json.dumps(personal_data.collect(user), cls=DjangoJSONEncoder, ensure_ascii=False)
    return json.loads(text), text


def busy(desk: Desk, place: int) -> None:
    """This reviewer does everything there is to do."""
    row, name = desk.rows[place], f"words of {place}"
    review = reviewing.submitted(row, summary=f"Summary, {name}")
    review.answers |= {"summary": f"Draft, {name}"}
    review.save()
    MoreTime.objects.create(assignment=row, until=timezone.now(), reason=f"Ill, {name}", answer="Yes.")
    Guest.objects.create(
        assignment=row,
        name=f"Gus Guest, {name}",
        email=f"g{place}@example.org",
        evidence=f"Secret evidence {place}",
    )
    Bid.objects.create(member=row.member, paper=row.paper, level=3)
    discussion.post(
        actor=desk.user(place),
        paper=desk.paper,
        text=f"Comment, {name}",
        key=uuid4(),
        arrived_at=timezone.now(),
    )


def test_a_reviewer_takes_along_all_that_is_theirs_and_nothing_of_the_others() -> None:
    desk = reviewing.desk()
    for place in range(3):
        busy(desk, place)
    other = committee.papers(desk.call, 2)
    reviewing.assigned(
        desk.members[0], other[0], state="declined", reason="No time, 0.", substitute="Sue, 0."
    )
    reviewing.assigned(desk.members[0], other[1], state="withdrawn", reason="Secret reason of a chair")
    data, text = taken(desk.user(0))
    written, declined, gone = data["review_assignments"]
    assert written["review"]["answers"]["Summary"] == "Draft, words of 0"
    assert [it["answers"]["Summary"] for it in written["review"]["versions"]] == ["Summary, words of 0"]
    assert written["review"]["answers"]["Confidential remarks to the chairs"] == "Secret words for chairs."
    assert (written["more_time"][0]["reason"], written["more_time"][0]["answer"]) == (
        "Ill, words of 0",
        "Yes.",
    )
    assert written["guests"][0]["name"] == "Gus Guest, words of 0"
    assert (declined["reason"], declined["substitute"]) == ("No time, 0.", "Sue, 0.")
    assert (gone["state"], gone["reason"]) == ("taken back", "")
    assert [it["text"] for it in data["comments_in_discussions"]] == ["Comment, words of 0"]
    assert data["memberships"][0]["bids"] == [{"paper": 1, "bid": "eager"}]
    for hidden in ("words of 1", "words of 2", "Secret evidence", "Secret reason", "R1 Reviewer1"):
        assert hidden not in text, hidden


def test_what_happened_behind_a_wall_is_only_what_they_did_themselves() -> None:
    desk = reviewing.desk(state="offered")
    busy(desk, 0)
    for row in desk.rows[:2]:
        assigning.wall(row.member.user, desk.paper)
    assert taken(desk.user(0))[0]["review_assignments"][0]["review"]
    assert taken(desk.user(1))[0]["review_assignments"] == [], "that they were to be asked is not told"


def test_somebody_who_was_removed_still_takes_their_words_along() -> None:
    desk = reviewing.desk()
    busy(desk, 0)
    Member.objects.update(state=Member.State.REMOVED)
    data, _ = taken(desk.user(0))
    assert data["memberships"][0]["state"] == "removed"
    assert data["review_assignments"][0]["review"]


def test_chairs_take_along_what_they_decided_but_not_behind_a_wall_and_authors_nothing_early() -> None:
    here = releasing.room()
    Decision.objects.update(note="Reasons for the file")
    Handling.objects.create(paper=here.papers[0], chair=here.chair)
    AuthorResponse.objects.create(paper=here.papers[0], text="We thank the reviewers.")
    assigning.wall(here.chair, here.papers[2])
    data, _ = taken(here.chair)
    assert [it["paper"] for it in data["decisions_you_recorded"]] == [1, 2]
    assert data["decisions_you_recorded"][0]["note"] == "Reasons for the file"
    assert data["papers_you_handle"] == [{"edition": "2021", "paper": 1}]
    data, text = taken(here.author())
    assert data["responses_to_reviews"][0]["text"] == "We thank the reviewers."
    for hidden in ("Reasons for the file", "It compresses gradients", "Rooks", "accept"):
        assert hidden not in text


def test_guests_find_their_invitations_once_they_were_invited() -> None:
    desk = reviewing.desk()
    gus = factories.person("Gus Guest")
    guest = Guest.objects.create(assignment=desk.rows[0], name="Gus", email=gus.email, evidence="Secret")
    assert taken(gus)[0]["reviews_as_guest"] == [], "a chair has not agreed yet"
    Guest.objects.filter(pk=guest.pk).update(state="invited")
    data, text = taken(gus)
    assert [(it["paper"], it["state"]) for it in data["reviews_as_guest"]] == [(1, "invited")]
    assert "Secret" not in text
    assert "Reviewer0" not in text


def test_the_download_costs_the_same_for_one_paper_and_for_many() -> None:
    desk = reviewing.desk()
    counts = []
    for papers in ([desk.paper], committee.papers(desk.call, 3)):
        for paper in papers:
            row, _ = Assignment.objects.get_or_create(member=desk.members[0], paper=paper)
            reviewing.submitted(row)
            Comment.objects.create(paper=paper, author=desk.user(0), text="A thought")
        with CaptureQueriesContext(connection) as queries:
            taken(desk.user(0))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_account_goes_once_no_review_is_owed_and_the_work_stays_under_the_printed_name() -> None:
    desk = reviewing.desk()
    user = desk.user(0)
    with pytest.raises(ValidationError, match="You have papers to review for ScaDL 2021"):
        delete_account(actor=user, person=user, confirmation=user.email)
    busy(desk, 0)
    Conflict.objects.create(
        paper=committee.papers(desk.call)[0],
        member=desk.members[0],
        rule="declared_by_member",
        confidence="certain",
        evidence="My student",
        fingerprint="x",
    )
    Member.objects.filter(pk=desk.members[0].pk).update(user=None, collaborators="Sam", answer_note="Gladly")
    delete_account(actor=user, person=user, confirmation=user.email)
    place = Member.objects.get(pk=desk.members[0].pk)
    assert (place.name, place.user, place.collaborators, place.answer_note) == ("R0 Reviewer0", None, "", "")
    assert Review.objects.get().assignment.member == place
    assert (ReviewVersion.objects.get().by, Comment.objects.get().author) == (None, None)
    assert Comment.objects.get().text == "Comment, words of 0"
    assert Conflict.objects.standing().filter(member=place).exists()


def test_a_review_that_will_never_be_written_does_not_hold_an_account() -> None:
    """The decision is out: nobody waits for it any more."""
    here = releasing.room(papers=1)
    late = committee.member(here.call, "Lena Late")
    reviewing.assigned(late, here.papers[0])
    assert late.user is not None
    with pytest.raises(ValidationError, match="You have papers to review"):
        delete_account(actor=late.user, person=late.user, confirmation=late.user.email)
    releasing.later(here.release())
    delete_account(actor=late.user, person=late.user, confirmation=late.user.email)
    assert not User.objects.filter(name="Lena Late").exists()
