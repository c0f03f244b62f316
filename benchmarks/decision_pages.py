"""What the decision room costs in a large edition: milliseconds of processor, queries and bytes for each page.

    python benchmarks/decision_pages.py [--papers 1000] [--members 300] [--runs 5] [--postgres]

Makes an edition with three reviews of some 2,000 characters for each paper, and asks for each page as a chair. A page is
added by a line in PAGES. How pages are asked for, and on which database, is as in committee_pages.py.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

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
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--papers", type=int, default=1000)
    parser.add_argument("--members", type=int, default=300)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL started for it")
    chosen = parser.parse_args()
    services = None
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "scadl.settings.test"}
        try:
            if chosen.postgres:
                from tests.plugins.services import Services

                services = Services()
                services.start()
                os.environ["DATABASE_URL"] = services.database_url
            else:
                os.environ["DATABASE_URL"] = f"sqlite:///{folder}/big.sqlite3"
            _run(chosen)
        finally:
            if services is not None:
                services.stop()
    return 0


def _run(chosen: argparse.Namespace) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.ALLOWED_HOSTS = ["*"]
    call_command("migrate", verbosity=0, interactive=False)
    make(chosen.papers, chosen.members)
    from accounts.models import User
    from tests import factories

    client = factories.signed_in(User.objects.get(email=CHAIR))
    print(f"{'page':<34}{'cpu ms':>9}{'wall ms':>9}{'queries':>9}{'KB':>7}")
    for name, address in PAGES:
        cpu, wall, queries, size = _ask(client, address, chosen.runs)
        print(f"{name:<34}{cpu:>9.0f}{wall:>9.0f}{queries:>9}{size / 1000:>7.0f}")


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
    ReviewVersion.objects.bulk_create(
        ReviewVersion(review=it, number=1, answers=it.answers, at=it.submitted_at) for it in reviews
    )
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


def _ask(client: Any, address: str, runs: int) -> tuple[float, float, int, int]:
    """Median milliseconds of processor and of the clock, queries and bytes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def get() -> bytes:
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)  # noqa: S101
        return bytes(answer.content)

    get()
    cpu, wall = [], []
    for _ in range(runs):
        started = time.process_time(), time.perf_counter()
        size = len(get())
        cpu.append(time.process_time() - started[0])
        wall.append(time.perf_counter() - started[1])
    with CaptureQueriesContext(connection) as queries:
        get()
    return statistics.median(cpu) * 1000, statistics.median(wall) * 1000, len(queries), size


if __name__ == "__main__":
    sys.exit(main())
