"""What the decision room costs in a large edition: milliseconds of processor, queries and bytes for each page.

    python benchmarks/decision_pages.py [--papers 1000] [--members 300] [--runs 5] [--postgres]

Makes an edition with three reviews of some 2,000 characters for each paper, and asks for each page as a chair. A page is
added by a line in PAGES. How pages are asked for, and on which database, is in page_costs.py.
"""

from __future__ import annotations

import argparse
import random
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import page_costs  # noqa: E402 - found by the line above

CHAIR = "chair@example.org"
ROOM = "/big/chair/decisions/"
PAGES = [
    ("table", ROOM),
    ("table, by normalised mean", f"{ROOM}?sort=normalised&page=10"),
    ("table, all scores", f"{ROOM}?scores=all"),
    ("table, to discuss", f"{ROOM}?group=discuss"),
    ("search by words", f"{ROOM}?q=gradients"),
    ("search by scores and reviewer", f"{ROOM}?q=score:quality>=4+re:member+-dec:reject"),
    ("search by mean or tag", f"{ROOM}?q=mean:originality>=3+or+tag:award"),
    ("search by findings", f"{ROOM}?q=has:finding"),
    ("one paper", f"{ROOM}17/"),
    ("progress", f"{ROOM}progress/"),
    ("somebody else to ask", f"{ROOM}17/emergency/"),
    ("start of a meeting", f"{ROOM}meeting/"),
]


def main() -> int:
    page_costs.with_site(page_costs.parser(__doc__).parse_args(), _measure)
    return 0


def _measure(chosen: argparse.Namespace) -> None:
    make(chosen.papers, chosen.members)
    page_costs.print_costs([(name, address, f"big-{CHAIR}") for name, address in PAGES], chosen.runs)


def make(papers: int, members: int, slug: str = "big") -> Any:
    """An edition with three chairs and papers of four authors, each with three reviewers, of whom nine in ten have submitted.

    Every paper has a file, one in three comments, a decision and a response, one in ten a tag. Also for the tests of how
    many queries lists take.
    """
    from django.utils import timezone

    from reviews.models import Conflict
    from submissions.models import Paper
    from tests import factories

    chance, now = random.Random(1), timezone.now()
    edition = factories.edition(slug, closes=now - timedelta(days=30))
    factories.deadline(edition, "reviews", now - timedelta(days=1))
    chairs = [
        factories.chair(edition, name, f"{slug}-{place}@example.org" if place else f"{slug}-{CHAIR}")
        for place, name in enumerate(("Chiara Chair", "Conrad Chair", "Cleo Chair"))
    ]
    people = _members(edition, members)
    categories, topics = list(edition.categories.all()), list(edition.topics.all())
    written = Paper.objects.bulk_create(
        Paper(
            edition=edition,
            number=number,
            state="submitted",
            title=f"Paper {number} on gradients and links",
            abstract="We compress gradients. " * 20,
            category=chance.choice(categories),
            submitted_at=now,
        )
        for number in range(1, papers + 1)
    )
    Paper.topics.through.objects.bulk_create(
        Paper.topics.through(paper=it, topic=chance.choice(topics)) for it in written
    )
    _authors_and_files(written, now)
    _reviews(written, people, chance, now)
    _work_of_chairs(written, chairs, chance, now)
    pairs = {(chance.randrange(papers), chance.randrange(members)) for _ in range(10 * papers)}
    Conflict.objects.bulk_create(
        Conflict(
            paper=written[paper],
            member=people[member],
            rule=Conflict.Rule.SAME_INSTITUTION,
            confidence="certain",
            evidence="Both are at the same place.",
            fingerprint="x",
        )
        for paper, member in sorted(pairs)
    )
    return edition


def _members(edition: Any, count: int) -> list[Any]:
    from allauth.account.models import EmailAddress

    from accounts.models import User
    from reviews.models import Member

    accounts = User.objects.bulk_create(
        User(email=f"{edition.slug}-m{it}@example.org", name=f"Member {it}") for it in range(count)
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=it, email=it.email, verified=True, primary=True) for it in accounts
    )
    return Member.objects.bulk_create(
        Member(edition=edition, user=it, name=it.name, email=it.email, state="accepted", load_wanted=12)
        for it in accounts
    )


