"""A chair with a conflict learns nothing of the paper, through none of the doors of the decision room."""

import re

import pytest

from reviews import decision_table, review_progress
from reviews.decision_room import in_digest
from reviews.decision_table import Asked
from reviews.models import Decision, PaperTag
from reviews.services import assignments, decisions, handling, tags
from reviews.services.decisions import Choice
from submissions import queries as paper_queries
from submissions.services.errors import NotAllowed
from tests import factories
from tests.reviews import committee, deciding
from tests.reviews.deciding import Room

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Room:
    """`other` has a conflict with #1, which has reviews, a tag, a decision and a title of its own."""
    room = deciding.room()
    room.papers[0].title = "Zephyrine quokkas"
    room.papers[0].save()
    room.scored(1, 5, 5, 5)
    room.scored(2, 2, 2, 3)
    PaperTag.objects.create(paper=room.papers[0], name="best-paper")
    room.decide(1, "accept")
    room.wall(room.other, 1)
    return room


def test_the_pages_are_the_same_as_if_the_paper_were_not_there(here: Room) -> None:
    names = ("chair_decisions", "chair_review_progress", "chair_meeting")
    client = here.client(here.other)

    def shown() -> list[str]:
        pages = [client.get(here.url(name)).content.decode() for name in names]
        pages.append(client.get(here.url("chair_decisions") + "?sort=normalised&scores=all").content.decode())
        pages.append(client.get(here.url("chair_decision", 2)).content.decode())
        plain = [re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", it) for it in pages]
        # The end of the curve is now.
        return [re.sub(r'points="[^"]+"', "", it) for it in plain]

    with_it = shown()
    assert not any("Zephyrine" in it or "best-paper" in it for it in with_it)
    here.papers[0].reviews = None
    Decision.objects.all().delete()
    for row in list(here.papers[0].assignments.all()):
        row.review.versions.all().delete()
        row.review.delete()
        row.delete()
    PaperTag.objects.all().delete()
    assert shown() == with_it


def test_normalised_scores_and_counts_leave_it_out(here: Room) -> None:
    mine, theirs = (decision_table.listed(it, here.call, Asked()).facts for it in (here.other, here.chair))
    two = here.papers[1].pk
    assert set(mine.papers) == {it.pk for it in here.papers[1:]}
    assert mine.papers[two].normalised != theirs.papers[two].normalised
    assert mine.papers[two].overall.mean == theirs.papers[two].overall.mean
    assert review_progress.of(here.other, here.call).expected == 3
    assert review_progress.of(here.chair, here.call).expected == 6


@pytest.mark.parametrize("name", ["chair_decision", "chair_meeting_paper", "chair_emergency"])
def test_its_pages_answer_like_a_number_never_given(here: Room, name: str) -> None:
    client = here.client(here.other)
    answers = [client.get(here.url(name, number)) for number in (1, 99)]
    assert [it.status_code for it in answers] == [404, 404]
    assert answers[0].content.replace(b"/1/", b"/99/") == answers[1].content


def test_bulk_leaves_it_out_by_number_and_by_search(here: Room) -> None:
    client, url = here.client(here.other), here.url("chair_decisions_bulk")
    for data in ({"paper": [1, 2]}, {"all": "1", "q": "#1 or #2"}):
        html = client.post(url, data).content.decode()
        assert "Decide on 1 paper" in html
        assert "Zephyrine" not in html
    data = {"paper": [1], "step": "apply", "outcome": "reject", "revision-1": here.revision(1)}
    assert "No paper was chosen." in client.post(url, data, follow=True).content.decode()
    assert Decision.objects.get().outcome == "accept"


def test_services_refuse_like_for_what_does_not_exist(here: Room) -> None:
    paper, call = here.papers[0], here.call
    for act in (
        lambda: decisions.take_back(actor=here.other, paper=paper, revision=here.revision(1)),
        lambda: decisions.apply_many(
            actor=here.other, edition=call, choice=Choice("reject"), expected={1: here.revision(1), 2: 0}
        ),
        lambda: tags.change(actor=here.other, edition=call, numbers=[1, 2], add=["mine"]),
        lambda: handling.set_chair(actor=here.other, paper=paper, chair=None),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert not PaperTag.objects.filter(name="mine").exists()
    assert not Decision.objects.filter(paper=here.papers[1]).exists()


def test_a_meeting_skips_it_also_when_the_conflict_comes_during_it(here: Room) -> None:
    client = here.client(here.other)
    response = client.post(here.url("chair_meeting"), {"sort": "number"})
    assert response.url == here.url("chair_meeting_paper", 2)
    here.wall(here.other, 3)
    html = client.get(response.url + "?out=yes").content.decode()
    assert "1 of 1" in html
    assert client.get(here.url("chair_meeting_paper", 3)).status_code == 404


def test_the_letter_to_a_candidate_is_shown_without_what_waits_for_them_about_it(here: Room) -> None:
    """Both leave as one letter, but only another chair knows of the one."""
    dora = committee.member(here.call, "Dora Eng")
    assignments.assign(actor=here.chair, paper=here.papers[0], member=dora)
    url = f"{here.url('chair_emergency', 3)}?member={dora.pk}"
    assert "Zephyrine" in here.client().get(url).content.decode(), "the chair who asked sees the letter whole"
    page = here.client(here.other).get(url).content.decode()
    assert "#3 Paper 3" in page
    assert "Zephyrine" not in page
    assert "2 papers" not in page


def test_tags_on_offer_and_the_digest_leave_it_out(here: Room) -> None:
    mine = decision_table.listed(here.other, here.call, Asked()).facts.papers
    assert decision_table.offered_tags(here.call, mine) == []
    papers = list(paper_queries.for_chairs(here.call, here.other))
    now = factories.timezone.now()
    assert in_digest(here.call, papers, now, now).counts == [
        "2 without a decision, 1 of them with all their reviews"
    ]


def test_the_digest_tells_of_decisions_that_nobody_released(here: Room) -> None:
    here.decide(2, "reject")
    now = factories.timezone.now()
    told = in_digest(here.call, list(paper_queries.for_chairs(here.call, here.chair)), now, now)
    assert "2 decisions not released" in told.counts
    assert not told.late
    here.call.deadlines.filter(kind="notification").update(at=now - factories.timedelta(hours=1))
    told = in_digest(here.call, list(paper_queries.for_chairs(here.call, here.other)), now, now)
    assert "1 decision not released" in told.counts
    assert "1 decision not released, though the notification was due: #2" in told.late


def test_the_order_of_the_table_does_not_tell_of_it(here: Room) -> None:
    for sort in decision_table.SORTS:
        assert 1 not in decision_table.listed(here.other, here.call, Asked(sort=sort)).numbers


@pytest.mark.parametrize("model", ["decision", "handling", "papertag"])
def test_the_administration_shows_none_of_it_to_an_administrator_behind_a_wall(
    here: Room, model: str
) -> None:
    handling.set_chair(actor=here.chair, paper=here.papers[0], chair=here.chair)
    admin = factories.with_second_factor(factories.person("Alex Admin", is_staff=True, is_superuser=True))
    url = f"/admin/reviews/{model}/"
    assert "Zephyrine" in here.client(admin).get(url).content.decode()
    here.other.is_staff = here.other.is_superuser = True
    here.other.save()
    html = here.client(here.other).get(url).content.decode()
    assert "Zephyrine" not in html
    assert "0 " in html
    if model == "papertag":
        assert "best-paper" not in html
