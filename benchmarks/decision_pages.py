"""What the decision room costs in a large edition: milliseconds of processor, queries and bytes for each page.

    python benchmarks/decision_pages.py [--papers 1000] [--members 300] [--runs 5] [--postgres]

Makes an edition with three reviews of some 2,000 characters for each paper, and asks for each page as a chair. A page is
added by a line in PAGES. How pages are asked for, and on which database, is in page_costs.py.
"""

from __future__ import annotations

import argparse
import random
import sys
from datetime import timedelta
from pathlib import Path

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
    page_costs.print_costs([(name, address, CHAIR) for name, address in PAGES], chosen.runs)


def make(papers: int, members: int) -> None:
    """The edition “big”: papers of four authors, each with three reviewers, of whom nine in ten have submitted."""
    from django.utils import timezone

    from reviews.models import (
        Assignment,
        Comment,
        Conflict,
        Decision,
        Member,
        PaperTag,
        Review,
        ReviewVersion,
        SubmittedScore,
    )
    from submissions.models import Author, Paper
    from tests import factories

    chance, now = random.Random(1), timezone.now()
    edition = factories.edition("big", closes=now - timedelta(days=30))
    factories.deadline(edition, "reviews", now - timedelta(days=1))
    chair = factories.chair(edition, "Chiara Chair", CHAIR)
    people = Member.objects.bulk_create(
        Member(
            edition=edition, name=f"Member {it}", email=f"m{it}@example.org", state="accepted", load_wanted=12
        )
        for it in range(members)
    )
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
    Author.objects.bulk_create(
        Author(paper=it, position=place, name=f"Author {at} {place}", email=f"a{at}-{place}@example.edu")
        for at, it in enumerate(written)
        for place in range(4)
    )
    asked = Assignment.objects.bulk_create(
        Assignment(
            paper=it, member=member, state="accepted", letter=letter, assigned_at=now - timedelta(days=20)
        )
        for it in written
        for letter, member in zip("ABC", chance.sample(people, 3), strict=True)
    )
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
    Comment.objects.bulk_create(
        Comment(paper=it, author=chair, text="Hm.")
        for it in chance.sample(written, papers // 3)
        for _ in range(5)
    )
    PaperTag.objects.bulk_create(
        PaperTag(paper=it, name="award") for it in chance.sample(written, papers // 10)
    )
    Decision.objects.bulk_create(
        Decision(paper=it, outcome=chance.choice(["accept", "reject"]), decided_by=chair)
        for it in chance.sample(written, papers // 3)
    )
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


if __name__ == "__main__":
    sys.exit(main())
