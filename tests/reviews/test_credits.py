"""Whom to thank: members and their guests, of the papers that a chair handles."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.models import Review
from tests import factories
from tests.reviews import assigning, committee, reviewing

pytestmark = pytest.mark.django_db
URL = "/2021/chair/committee/credits/"


def test_members_and_guests_are_named_and_drafts_are_not() -> None:
    desk = reviewing.desk(reviewers=3)
    client = factories.signed_in(desk.chair)
    assert "No review is in yet" in client.get(URL).content.decode()
    review = reviewing.submitted(desk.rows[1])
    Review.objects.filter(pk=review.pk).update(guest_name="Guido Guest")
    Review.objects.create(assignment=desk.rows[2], answers={"summary": "Begun."}, revision=1)
    page = client.get(URL).content.decode()
    for words in ("R1 Reviewer1", "Guido Guest", "External reviewers"):
        assert words in page
    for words in ("R0 Reviewer0", "R2 Reviewer2"):
        assert words not in page


def test_a_chair_with_a_conflict_is_not_told_of_that_papers_reviewers() -> None:
    desk = reviewing.desk(reviewers=2)
    (second,) = committee.papers(desk.call, 1)
    for row in desk.rows:
        reviewing.submitted(row)
    reviewing.submitted(reviewing.assigned(desk.members[1], second))
    assigning.wall(desk.chair, desk.paper)
    page = factories.signed_in(desk.chair).get(URL).content.decode()
    assert "R0 Reviewer0" not in page
    assert '<td data-label="Reviews" class="num">1</td>' in page


def test_it_costs_the_same_for_one_and_for_three_reviewers() -> None:
    desk = reviewing.desk(reviewers=3)
    client, costs = factories.signed_in(desk.chair), []
    client.get(URL)
    for rows in (desk.rows[:1], desk.rows[1:]):
        for row in rows:
            reviewing.submitted(row)
        with CaptureQueriesContext(connection) as caught:
            client.get(URL)
        costs.append(len(caught))
    assert costs[0] == costs[1]
