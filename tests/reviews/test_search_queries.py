"""What each term of a search finds, and that a search never reaches a paper behind a conflict."""

from typing import Any

import pytest

from reviews import decision_table
from reviews.decision_table import Asked
from reviews.domain.search import SearchError
from reviews.models import AuthorResponse, Comment, Handling, PaperTag
from submissions.models import Author, Waiver
from tests import factories
from tests.reviews import assigning, deciding
from tests.reviews.deciding import Room

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Room:
    """#1 is liked and about federated learning; #2 is disputed, late and commented; #3 has nothing."""
    room = deciding.room()
    one, two, _ = room.papers
    one.title, one.abstract = "Federated gradients", "Stragglers of 100% hardware"
    one.save()
    one.topics.add(room.call.topics.get(slug="federated"))
    two.category = room.call.categories.get(slug="short")
    two.save()
    Author.objects.create(
        paper=two, position=1, name="Bruno Rossi", email="bruno@example.org", affiliation="Trento"
    )
    factories.deadline(room.call, "reviews", factories.timezone.now() - factories.timedelta(days=1))
    room.scored(1, 4, 5, 4)
    room.scored(2, 1, 5)
    room.asked(3, 0)
    from tests.reviews.reviewing import assigned

    assigned(room.members[2], two)  # late
    PaperTag.objects.create(paper=one, name="award")
    Comment.objects.create(paper=two, author=room.chair, text="Hm.")
    AuthorResponse.objects.create(paper=two, text="But!", submitted_at=factories.timezone.now())
    Waiver.objects.create(paper=two, reason="A table")
    assigning.conflict(room.members[1], room.papers[2])
    Handling.objects.create(paper=one, chair=room.other)
    room.decide(1, "accept", category="short")
    return room


def found(here: Room, q: str, **more: Any) -> list[int]:
    return list(decision_table.listed(more.get("user", here.chair), here.call, Asked(q)).numbers)


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("", [1, 2, 3]),
        ("#2", [2]),
        ("gradients", [1]),
        ("GRADIENTS federated", [1]),
        ("100%", [1]),
        ("rossi", [2]),
        ("au:trento", [2]),
        ("au:bruno@example.org", [2]),
        ("re:anna", [1, 2]),
        ("re:clara -re:nobody", [1, 2]),
        ("ti:federated or ab:nothing", [1]),
        ("cat:short", [2]),
        ("cat:regular", [1, 3]),
        ("topic:federated", [1]),
        ("score:merit>=5", [1, 2]),
        ("score:merit<2", [2]),
        ("score:merit:1", [2]),
        ("score:merit!=5 score:merit=4", [1]),
        ("score:merit>=4.5", [1, 2]),
        ("mean:merit>=4", [1]),
        ("mean:merit=4.33", [1]),
        ("mean:quality>=3", [1, 2]),
        ("reviews<3", [2, 3]),
        ("reviews:0", [3]),
        ("late:yes", [2]),
        ("late:no", [1, 3]),
        ("dec:none", [2, 3]),
        ("dec:any", [1]),
        ("dec:accept", [1]),
        ("-dec:accept", [2, 3]),
        ("dec:desk", []),
        ("has:conflict", [3]),
        ("has:comment", [2]),
        ("has:response", [2]),
        ("has:decision", [1]),
        ("has:finding", []),
        ("has:review", [1, 2]),
        ("has:tag", [1]),
        ("has:shepherd", []),
        ("has:waiver", [2]),
        ("tag:AWARD", [1]),
        ("tag:awar", []),
        ("chair:otto", [1]),
        ("group:accept", [1]),
        ("group:discuss", []),
        ("not (group:incomplete or #1)", []),
        ("topic:federated (mean:merit>=3 or tag:best) -dec:reject", [1]),
    ],
)
def test_each_term(here: Room, q: str, expected: list[int]) -> None:
    assert found(here, q) == expected


@pytest.mark.parametrize("q", ["mean:colour>3", "score:summary>3", "late:yes mean:colour>3"])
def test_a_score_that_is_not_asked_for_is_a_mistake_with_its_place(here: Room, q: str) -> None:
    with pytest.raises(SearchError, match="is not a score of this call's review form") as error:
        found(here, q)
    assert q[error.value.at :].startswith(("mean:", "score:"))


EVERY_TERM = [
    "#1", "federated", "au:ada", "re:anna", "ti:federated", "cat:regular", "topic:federated", "score:merit>1",
    "mean:merit>1", "reviews:3", "late:no", "dec:accept", "has:decision", "has:tag", "has:review", "tag:award",
    "chair:otto", "group:accept", "not #77", "#1 or #2 or #3", "-dec:reject", "#1 or group:accept or not #1",
]  # fmt: skip


@pytest.mark.parametrize("q", EVERY_TERM)
def test_no_search_finds_or_counts_a_paper_behind_a_conflict(here: Room, q: str) -> None:
    assert 1 in found(here, q)
    here.wall(here.chair, 1)
    listed = decision_table.listed(here.chair, here.call, Asked(q))
    assert 1 not in listed.numbers
    assert here.papers[0].pk not in listed.facts.papers
    assert sum(listed.counts.values()) == listed.everything == len(listed.numbers)


def test_what_a_search_looks_for_is_taken_as_text(here: Room) -> None:
    for q in (
        "100%",
        'ti:"%"',
        "ti:_",
        'au:"\' or 1=1 --"',
        "re:\\",
        "#99999999",
        "tag:ſ",
        "ti:" + "x" * 400,
    ):
        found(here, q)
    assert found(here, "ti:_") == []
