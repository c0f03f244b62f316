"""Guests: proposed, checked, approved, invited by a link; what they read and write, and that nothing counts by itself."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from accounts.models import Message
from reviews.models import Assignment, CommitteeSettings, Guest, Review
from reviews.services import reviews
from submissions.models import Manuscript
from submissions.storage import manuscripts
from tests import factories
from tests.reviews import assigning, reviewing
from tests.reviews.reviewing import ANSWERS, Desk

pytestmark = pytest.mark.django_db
URL = "/2021/member/reviews/1/guest/"
CHAIR = "/2021/chair/committee/requests/"
WHO = {
    "name": "Gus Guest",
    "email": "gus@elsewhere.example",
    "affiliation": "Elsewhere College",
    "note": "A student.",
}


@pytest.fixture
def desk() -> Desk:
    return reviewing.desk()


def free(desk: Desk) -> None:
    CommitteeSettings.objects.create(edition=desk.call, guests_need_approval=False)


def propose(desk: Desk, **fields: str) -> Any:
    return factories.signed_in(desk.user(0)).post(URL, WHO | fields)


def decide(desk: Desk, said: str, who: Any = None) -> Any:
    url = f"{CHAIR}guests/{Guest.objects.latest('pk').pk}/"
    return factories.signed_in(who or desk.chair).post(url, {"answer": said})


def link() -> str:
    return f"/2021/guest/{Guest.objects.latest('pk').key}/"


def accepted(desk: Desk) -> Client:
    free(desk)
    assert propose(desk).status_code == 302
    guest = Client()
    assert guest.post(link(), {"answer": "accept"}).status_code == 302
    return guest


def fields(**more: Any) -> dict[str, Any]:
    return {f"q-{slug}": value for slug, value in (ANSWERS | more).items()}


def test_a_chair_approves_before_anybody_is_invited(desk: Desk) -> None:
    assert propose(desk).status_code == 302
    assert Message.objects.filter(kind="guest_proposed").get().to == desk.chair.email
    assert not Message.objects.filter(kind="guest_invitation").exists()
    assert Client().get(link()).status_code == 404, "no link before that"
    assert b"Gus Guest" in factories.signed_in(desk.chair).get(CHAIR).content
    decide(desk, "approve")
    letter = Message.objects.get(kind="guest_invitation")
    assert letter.to == "gus@elsewhere.example"
    assert link() in letter.text
    page = Client().get(link())
    assert b"I write it" in page.content
    assert page["Referrer-Policy"] == "same-origin", "with no-referrer browsers send forms that are refused"
    assert "A chair agreed: Gus Guest is invited" in Message.objects.get(kind="guest_news").text
    decide(desk, "refuse")
    assert Guest.objects.get().state == "invited", "decided once"


def test_nobody_is_invited_for_a_member_who_left_meanwhile(desk: Desk) -> None:
    propose(desk)
    Assignment.objects.filter(pk=desk.rows[0].pk).update(state="declined")
    decide(desk, "approve")
    assert Guest.objects.get().state == "proposed"
    assert not Message.objects.filter(kind="guest_invitation").exists()


def test_a_word_with_the_yes_reaches_the_member(desk: Desk) -> None:
    free(desk)
    propose(desk)
    refused = Client().post(link(), {"answer": "accept", "note": "Too long. " * 101})
    assert refused.status_code == 409
    assert b"Too long. Too long." in refused.content, "what was written stays"
    Client().post(link(), {"answer": "accept", "note": "I am slow in May."})
    assert "writes the review with you. I am slow in May." in Message.objects.get(kind="guest_news").text


def test_a_refused_guest_is_told_to_the_member_without_reasons(desk: Desk) -> None:
    propose(desk)
    decide(desk, "refuse")
    assert "cannot write a review of this paper" in Message.objects.get(kind="guest_news").text
    assert Client().get(link()).status_code == 404
    assert propose(desk, email="other@elsewhere.example").status_code == 302, "another may be proposed"


def test_the_whole_way_of_a_guest(desk: Desk) -> None:
    guest = accepted(desk)
    desk.paper.manuscript = Manuscript.objects.create(
        paper=desk.paper,
        version=1,
        file=manuscripts().save("guests/paper.pdf", ContentFile(b"%PDF-1.7 manticore")),
        size=18,
        sha256="a" * 64,
        pages=8,
        accepted=True,
        arrived_at=timezone.now(),
    )
    desk.paper.save()
    file = guest.get(f"{link()}manuscript/")
    assert b"manticore" in b"".join(file.streaming_content)
    assert guest.get(f"{link()}review/").status_code == 200
    assert guest.post(f"{link()}review/", {**fields(summary="By Gus."), "revision": 0}).status_code == 302
    half = guest.post(f"{link()}review/", {"q-summary": "Half", "revision": 1, "action": "submit"})
    assert half.status_code == 422
    assert b"is required" in half.content
    done = guest.post(f"{link()}review/", {**fields(summary="By Gus."), "revision": 2, "action": "submit"})
    assert done.status_code == 302
    assert b"Thank you, Gus Guest" in guest.get(link()).content
    news = [it.text for it in Message.objects.filter(kind="guest_news", to=desk.user(0).email).order_by("pk")]
    assert "only then it counts" in news[-1]
    review = Review.objects.get()
    assert (review.submitted_at, review.guest_name) == (None, "Gus Guest")
    late = guest.post(f"{link()}review/", {**fields(summary="More"), "revision": review.revision})
    assert late.status_code == 409
    assert b"More" in late.content
    page = factories.signed_in(desk.user(0)).get("/2021/member/reviews/1/").content
    assert b"By Gus." in page
    reviews.submit(
        actor=desk.user(0), assignment=desk.rows[0], revision=review.revision, arrived_at=timezone.now()
    )
    assert b"with Gus Guest" in factories.signed_in(desk.chair).get("/2021/discussion/1/").content


def test_looking_at_the_link_changes_nothing_and_opens_nothing(desk: Desk) -> None:
    accepted(desk)
    other = Client()
    for part in ("review/", "manuscript/"):
        assert other.get(link() + part)["Location"] == link(), "first a press of a button in this browser"
    assert other.post(f"{link()}review/preview/", {"text": "x"}).status_code == 404
    other.post(link(), {"answer": "open"})
    assert other.get(f"{link()}review/").status_code == 200
    assert other.post(f"{link()}review/preview/", {"text": "**x**"}).status_code == 200


def test_guests_read_neither_other_reviews_nor_the_discussion(desk: Desk) -> None:
    reviewing.submitted(desk.rows[1], summary="A quokkalike summary.")
    guest = accepted(desk)
    page = guest.get(f"{link()}review/").content
    assert b"quokkalike" not in page
    assert b"ada@example.org" not in page
    for url in ("/2021/discussion/1/", "/2021/member/reviews/1/", "/2021/papers/1/", "/2021/discussion/"):
        assert guest.get(url).status_code == 302, "to sign in"


def test_authors_are_hidden_from_guests_where_they_are_from_members(desk: Desk) -> None:
    desk.call.anonymity = "double"
    desk.call.save()
    propose(desk)
    assert Guest.objects.get().state == "proposed", "whatever the settings say: proposing tells nothing"
    decide(desk, "approve")
    guest = Client()
    guest.post(link(), {"answer": "accept"})
    assert b"Ada Author" not in guest.get(f"{link()}review/").content


AUTHOR = {"email": "ada@example.org", "name": "Ada A."}
COLLEAGUE = {"name": "Cora Colleague", "email": "cora@example.edu", "affiliation": "Example University"}


def test_a_certain_conflict_is_refused_without_saying_which(desk: Desk) -> None:
    free(desk)
    answer = propose(desk, **AUTHOR)
    assert answer.status_code == 422
    assert b"Ada A. cannot write a review of this paper." in answer.content
    assert not Guest.objects.exists()


def test_where_authors_are_hidden_proposing_tells_nothing(desk: Desk) -> None:
    free(desk)
    desk.call.anonymity = "double"
    desk.call.save()
    assert propose(desk, **AUTHOR).status_code == 302
    page = factories.signed_in(desk.user(0)).get(URL).content
    assert b"A chair looks at your proposal first." in page
    assert b"speaks of a conflict" not in page
    assert b"speaks of a conflict" in factories.signed_in(desk.chair).get(CHAIR).content
    decide(desk, "approve")
    assert Guest.objects.get().state == "proposed", "a certain conflict is not approved"
    assert not Message.objects.filter(kind="guest_invitation").exists()


def test_where_reviewers_know_letters_only_proposing_does_not_tell_who_reviews(desk: Desk) -> None:
    CommitteeSettings.objects.create(edition=desk.call, guests_need_approval=False, names_to_reviewers=False)
    fellow = {"name": "R1 Reviewer1", "email": desk.user(1).email}
    assert b"A chair agrees first." in factories.signed_in(desk.user(0)).get(URL).content
    for who in (WHO, fellow):
        propose(desk, **who)
        assert Guest.objects.latest("pk").state == "proposed", who
        factories.signed_in(desk.user(0)).post(URL, {"action": "withdraw"})


def test_what_may_be_a_conflict_is_for_a_chair_to_judge(desk: Desk) -> None:
    free(desk)
    assert propose(desk, **COLLEAGUE).status_code == 302
    guest = Guest.objects.get()
    assert (guest.state, bool(guest.evidence)) == ("proposed", True)
    assert not Message.objects.filter(kind="guest_invitation").exists()


def test_a_link_that_is_over_says_so(desk: Desk) -> None:
    guest = accepted(desk)
    assert guest.get(f"/2021/guest/{uuid4()}/").status_code == 404
    assert guest.get(link().replace("2021", "2020")).status_code == 404
    Assignment.objects.filter(pk=desk.rows[0].pk).update(state="withdrawn")
    over = guest.get(link())
    assert over.status_code == 410
    assert b"no longer open" in over.content
    assert guest.get(f"{link()}review/").status_code == 302
    given_back = guest.post(f"{link()}review/", {**fields(summary="By Gus."), "revision": 0})
    assert given_back.status_code == 410
    assert b"By Gus." in given_back.content, "nothing that was written is lost"
    typed = guest.post(f"{link()}review/", {**fields(), "revision": 0}, headers={"X-Autosave": "1"})
    assert (typed.status_code, b'data-state="stale"' in typed.content) == (410, True)
    assert not Review.objects.exists()


def test_a_browser_that_forgot_the_invitation_says_so(desk: Desk) -> None:
    accepted(desk)
    forgot = Client().post(f"{link()}review/", {**fields(summary="By Gus."), "revision": 0})
    assert forgot.status_code == 403
    assert b"By Gus." in forgot.content
    assert b"Open its link again" in forgot.content
    assert not Review.objects.exists()


def test_an_invitation_expires_and_can_be_declined_or_taken_back(desk: Desk) -> None:
    free(desk)
    propose(desk)
    Guest.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    expired = Client().post(link(), {"answer": "accept"})
    assert expired.status_code == 410
    assert b"expired" in expired.content
    factories.signed_in(desk.user(0)).post(URL, {"action": "withdraw"})
    assert Client().get(link()).status_code == 410
    propose(desk)
    Client().post(link(), {"answer": "decline", "note": "No time."})
    assert "declined to write it. No time." in Message.objects.filter(kind="guest_news").latest("pk").text
    assert b"You declined" in Client().get(link()).content


def test_one_guest_at_a_time_and_not_oneself(desk: Desk) -> None:
    assert propose(desk, email=desk.user(0).email).status_code == 422
    assert propose(desk, email="not an address").status_code == 422
    assert propose(desk, name=" ").status_code == 422
    assert propose(desk).status_code == 302
    assert propose(desk).status_code == 422
    assert Guest.objects.count() == 1


def test_walls_hold(desk: Desk) -> None:
    propose(desk)
    conrad = factories.chair(desk.call, "Conrad Conflicted")
    desk.paper.declared_conflicts.create(role=desk.call.roles.get(user=conrad))
    assert b"Gus" not in factories.signed_in(conrad).get(CHAIR).content
    assert decide(desk, "approve", who=conrad).status_code == 404
    decide(desk, "approve")
    signed_in = factories.signed_in(conrad)
    refused = signed_in.post(link(), {"answer": "accept"})
    assert refused.status_code == 404, "nor by somebody else's link"
    guest = Client()
    guest.post(link(), {"answer": "accept"})
    assigning.conflict(desk.members[0], desk.paper)
    assert guest.get(link()).status_code == 410
    assert factories.signed_in(desk.user(0)).get(URL).status_code == 404
    assert factories.signed_in(desk.user(1)).get(URL).status_code == 200, "the page of their own assignment"


def test_the_links_of_guests_are_theirs_alone(desk: Desk) -> None:
    free(desk)
    propose(desk)
    letter = Message.objects.get(kind="guest_invitation")
    page = factories.signed_in(desk.chair).get(f"/2021/chair/mail/{letter.pk}/")
    assert page.status_code == 200
    assert str(Guest.objects.get().key).encode() not in page.content


def test_two_who_write_at_once_overwrite_nothing(desk: Desk) -> None:
    guest = accepted(desk)
    reviews.save(actor=desk.user(0), assignment=desk.rows[0], answers={"summary": "Mine"}, revision=0)
    stale = guest.post(f"{link()}review/", {**fields(summary="By Gus."), "revision": 0})
    assert stale.status_code == 409
    assert b"By Gus." in stale.content
    assert b"Mine" in stale.content, "the next save replaces it, so it is shown"
    assert Review.objects.get().answers == {"summary": "Mine"}


def test_a_guest_who_said_yes_gives_it_back_and_what_they_wrote_stays(desk: Desk) -> None:
    guest = accepted(desk)
    guest.post(f"{link()}review/", {"q-summary": "Half a summary", "revision": 0})
    assert guest.post(link(), {"answer": "decline", "note": "I know its authors."}).status_code == 302
    assert Guest.objects.get().state == "declined"
    news = Message.objects.filter(kind="guest_news").latest("pk").text
    assert "Gus Guest gave it back" in news
    assert "I know its authors." in news
    assert guest.get(link()).status_code == 410
    assert guest.get(f"{link()}manuscript/").status_code == 302, "no way to the paper any more"
    assert Review.objects.get().answers == {"summary": "Half a summary"}
