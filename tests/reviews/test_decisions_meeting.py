"""The meeting on a projector, the progress of reviews, and finding somebody in an emergency."""

import pytest
from django.test import Client

from reviews import review_progress
from reviews.models import Assignment, AuthorResponse, Decision
from tests import factories
from tests.reviews import assigning, deciding
from tests.reviews.deciding import Room

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Room:
    return deciding.room()


def begin(here: Room, **data: object) -> Client:
    client = here.client()
    present = [it.pk for it in here.members]
    response = client.post(here.url("chair_meeting"), {"present": present, **data})
    assert response.status_code == 302, response.content.decode()
    return client


def show(here: Room, client: Client, number: int, query: str = "") -> str:
    return client.get(here.url("chair_meeting_paper", number) + query).content.decode()


def test_who_has_a_conflict_is_asked_to_step_out_before_anything_is_shown(here: Room) -> None:
    here.scored(1, 4, 4)
    assigning.conflict(here.members[2], here.papers[0])
    client = begin(here)
    html = show(here, client, 1)
    assert "Please step out" in html
    assert "Clara Dahl" in html
    assert "Anna Bell" not in html
    assert "share an office" not in html, "not why"
    assert here.papers[0].title not in html
    assert here.papers[0].title in show(here, client, 1, "?out=yes")
    assert "Please step out" not in show(here, client, 2)


def test_who_is_not_in_the_room_is_not_named(here: Room) -> None:
    assigning.conflict(here.members[2], here.papers[0])
    client = begin(here, present=[here.members[0].pk])
    assert "Please step out" not in show(here, client, 1)


def test_an_author_in_the_committee_steps_out_too(here: Room) -> None:
    here.papers[0].authors.create(position=1, name="A. Bell", email=here.members[0].email)
    assert "Anna Bell" in show(here, begin(here), 1)


def test_names_are_shown_only_if_asked_and_remarks_for_chairs_never(here: Room) -> None:
    here.scored(1, 4, 5)
    html = show(here, begin(here), 1)
    assert "Anna Bell" not in html
    assert "Secret words for chairs." not in html
    assert "It compresses gradients." in html
    html = show(here, begin(here, names="1"), 1)
    assert "Anna Bell" in html
    assert "Secret words for chairs." not in html


def test_chairs_read_the_response_as_it_was_submitted(here: Room) -> None:
    AuthorResponse.objects.create(
        paper=here.papers[0],
        submitted_text="We thank you.",
        text="We thank you. Half a",
        submitted_at=factories.timezone.now(),
    )
    client = begin(here)
    for page in (show(here, client, 1), client.get(here.url("chair_decision", 1)).content.decode()):
        assert "We thank you." in page
        assert "Half a" not in page, "what its authors write meanwhile is a draft of theirs"


def test_the_order_is_that_of_the_list_and_stays(here: Room) -> None:
    here.scored(1, 1, 2)
    here.scored(2, 5, 5)
    client = begin(here, q="dec:none", sort="merit")
    html = show(here, client, 2)
    assert "1 of 3" in html
    assert here.url("chair_meeting_paper", 1) in html
    here.decide(2, "accept")
    assert "2 of 3" in show(here, client, 1), "decided papers stay in the order"


def test_buttons_decide_and_keep_what_was_written(here: Room) -> None:
    here.decide(1, "reject", note="As we said.")
    client, url = begin(here), here.url("chair_meeting_paper", 1)
    client.post(url, {"decide": "accept:short", "revision": here.revision(1)})
    row = Decision.objects.select_related("category").get()
    assert (row.outcome, row.category.slug, row.note) == ("accept", "short", "As we said.")
    html = client.post(url, {"decide": "reject", "revision": 0}, follow=True).content.decode()
    assert "was decided meanwhile" in html
    assert Decision.objects.get().outcome == "accept"


def test_a_meeting_about_nothing_is_refused_in_words(here: Room) -> None:
    response = here.client().post(here.url("chair_meeting"), {"q": "dec:accept"})
    assert response.status_code == 422
    assert "This search finds no paper." in response.content.decode()
    response = here.client().post(here.url("chair_meeting"), {"q": "(("})
    assert response.status_code == 422


# -- progress -----------------------------------------------------------------------------------------------------------


def test_progress_says_what_is_in_late_and_at_risk(here: Room) -> None:
    factories.deadline(here.call, "reviews", factories.timezone.now() - factories.timedelta(hours=1))
    here.scored(1, 4, 4, 4)
    here.asked(2, 2)
    html = here.client().get(here.url("chair_review_progress")).content.decode()
    assert "3 of 5 reviews are in" in html
    assert "0 of 2 reviews in. 2 of 3 reviewers are asked. 2 reviews are late." in html
    assert "None of 3 reviewers are asked." in html
    assert "<polyline" in html


def test_a_decided_paper_is_not_at_risk(here: Room) -> None:
    here.scored(1, 4, 4, 4)
    here.asked(2, 2)
    here.decide(3, "desk_reject")
    assert [it.paper.number for it in review_progress.of(here.chair, here.call).risks] == [2]
    here.decide(2, "reject")
    assert not review_progress.of(here.chair, here.call).risks


def test_emergency_candidates_have_no_conflict_and_room(here: Room) -> None:
    here.asked(1, 1)
    assigning.conflict(here.members[1], here.papers[0])
    client = here.client()
    html = client.get(here.url("chair_emergency", 1)).content.decode()
    assert "Clara Dahl" in html
    assert "Boris Crane" not in html
    letter = client.get(here.url("chair_emergency", 1) + f"?member={here.members[2].pk}").content.decode()
    assert "What Clara Dahl would read" in letter
    assert "#1 Paper 1" in letter
    assert not assigning.letters()
    here.members[2].load_wanted = 0
    here.members[2].save()
    assert "Nobody has room" in client.get(here.url("chair_emergency", 1)).content.decode()


def test_one_click_asks_in_the_emergency_round(here: Room) -> None:
    url = here.url("chair_assignment_pair", 1, here.members[2].pk)
    here.client().post(url, {"action": "assign", "round": "emergency"})
    assert Assignment.objects.get().round == "emergency"
    assert len(assigning.letters()) == 1
