"""Every list of the committee's and the reviewers' rooms takes as many queries for 300 papers as for 3, and shows a page."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from benchmarks import decision_pages
from reviews import participants
from reviews.models import Assignment, Comment, CommitteeSettings, Decision, Member, Review, ReviewVersion
from submissions.models import Edition
from tests import factories
from tests.reviews.reviewing import ANSWERS

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]

FEW, MANY = 3, 300
ROOM, BOARD = "chair/decisions/", "chair/committee/"
CHAIRS = [
    ROOM,
    *(
        f"{ROOM}?{it}"
        for it in (
            "scores=all", "sort=comments", "sort=findings", "sort=normalised", "group=incomplete", "q=gradients",
            "q=mean:quality>2+or+score:merit>2+or+re:member+or+has:finding+or+tag:award",
        )
    ),
    f"{ROOM}progress/", f"{ROOM}meeting/",
    f"{ROOM}release/", f"{ROOM}release/letters/?papers=1-999", f"{ROOM}release/preview/?papers=1-999",
    f"{ROOM}release/check/?papers=1-999",
    BOARD, *(f"{BOARD}{it}" for it in ("conflicts/", "conflicts/?by=person", "conflicts/?by=doubt", "conflicts/odd/")),
    *(f"{BOARD}{it}" for it in ("bids/", "assignment/", "assignment/?by=member", "requests/", "responses/")),
]  # fmt: skip
MEMBERS = [
    f"member/{it}"
    for it in ("", "reviews/", "bids/", "bids/?q=gradients", "conflicts/", "assignments/", "papers/")
]
MEMBERS.append("discussion/")
#: What is shown is bounded as well; only a reviewer's own work is listed whole, and nobody but here has 300 papers.
BYTES, OWN_BYTES = 200_000, 500_000


def grown(slug: str, papers: int) -> Edition:
    """An edition whose first member reviews every paper, has submitted and reads what others say."""
    edition: Edition = decision_pages.make(papers, 20, slug)
    CommitteeSettings.objects.update_or_create(edition=edition, defaults={"names_to_reviewers": True})
    mona = Member.objects.get(edition=edition, email=f"{slug}-m0@example.org")
    mona.conflicts.all().delete()
    Assignment.objects.filter(member=mona).delete()
    rows = Assignment.objects.bulk_create(
        Assignment(paper=it, member=mona, state="accepted", letter="M") for it in edition.papers.all()
    )
    reviews = Review.objects.bulk_create(
        Review(assignment=it, answers=ANSWERS, revision=2, version=1, submitted_at=timezone.now())
        for it in rows[: len(rows) - 1]
    )
    ReviewVersion.objects.bulk_create(ReviewVersion(review=it, number=1, answers=ANSWERS) for it in reviews)
    Comment.objects.bulk_create(Comment(paper=it.paper, author=mona.user, text="Hm.") for it in rows)
    # All kinds of decisions in either edition, by all chairs: each kind has a letter, each chair conflicts.
    kinds = {"accept": "", "reject": "", "conditional": "Say how often."}
    papers_and_chairs = zip(edition.papers.order_by("number"), participants.chairs_of(edition), strict=False)
    for (paper, chair), (outcome, conditions) in zip(papers_and_chairs, kinds.items(), strict=True):
        Decision.objects.update_or_create(
            paper=paper, defaults={"outcome": outcome, "conditions": conditions, "decided_by": chair}
        )
    return edition


def costs(edition: Edition, email: str, addresses: list[str]) -> dict[str, int]:
    client: Client = factories.signed_in(User.objects.get(email=email))
    found = {}
    for address in addresses:
        with CaptureQueriesContext(connection) as queries:
            response = client.get(f"/{edition.slug}/{address}")
        assert response.status_code == 200, address
        most = OWN_BYTES if address in MEMBERS else BYTES
        assert len(response.content) < most, (address, len(response.content))
        found[address] = len(queries)
    return found


def test_every_list_takes_the_same_queries_for_three_papers_and_for_three_hundred() -> None:
    few, many = grown("few", FEW), grown("many", MANY)
    for who, addresses in ((f"-{decision_pages.CHAIR}", CHAIRS), ("-m0@example.org", MEMBERS)):
        costs(few, f"few{who}", addresses)  # fills what is kept for the process
        small, large = (costs(it, f"{it.slug}{who}", addresses) for it in (few, many))
        assert small == large
