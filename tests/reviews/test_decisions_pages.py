"""The pages of the decision room as chairs use them."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.models import Comment, Decision, DiscussionRead, Handling, PaperTag
from reviews.services import handling
from tests.reviews import assigning, committee, deciding
from tests.reviews.deciding import Room

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Room:
    return deciding.room()


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def order(html: str) -> list[int]:
    """The papers of the table, from the top."""
    return [int(it) for it in re.findall(r'name="paper" value="(\d+)" aria-label', html)]


def table(here: Room, query: str = "", **more: object) -> str:
    response = here.client(**more).get(here.url("chair_decisions") + query)
    assert response.status_code == 200, words(response.content.decode())
    return response.content.decode()


def test_the_table_shows_what_the_reviews_say(here: Room) -> None:
    here.scored(1, 4, 5, 4)
    here.scored(2, 1, 5)
    html = table(here)
    assert 'aria-label="Overall merit: 4, 4, 5 of 5"' in html
    assert "4.33" in html
    assert "3 of 3" in html
    assert "no score yet" in html
    assert 'aria-label="Technical quality' not in html
    assert 'aria-label="Technical quality: 3, 3, 3 of 5"' in table(here, "?scores=all")


def test_groups_are_tabs_with_counts(here: Room) -> None:
    here.scored(1, 4, 5, 4)
    here.scored(2, 1, 5)
    html = table(here)
    for label, count in (
        ("All", 3),
        ("Clear accepts", 1),
        ("Clear rejects", 0),
        ("To discuss", 1),
        ("Incomplete", 1),
    ):
        assert re.search(rf'{label} <span class="count">{count}</span>', html), label
    assert order(table(here, "?group=accept")) == [1]
    assert order(table(here, "?group=incomplete")) == [3]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("number", [1, 2, 3]),
        ("-number", [3, 2, 1]),
        ("merit", [2, 1, 3]),
        ("-merit", [1, 2, 3]),
        ("spread", [1, 2, 3]),
        ("reviews", [3, 1, 2]),
        ("comments", [3, 1, 2]),
        ("decision", [2, 1, 3]),
        ("nonsense", [1, 2, 3]),
    ],
)
def test_sorting(here: Room, sort: str, expected: list[int]) -> None:
    here.scored(1, 2, 5)
    here.scored(2, 4, 4)
    here.asked(3)
    here.decide(2, "accept")
    Comment.objects.create(paper=here.papers[2], author=here.other, text="Late!")
    assert order(table(here, f"?sort={sort}")) == expected


def test_sorted_columns_say_so(here: Room) -> None:
    assert 'aria-sort="descending"' in table(here, "?sort=merit")
    assert 'aria-sort="ascending"' in table(here, "?sort=-merit")


def test_a_mistake_in_the_search_points_at_its_place(here: Room) -> None:
    response = here.client().get(here.url("chair_decisions"), {"q": "topic:fed colour:red"})
    html = response.content.decode()
    assert response.status_code == 422
    assert "“colour:” is not something to search by" in html
    assert "topic:fed colour:red\n          ^" in html
    assert 'aria-invalid="true" aria-describedby="q_error"' in html
    assert order(html) == []


def test_unread_comments_are_counted_for_the_reader(here: Room) -> None:
    Comment.objects.create(paper=here.papers[0], author=here.other, text="What do you think?")
    Comment.objects.create(paper=here.papers[0], author=here.chair, text="Good.")
    assert "2 comments, 1 new" in words(table(here))
    DiscussionRead.objects.create(paper=here.papers[0], user=here.chair, at=Comment.objects.last().at)
    assert "1 new" not in words(table(here))


def test_deciding_on_the_page_and_after_somebody_else(here: Room) -> None:
    here.scored(1, 4, 4)
    client, url = here.client(), here.url("chair_decision", 1)
    page = client.get(url).content.decode()
    assert "Secret words for chairs." in page
    revision = re.search(r'name="revision" value="(\d+)"', page).group(1)
    here.decide(1, "reject", by=here.other)
    response = client.post(url, {"outcome": "accept", "category": "short", "revision": revision})
    html = response.content.decode()
    assert response.status_code == 409
    assert "Otto Other decided “reject”" in words(html)
    assert re.search(r'value="accept"[^>]*checked', html), "the choice is still there"
    fresh = re.search(r'name="revision" value="(\d+)"', html).group(1)
    response = client.post(url, {"outcome": "accept", "category": "short", "revision": fresh}, follow=True)
    assert "#1: accept as Short paper." in words(response.content.decode())
    response = client.post(
        here.url("chair_decision_take_back", 1), {"revision": here.revision(1)}, follow=True
    )
    assert "#1 has no decision now." in words(response.content.decode())
    history = words(response.content.decode())
    assert "Chiara Chair took the decision back outcome: accept → none" in history


def test_the_page_leads_to_the_next_paper_without_a_decision(here: Room) -> None:
    def leads_to(number: int) -> list[str]:
        page = here.client().get(here.url("chair_decision", number)).content.decode()
        return re.findall(r"Next without a decision: (#\d+)", page)

    assert [leads_to(number) for number in (1, 2, 3)] == [["#2"], ["#3"], ["#1"]]
    here.decide(2, "reject")
    assert leads_to(1) == ["#3"]
    here.wall(here.chair, 3)
    assert leads_to(1) == [], "the only other one is behind a wall"
    assert leads_to(2) == ["#1"]


def test_reviews_are_new_until_the_chair_says_they_were_read(here: Room) -> None:
    here.scored(1, 4, 4)
    client, url = here.client(), here.url("chair_decision", 1)
    page = client.get(url).content.decode()
    read = re.findall(r'name="read" value="([^"]+)"', page)
    assert len(read) == 2
    client.post(here.url("chair_decision_read", 1), {"read": [*read, "nonsense", "9999:1"]})
    assert "I have read these" not in client.get(url).content.decode()
    assert "I have read these" in here.client(here.other).get(url).content.decode()


def test_a_form_without_a_choice_is_refused(here: Room) -> None:
    response = here.client().post(here.url("chair_decision", 1), {"revision": 0})
    assert response.status_code == 422
    assert "Choose a decision." in response.content.decode()
    response = here.client().post(here.url("chair_decision", 1), {"revision": 0, "outcome": "conditional"})
    assert "Write the conditions" in response.content.decode()


def test_bulk_previews_then_applies(here: Room) -> None:
    here.scored(1, 1, 2)
    client, url = here.client(), here.url("chair_decisions_bulk")
    html = client.post(url, {"paper": [1, 2, 77]}).content.decode()
    assert "Decide on 2 papers" in html
    data = {"paper": [1, 2], "step": "preview", "outcome": "reject", "note": "Weak."}
    html = client.post(url, data).content.decode()
    assert "2 papers would change." in words(html)
    assert "1 of them lacks reviews" in words(html) or "1 of them lack reviews" in words(html)
    assert not Decision.objects.exists()
    hidden = dict(re.findall(r'name="(revision-\d+)" value="(\d+)"', html))
    response = client.post(url, {**data, **hidden, "step": "apply"}, follow=True)
    assert "2 papers decided: #1, #2." in words(response.content.decode())
    assert {it.outcome for it in Decision.objects.all()} == {"reject"}
    back = {**data, "revision-1": 1, "revision-2": 1, "step": "apply", "outcome": "none"}
    told = words(client.post(url, back, follow=True).content.decode())
    assert "2 papers have no decision now: #1, #2." in told


def test_bulk_names_a_shepherd_and_leaves_out_papers_in_conflict(here: Room) -> None:
    client, url, anna = here.client(), here.url("chair_decisions_bulk"), here.members[0]
    assigning.conflict(anna, here.papers[1])
    data = {"paper": [1, 2, 3], "outcome": "conditional", "conditions": "Add data.", "shepherd": anna.pk}
    html = client.post(url, {**data, "step": "preview"}).content.decode()
    assert "Shepherd: Anna Bell." in words(html)
    assert "Anna Bell has a conflict with #2" in words(html)
    hidden = dict(re.findall(r'name="(revision-\d+|shepherd)" value="(\d+)"', html))
    assert set(hidden) == {"revision-1", "revision-3", "shepherd"}
    going = {**data, **hidden, "paper": [1, 3], "step": "apply"}
    assert "2 papers decided: #1, #3." in words(client.post(url, going, follow=True).content.decode())
    assert set(Decision.objects.values_list("paper__number", "shepherd")) == {(1, anna.pk), (3, anna.pk)}
    again = {**data, "shepherd": "", "conditions": "Add code.", "step": "preview"}
    assert "Shepherd: Anna Bell." in words(client.post(url, again).content.decode()), "left as it is"


def test_bulk_gives_papers_to_a_chair(here: Room) -> None:
    client, url = here.client(), here.url("chair_decisions_bulk")
    assert "Or only say who handles them" in client.post(url, {"paper": [1, 2]}).content.decode()
    data = {"paper": [1, 2], "step": "handling", "chair": here.other.pk}
    assert "Otto Other handles #1, #2 now." in client.post(url, data, follow=True).content.decode()
    here.wall(here.other, 3)
    refused = client.post(url, {**data, "paper": [2, 3]}, follow=True)
    assert "Otto Other has a conflict with #3. Nothing was changed" in refused.content.decode()
    refused = client.post(url, {**data, "chair": "99999"}, follow=True)
    assert "“99999” is not a chair" in refused.content.decode()
    assert dict(Handling.objects.values_list("paper__number", "chair")) == {
        1: here.other.pk,
        2: here.other.pk,
    }


def test_bulk_of_a_search_takes_every_page(here: Room) -> None:
    committee.papers(here.call, 60)
    html = (
        here.client()
        .post(here.url("chair_decisions_bulk"), {"all": "1", "q": "#1 or #2 or #61"})
        .content.decode()
    )
    assert "Decide on 3 papers" in html


def test_bulk_after_somebody_else_shows_the_preview_as_of_now(here: Room) -> None:
    here.decide(1, "accept", by=here.other)
    data = {"paper": [1, 2], "step": "apply", "outcome": "reject", "revision-1": 0, "revision-2": 0}
    response = here.client().post(here.url("chair_decisions_bulk"), data)
    html = words(response.content.decode())
    assert response.status_code == 409
    assert "#1: Otto Other decided “accept”" in html
    assert "The preview below is as of now." in html
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("wanted", ["None", "%00", "7", "//elsewhere.example/", "https://elsewhere.example/"])
def test_a_form_leads_on_to_pages_of_the_site_only(here: Room, wanted: str) -> None:
    answer = here.client().post(here.url("chair_decision_take_back", 1), {"revision": 0, "next": wanted})
    assert (answer.status_code, answer["Location"]) == (302, here.url("chair_decision", 1))


def test_nothing_chosen_is_said(here: Room) -> None:
    response = here.client().post(here.url("chair_decisions_bulk"), {}, follow=True)
    assert "No paper was chosen." in response.content.decode()


def test_tags_of_one_and_of_many(here: Room) -> None:
    client = here.client()
    client.post(here.url("chair_decisions_tags"), {"paper": [1, 3], "tag": "Award, read-again", "do": "add"})
    assert sorted(PaperTag.objects.values_list("paper__number", "name")) == [
        (1, "award"), (1, "read-again"), (3, "award"), (3, "read-again"),
    ]  # fmt: skip
    client.post(here.url("chair_decisions_tags"), {"paper": [1], "tag": "award", "do": "remove"})
    client.post(here.url("chair_decision_tags", 3), {"tags": "award best"})
    assert sorted(PaperTag.objects.values_list("paper__number", "name")) == [
        (1, "read-again"), (3, "award"), (3, "best"),
    ]  # fmt: skip
    response = client.post(here.url("chair_decision_tags", 3), {"tags": "no/slash"}, follow=True)
    assert "“no/slash” cannot be a tag" in response.content.decode()
    assert order(table(here, "?q=tag:best")) == [3]


def test_the_handling_chair_is_chosen_by_hand_among_those_without_conflict(here: Room) -> None:
    client, url = here.client(), here.url("chair_decision_handling", 1)
    client.post(url, {"chair": here.other.pk})
    assert "Otto Other" in table(here, "?q=chair:otto")
    here.wall(here.other, 1)
    page = client.get(here.url("chair_decision", 1)).content.decode()
    assert f'<option value="{here.other.pk}"' not in page
    response = client.post(url, {"chair": here.other.pk}, follow=True)
    assert "has a conflict with #1" in response.content.decode()
    assert handling.keep(here.call) == 1
    assert order(table(here, "?q=chair:chiara")) == [1]


@pytest.mark.parametrize("name", ["chair_decisions", "chair_review_progress", "chair_meeting"])
def test_lists_take_the_same_queries_for_any_number_of_papers(here: Room, name: str) -> None:
    def queries() -> int:
        client = here.client()
        client.get(here.url(name))
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(here.url(name)).status_code == 200
        return len(seen)

    here.scored(1, 4, 4)
    PaperTag.objects.create(paper=here.papers[0], name="award")
    here.decide(1, "accept", category="short")
    few = queries()
    here.papers += committee.papers(here.call, 20)
    for number in range(4, 20):
        here.scored(number, 2, 5, 3)
        here.decide(number, "accept", category="short")
        PaperTag.objects.create(paper=here.papers[number - 1], name="award")
    assert queries() == few
