"""The demo: loaded twice it is the same, it breaks none of its own walls, and it leaves work for whoever tries it."""

import pytest

from reviews.models import Assignment, Comment, Decision, Guest
from submissions import demo
from submissions.models import Edition, Paper
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.thorough, pytest.mark.usefixtures("data_dir")]


def counts() -> list[int]:
    return [
        model._default_manager.count() for model in (Edition, Paper, Assignment, Comment, Decision, Guest)
    ]


def test_the_demo_shows_a_little_of_everything_and_loads_once() -> None:
    demo.load(lambda words: None)
    before = counts()
    said: list[str] = []
    demo.load(said.append)
    assert said == ["Looking for conflicts …"]
    assert counts() == before
    decided = Decision.objects.filter(paper__edition__slug="demo")
    assert {it.paper.number for it in decided} == {7, 8}, "the others are for whoever tries it"
    assert not decided.filter(release__isnull=False).exists()
    for row in Assignment.objects.live().select_related("paper", "member"):
        walls = row.member.conflicts.standing().filter(paper=row.paper)
        assert not walls.exists(), str(row)
    browser = factories.signed_in(demo.User.objects.get(email="author@example.org"))
    page = browser.get("/demo-past/papers/1/decision/").content.decode()
    for words in ("the conditions are met", "Short paper", "The threshold", "How is"):
        assert words in page
