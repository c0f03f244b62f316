"""People who must not know try the rooms of reviews, guests, discussion and decisions: what are they told?"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from accounts import outbox
from accounts.models import Message
from reviews.models import (
    Assignment,
    AuthorResponse,
    Comment,
    CommitteeSettings,
    Decision,
    Guest,
    Member,
    PaperTag,
    Release,
    Review,
    ReviewVersion,
)
from reviews.services import decisions, discussion, reviewer_letters, reviews
from reviews.services import release as releases
from reviews.services.decisions import Choice
from submissions.models import Author
from submissions.services.errors import Refused
from tests import factories
from tests.access.intruders import NOW, WHO, fields, guest_of, leave, say, seen_by
from tests.access.test_committee_break_in import differences
from tests.reviews import assigning, committee, releasing, reviewing
from tests.reviews.reviewing import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Iterator[Desk]:
    with time_machine.travel(NOW, tick=False):
        yield reviewing.desk()


# -- an author before the release ---------------------------------------------------------------------------------------------


AUTHOR_READS = (
    "/account/papers/",
    "/2021/papers/1/",
    "/2021/papers/1/history/",
    "/2021/papers/1/decision/",
    "/2021/papers/1/response/",
    "/2021/papers/1/withdraw/",
    "/2021/papers/1/edit/",
    "/2021/",
    "/2021/dates.ics",
    "/2021/member/",
    "/2021/member/reviews/1/",
    "/2021/discussion/1/",
    "/2021/discussion/1/comments/1/",
    "/2021/chair/decisions/1/",
    "/account/",
    "/account/mail/",
    "/account/delete/",
    "/account/data/?download",
)


def nothing(desk: Desk) -> None:
    pass


def reviewed_and_decided(desk: Desk) -> None:
    """Reviews, a discussion, a guest, tags, a decision, and its release in the minutes in which it can be undone."""
    for place, row in enumerate(desk.rows):
        reviewing.submitted(row, merit=1 + place, summary="wombatish words", confidential="xylophonic")
    say(desk, desk.user(0), "A wombatish comment. @R1 Reviewer1")
    say(desk, desk.chair, "Between chairs: wombatish.", chairs_only=True)
    discussion.set_ready(actor=desk.user(1), paper=desk.paper, ready=True, arrived_at=NOW)
    discussion.set_lead(actor=desk.chair, paper=desk.paper, assignment=desk.rows[1].pk)
    decisions.decide(
        actor=desk.chair,
        paper=desk.paper,
        choice=Choice("accept", to_authors="A wombatish summary."),
        revision=0,
    )
    room = releasing.Room(desk.call, desk.chair, [desk.paper], desk.members)
    assert isinstance(room.release(), releases.Release)
    assert Message.objects.filter(kind="decision_accept", to="ada@example.org").exists()


def told_the_author(desk: Desk, ask: Callable[[Client], dict[str, str]]) -> list[dict[str, str]]:
    """What `ask` is answered as an author of a paper of which nothing is known, and of one that waits for its release."""
    Author.objects.update(is_contact=True)
    client = factories.signed_in(committee.author())
    client.get("/healthz")
    answers = []
    for story in (nothing, reviewed_and_decided):
        with transaction.atomic():
            story(desk)
            answers.append(ask(client))
            transaction.set_rollback(True)
    return answers


def test_an_author_finds_no_trace_before_the_release_holds(desk: Desk) -> None:
    answers = told_the_author(desk, lambda client: seen_by(client, AUTHOR_READS))
    assert differences(answers) == {}


def test_withdrawing_tells_an_author_nothing_of_a_decision_that_waited_either(desk: Desk) -> None:
    def withdraw(client: Client) -> dict[str, str]:
        client.post("/2021/papers/1/withdraw/", {"reason": "A mistake."})
        return seen_by(client, ("/account/data/?download", "/2021/papers/1/history/"))

    answers = told_the_author(desk, withdraw)
    assert "paper.withdrawn" in answers[0]["/account/data/?download"]
    assert differences(answers) == {}


# -- an author after the release -----------------------------------------------------------------------------------------------


def one_committee(desk: Desk) -> None:
    _reviews_in(desk, (0, 1, 2), confidence=1, confidential="Weak.")
    decisions.decide(actor=desk.chair, paper=desk.paper, choice=Choice("accept"), revision=0)


def another_committee(desk: Desk) -> None:
    """Other people, moments, versions, answers for the committee; and everything else that authors must not learn."""
    Member.objects.update(name="Wombat Wright", affiliation="Wombat University")
    _reviews_in(desk, (2, 0, 1), confidence=4, confidential="wombatish")
    Review.objects.update(guest_name="Wombat Guest", answers={"summary": "A wombatish draft"}, revision=7)
    CommitteeSettings.objects.create(edition=desk.call, names_to_reviewers=False)
    for place, row in enumerate(desk.rows):
        when = NOW - timedelta(days=300 + place)
        ReviewVersion.objects.filter(review__assignment=row).update(at=when, by=desk.user((place + 1) % 3))
        Review.objects.filter(assignment=row).update(submitted_at=when, saved_at=when)
    say(desk, desk.user(0), "A wombatish comment.")
    discussion.set_closed(actor=desk.chair, paper=desk.paper, closed=True)
    PaperTag.objects.create(paper=desk.paper, name="wombat")
    decisions.decide(
        actor=desk.chair, paper=desk.paper, choice=Choice("accept", note="A wombatish note."), revision=0
    )
    Decision.objects.update(decided_by=desk.user(1), decided_at=NOW - timedelta(days=90))


def _reviews_in(desk: Desk, order: tuple[int, ...], **hidden: Any) -> None:
    for place in order:
        reviewing.submitted(desk.rows[place], summary=f"Words of review {place}.", **hidden)


def test_authors_read_the_same_whoever_reviewed_and_whatever_was_said(desk: Desk) -> None:
    Author.objects.update(is_contact=True)
    client = factories.signed_in(committee.author())
    client.get("/healthz")
    answers, letters = [], []
    for story in (one_committee, another_committee):
        with transaction.atomic():
            story(desk)
            room = releasing.Room(desk.call, desk.chair, [desk.paper], desk.members)
            releasing.later(room.release())
            Release.objects.update(effective_at=NOW)
            outbox.deliver_due(NOW)
            answers.append(seen_by(client, AUTHOR_READS))
            letters.append(
                Message.objects.filter(kind="decision_accept").values("subject", "text", "html").get()
            )
            transaction.set_rollback(True)
    assert "Words of review 2." in answers[0]["/2021/papers/1/decision/"]
    assert differences(answers) == {}
    assert letters[0] == letters[1]


# -- reviewers


def test_a_guess_of_a_name_tells_nothing_where_reviewers_know_letters_only(desk: Desk) -> None:
    CommitteeSettings.objects.create(edition=desk.call, names_to_reviewers=False)
    for row in desk.rows[:2]:
        reviewing.submitted(row)
    guess = "@R1 Reviewer1 or @R2 Reviewer2?"
    row = say(desk, desk.user(0), guess)
    assert (row.text, row.mentioned.count()) == (guess, 0)
    discussion.edit(
        actor=desk.user(0),
        comment=row.pk,
        text=f"{guess} @R1 Reviewer1",
        expected=discussion.stamp(row),
        arrived_at=NOW,
    )
    assert Comment.objects.get(pk=row.pk).text == f"{guess} @R1 Reviewer1"


#: All that a member reads who reviews paper 1.
REVIEWER_READS = (
    "/2021/member/",
    "/2021/member/reviews/",
    "/2021/member/reviews/1/",
    "/2021/member/reviews/1/versions/",
    "/2021/member/reviews/1/form.txt",
    "/2021/member/reviews/1/guest/",
    "/2021/member/reviews/1/more-time/",
    "/2021/member/reviews/papers.zip",
    "/2021/member/assignments/",
    "/2021/member/bids/",
    "/2021/member/conflicts/",
    "/2021/discussion/",
    "/2021/discussion/1/",
    "/2021/",
    "/account/",
    "/account/data/?download",
)


def the_others_wrote(desk: Desk) -> None:
    for row in desk.rows[1:]:
        reviewing.submitted(row, merit=5, summary="wombatish words")
    say(desk, desk.user(1), "A wombatish comment. @R0 Reviewer0 @R2 Reviewer2 @chairs")
    say(desk, desk.chair, "A wombatish answer. @R0 Reviewer0")
    discussion.set_ready(actor=desk.user(1), paper=desk.paper, ready=True, arrived_at=NOW)
    discussion.set_lead(actor=desk.chair, paper=desk.paper, assignment=desk.rows[0].pk)
    AuthorResponse.objects.create(paper=desk.paper, submitted_text="wombatish", submitted_at=NOW)
    decisions.decide(actor=desk.chair, paper=desk.paper, choice=Choice("reject"), revision=0)
    assert not Message.objects.filter(to=desk.user(0).email).exists()


@pytest.mark.parametrize("names", [True, pytest.param(False, marks=pytest.mark.thorough)])
def test_who_has_not_submitted_finds_no_trace_of_what_others_wrote(desk: Desk, names: bool) -> None:
    CommitteeSettings.objects.create(edition=desk.call, names_to_reviewers=names)
    client = factories.signed_in(desk.user(0))
    client.get("/healthz")
    answers = []
    for story in (nothing, the_others_wrote):
        with transaction.atomic():
            story(desk)
            answers.append(seen_by(client, REVIEWER_READS))
            transaction.set_rollback(True)
    assert differences(answers) == {}


@pytest.mark.thorough
def test_with_letters_only_it_is_the_same_whoever_of_the_others_wrote_what(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    CommitteeSettings.objects.create(edition=desk.call, names_to_reviewers=False)
    monkeypatch.setattr(reviewer_letters._random, "shuffle", lambda rows: None)
    reviewing.submitted(desk.rows[0])
    client = factories.signed_in(desk.user(0))
    client.get("/healthz")
    answers, letters = [], []
    for one, two in ((1, 2), (2, 1)):
        with transaction.atomic():
            Assignment.objects.filter(pk__in=[it.pk for it in desk.rows[1:]]).delete()
            for place, merit in ((one, 5), (two, 1)):
                row = reviewing.assigned(desk.members[place], desk.paper)
                reviewing.submitted(row, merit=merit)
                Review.objects.filter(assignment=row).update(guest_name=f"Guest of {place}")
            first = say(desk, desk.user(one), "One comment. @Reviewer A @chairs")
            say(desk, desk.user(two), "An answer.", reply_to=first.pk)
            discussion.set_ready(actor=desk.user(two), paper=desk.paper, ready=True, arrived_at=NOW)
            lead = Assignment.objects.get(member=desk.members[one])
            discussion.set_lead(actor=desk.chair, paper=desk.paper, assignment=lead.pk)
            say(desk, desk.chair, f"@{desk.members[one].name}, what do you think?")
            answers.append(seen_by(client, REVIEWER_READS))
            letters.append(
                list(Message.objects.filter(to=desk.user(0).email).values("kind", "subject", "text", "html"))
            )
            transaction.set_rollback(True)
    assert "An answer." in answers[0]["/2021/discussion/1/"]
    assert {it["kind"] for it in letters[0]} == {"discussion", "discussion_mention"}
    assert differences(answers) == {}
    assert letters[0] == letters[1]


def test_what_authors_respond_tells_nobody_who_has_not_written_what_the_others_said(desk: Desk) -> None:
    AuthorResponse.objects.create(paper=desk.paper, submitted_text="Review B is wrong.", submitted_at=NOW)
    client = factories.signed_in(desk.user(0))
    assert b"Review B is wrong" not in client.get("/2021/member/reviews/1/").content
    reviewing.submitted(desk.rows[0])
    assert b"Review B is wrong" in client.get("/2021/member/reviews/1/").content


@pytest.mark.parametrize("how", ["conflict", "declared", "withdrawn"])
def test_news_of_a_discussion_that_wait_do_not_reach_who_left_meanwhile(desk: Desk, how: str) -> None:
    for row in desk.rows[:2]:
        reviewing.submitted(row)
    say(desk, desk.user(1), "A quokkalike secret.")
    left = desk.user(0).email
    assert Message.objects.filter(kind="discussion", to=left, state="queued").exists()
    leave(desk, how)
    outbox.deliver_due(NOW + timedelta(hours=1))
    assert not Message.objects.filter(kind="discussion", to=left).exists()
    assert Message.objects.filter(kind="discussion", to=desk.chair.email, state="sent").exists()


# -- guests


def test_after_the_handover_a_guest_reads_nothing_that_the_member_writes(desk: Desk) -> None:
    browser, link = guest_of(desk)
    browser.post(f"{link}review/", {**fields(summary="By Gus."), "revision": 0, "action": "submit"})
    assert Guest.objects.get().state == "done"
    review = Review.objects.get()
    for answers in ({"summary": "Gus is a wombat."}, {"summary": "Reviewer B is a wombat."}):
        review = reviews.save(
            actor=desk.user(0),
            assignment=desk.rows[0],
            answers=reviewing.ANSWERS | answers,
            revision=review.revision,
        )
        assert b"wombat" not in browser.get(f"{link}review/").content
        assert b"wombat" not in browser.post(f"{link}review/", {**fields(), "revision": 9}).content


@pytest.mark.parametrize("how", ["conflict", "declared", "withdrawn"])
def test_a_guests_link_ends_with_the_review_of_who_invited(desk: Desk, how: str) -> None:
    browser, link = guest_of(desk)
    assert browser.get(f"{link}review/").status_code == 200
    leave(desk, how)
    assert browser.get(link).status_code == 410
    assert b"Paper 1" not in browser.get(link).content
    for part in ("review/", "manuscript/"):
        assert browser.get(link + part)["Location"] == link
    browser.post(f"{link}review/", {**fields(summary="Late"), "revision": 0})
    assert not Review.objects.exists()


@pytest.mark.parametrize("who", ["author", "conflicted member", "guest in conflict"])
def test_a_guests_link_opens_nothing_for_who_must_not_see_the_paper(desk: Desk, who: str) -> None:
    browser, link = guest_of(desk)
    if who == "author":
        browser = factories.signed_in(committee.author())
    elif who == "conflicted member":
        assigning.conflict(desk.members[1], desk.paper)
        browser = factories.signed_in(desk.user(1))
    else:
        Author.objects.create(paper=desk.paper, position=1, name="Gus Guest", email=WHO["email"])
    assert browser.get(link).status_code in (404, 410)
    browser.post(link, {"answer": "open"})
    answer = browser.get(f"{link}review/", follow=True)
    assert b"Paper 1" not in answer.content
    assert answer.status_code in (404, 410)


def test_a_fellow_reviewer_does_not_become_a_guest_without_a_chair(desk: Desk) -> None:
    CommitteeSettings.objects.create(edition=desk.call, guests_need_approval=False)
    fellow = {**WHO, "name": "R1 Reviewer1", "email": desk.user(1).email}
    factories.signed_in(desk.user(0)).post("/2021/member/reviews/1/guest/", fellow)
    assert Guest.objects.get().state == "proposed"
    requests = factories.signed_in(desk.chair).get("/2021/chair/committee/requests/")
    assert b"This person reviews the paper already." in requests.content


def test_a_conflict_found_since_the_decision_keeps_its_shepherd_from_the_paper(desk: Desk) -> None:
    Author.objects.update(is_contact=True)
    reviewing.submitted(desk.rows[0])
    choice = Choice("conditional", shepherd=desk.members[1].pk, conditions="Shorten it.")
    decisions.decide(actor=desk.chair, paper=desk.paper, choice=choice, revision=0)
    assigning.conflict(desk.members[1], desk.paper)
    with pytest.raises(Refused, match="A shepherd has a conflict"):
        releasing.Room(desk.call, desk.chair, [desk.paper], desk.members).release()
    assert not Message.objects.filter(kind="shepherd").exists()
