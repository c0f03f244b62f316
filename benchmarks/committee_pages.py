"""What the committee's pages cost in a large edition: milliseconds of processor, queries and bytes for each page.

    python benchmarks/committee_pages.py [--papers 1000] [--members 300] [--conflicts 30000] [--runs 5] [--postgres]

Makes an edition of that size in a database of its own (SQLite in a temporary folder, or a PostgreSQL that is started for it)
and asks for each page as the person it is for. The work of the database server is not in the processor's time, so the wall
clock is printed, too. A page is added by a line in PAGES. At the end the search for conflicts itself is measured.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import page_costs  # noqa: E402 - found by the line above

CHAIR, MEMBER, WALLED = "chair@example.org", "m0@example.org", "walled@example.org"
#: Name, address, whose.
PAGES = [
    ("conflicts by paper", "/big/chair/committee/conflicts/", CHAIR),
    ("conflicts by person", "/big/chair/committee/conflicts/?by=person&page=300", CHAIR),
    ("conflicts, doubtful first", "/big/chair/committee/conflicts/?by=doubt", CHAIR),
    ("conflicts, searched", "/big/chair/committee/conflicts/?q=paper+smith", CHAIR),
    ("conflicts, a chair with a wall", "/big/chair/committee/conflicts/", WALLED),
    ("what looks odd", "/big/chair/committee/conflicts/odd/", CHAIR),
    ("conflicts as CSV", "/big/chair/committee/conflicts.csv", CHAIR),
    ("a member's conflicts", "/big/member/conflicts/?q=paper", MEMBER),
    ("a member's bids", "/big/member/bids/", MEMBER),
    ("people", "/big/chair/committee/", CHAIR),
]


def main() -> int:
    parser = page_costs.parser(__doc__)
    parser.add_argument("--conflicts", type=int, default=30_000)
    page_costs.with_site(parser.parse_args(), _measure)
    return 0


def _measure(chosen: argparse.Namespace) -> None:
    edition = make(chosen.papers, chosen.members, chosen.conflicts)
    page_costs.print_costs(PAGES, chosen.runs)
    for name, seconds in _searches(edition):
        print(f"{name:<34}{seconds * 1000:>9.0f}")


def make(papers: int, members: int, conflicts: int) -> Any:
    """The edition “big”: papers of four authors, members with accounts and twenty own papers each, conflicts."""
    from allauth.account.models import EmailAddress
    from django.utils import timezone

    from accounts.models import User
    from reviews.models import Conflict, Member, OwnPaper
    from submissions.models import Author, Paper
    from tests import factories

    chance, now = random.Random(1), timezone.now()
    edition = factories.edition("big", closes=now - timedelta(days=1))
    factories.chair(edition, "Chiara Chair", CHAIR)
    walled = factories.chair(edition, "Wanda Walled", WALLED)
    names = [f"{given} {family}" for given, family in _names(chance, 4 * papers + members)]
    accounts = User.objects.bulk_create(
        User(email=f"m{it}@example.org", name=names[it], affiliation=_place(chance)) for it in range(members)
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=it, email=it.email, verified=True, primary=True) for it in accounts
    )
    people = Member.objects.bulk_create(
        Member(
            edition=edition,
            user=it,
            name=it.name,
            email=it.email,
            affiliation=it.affiliation,
            kind=Member.Kind.PC_MEMBER,
            state=Member.State.ACCEPTED,
            collaborators="\n".join(f"{chance.choice(names)} ({_place(chance)})" for _ in range(10)),
        )
        for it in accounts
    )
    OwnPaper.objects.bulk_create(
        OwnPaper(
            member=it,
            title=f"Own paper {number} of {it.name}",
            year=now.year - number % 8,
            authors=[it.name, *chance.sample(names, 4)],
            source=OwnPaper.Source.BIBTEX,
            fingerprint=f"{number}",
        )
        for it in people
        for number in range(20)
    )
    category, topics = edition.categories.get(slug="regular"), list(edition.topics.all())
    written = Paper.objects.bulk_create(
        Paper(
            edition=edition,
            number=number,
            state="submitted",
            title=f"Paper {number} on gradients and links",
            abstract="We compress gradients. " * 20,
            category=category,
            submitted_at=now,
            conflict_institutions=_place(chance) if number % 5 == 0 else "",
        )
        for number in range(1, papers + 1)
    )
    Paper.topics.through.objects.bulk_create(
        Paper.topics.through(paper=it, topic=chance.choice(topics)) for it in written
    )
    Author.objects.bulk_create(
        Author(
            paper=it,
            position=place,
            name=names[members + 4 * at + place],
            email=f"a{at}-{place}@{chance.randrange(1000)}.edu",
            affiliation=_place(chance),
        )
        for at, it in enumerate(written)
        for place in range(4)
    )
    wall = Member.objects.get(user=walled)
    rules = [Conflict.Rule.SAME_INSTITUTION, Conflict.Rule.COLLABORATOR, Conflict.Rule.COAUTHOR_THIS_EDITION]
    triples = {
        (chance.randrange(papers), chance.randrange(members), chance.choice(rules)) for _ in range(conflicts)
    }
    rows = [(written[paper], people[member], rule) for paper, member, rule in sorted(triples)]
    rows += [(paper, wall, rules[0]) for paper in written[:20]]
    Conflict.objects.bulk_create(
        (
            Conflict(
                paper=paper,
                member=member,
                rule=rule,
                confidence="probable" if chance.random() < 0.7 else "certain",
                evidence=f"{member.name} and somebody are both authors of #{chance.randrange(1, papers)}.",
                doubt="many people have this name" if chance.random() < 0.1 else "",
                fingerprint="x",
                facts=["x"],
            )
            for paper, member, rule in rows
        ),
        batch_size=1000,
    )
    return edition


def _names(chance: random.Random, count: int) -> Iterator[tuple[str, str]]:
    families = ["Smith", "Wang", *(_word(chance, 3) for _ in range(count // 2))]
    return ((_word(chance, 2), chance.choice(families)) for _ in range(count))


def _place(chance: random.Random) -> str:
    return f"University of {_word(random.Random(chance.randrange(2000)), 3)}"


def _word(chance: random.Random, syllables: int) -> str:
    return "".join(chance.choice("bdfgklmnprst") + chance.choice("aeiou") for _ in range(syllables)).title()


def _searches(edition: Any) -> Iterator[tuple[str, float]]:
    """Seconds of processor for the searches: what a changed paper waits for, a whole edition, one that has not changed."""
    from reviews.models import Conflict
    from reviews.services import detection

    Conflict.objects.filter(paper__edition=edition).delete()

    def timed(name: str, act: Any) -> tuple[str, float]:
        started = time.process_time()
        act()
        return name, time.process_time() - started

    paper = edition.papers.order_by("pk").last()
    yield timed("search for one paper, first", lambda: detection.look_at(paper.pk))
    yield timed("search for one paper, again", lambda: detection.look_at(paper.pk))
    yield timed("search of the edition", lambda: detection.detect(edition))
    yield timed("sweep without a change", lambda: detection.detect(edition))


if __name__ == "__main__":
    sys.exit(main())