def _authors_and_files(papers: list[Any], now: datetime) -> None:
    from submissions.domain.page_law import Finding, Heading
    from submissions.models import Author, Manuscript, Paper
    from submissions.pdf.report import Report

    Author.objects.bulk_create(
        Author(
            paper=it,
            position=place,
            name=f"Author {it.number} {place}",
            email=f"a{it.number}-{place}@example.edu",
        )
        for it in papers
        for place in range(4)
    )
    odd = Finding("fonts", "warn", "A font is not embedded on page 3; it may look different elsewhere.", 3)
    noted = Finding("title", "note", "The title of the file is not that of the paper.")
    files = Manuscript.objects.bulk_create(
        Manuscript(
            paper=it,
            version=1,
            file=f"{it.pk}.pdf",
            original_name="paper.pdf",
            size=400_000,
            sha256="0" * 64,
            pages=8,
            accepted=True,
            arrived_at=now,
            report=Report(
                readable=True,
                pages=8,
                findings=(noted, odd) if it.number % 8 == 0 else (noted,),
                headings=(Heading("references", 7, at_top=False),),
                reader="pypdf",
            ).to_dict(),
        )
        for it in papers
    )
    for paper, file in zip(papers, files, strict=True):
        paper.manuscript = file
    Paper.objects.bulk_update(papers, ["manuscript"], batch_size=500)


def _reviews(papers: list[Any], people: list[Any], chance: random.Random, now: datetime) -> None:
    from reviews.models import Assignment, Bid, Review, ReviewVersion, SubmittedScore

    asked = Assignment.objects.bulk_create(
        Assignment(
            paper=it, member=member, state="accepted", letter=letter, assigned_at=now - timedelta(days=20)
        )
        for it in papers
        for letter, member in zip("ABC", chance.sample(people, 3), strict=True)
    )
    Bid.objects.bulk_create(Bid(paper=it.paper, member=it.member, level=2) for it in asked)
    begun = [it for it in asked if chance.random() < 0.9]
    answers = [
        {
            **dict.fromkeys(
                ("summary", "strengths", "weaknesses", "comments"), "Sentences about the paper. " * 20
            ),
            **{name: chance.randint(1, 5) for name in ("merit", "quality", "originality")},
            **{name: chance.randint(1, 4) for name in ("relevance", "presentation", "confidence")},
        }
        for _ in begun
    ]
    at = [now - timedelta(hours=chance.randrange(400)) for _ in begun]
    reviews = Review.objects.bulk_create(
        Review(assignment=row, answers=told, revision=2, version=1, submitted_at=when)
        for row, told, when in zip(begun, answers, at, strict=True)
    )
    versions = ReviewVersion.objects.bulk_create(
        ReviewVersion(review=it, number=1, answers=it.answers, at=it.submitted_at) for it in reviews
    )
    SubmittedScore.objects.copy(versions)


def _work_of_chairs(papers: list[Any], chairs: list[Any], chance: random.Random, now: datetime) -> None:
    from reviews.models import AuthorResponse, Comment, Decision, Handling, PaperTag

    def some(one_in: int) -> list[Any]:
        return chance.sample(papers, max(1, len(papers) // one_in))

    Comment.objects.bulk_create(
        Comment(paper=it, author=chance.choice(chairs), text="Hm.") for it in some(3) for _ in range(5)
    )
    PaperTag.objects.bulk_create(PaperTag(paper=it, name="award") for it in some(10))
    Decision.objects.bulk_create(
        Decision(paper=it, outcome=chance.choice(["accept", "reject"]), decided_by=chance.choice(chairs))
        for it in some(3)
    )
    Handling.objects.bulk_create(Handling(paper=it, chair=chance.choice(chairs)) for it in some(2))
    AuthorResponse.objects.bulk_create(
        AuthorResponse(paper=it, text="But!", submitted_text="But!", submitted_at=now) for it in some(3)
    )


if __name__ == "__main__":
    sys.exit(main())
