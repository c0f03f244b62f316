"""Which chair looks after a paper: by hand, by itself, and when no chair can."""

import pytest

from accounts import audit
from reviews.models import Conflict, Handling
from reviews.services import handling
from submissions.services.errors import NotAllowed, Refused
from tests import factories
from tests.reviews import committee, deciding
from tests.reviews.deciding import Room

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Room:
    return deciding.room()


def chairs(here: Room) -> dict[int, str]:
    rows = Handling.objects.filter(chair__isnull=False).values_list("paper__number", "chair__name")
    return dict(rows)


def test_without_conflicts_nobody_is_chosen(here: Room) -> None:
    assert handling.keep(here.call) == 0
    assert chairs(here) == {}


def test_papers_that_a_chair_must_not_handle_go_to_the_others_evenly(here: Room) -> None:
    factories.chair(here.call, "Third Chair")
    here.papers += committee.papers(here.call, 1)
    for number in (1, 2, 3, 4):
        here.wall(here.chair, number)
    assert handling.keep(here.call) == 4
    assert chairs(here) == {1: "Otto Other", 2: "Third Chair", 3: "Otto Other", 4: "Third Chair"}
    assert handling.keep(here.call) == 0, "and it stays"
    entry = audit.history(here.papers[0]).first()
    assert (entry.verb, entry.actor) == ("handling.chosen", None)


def test_a_choice_by_hand_stays_until_a_conflict_ends_it(here: Room) -> None:
    handling.set_chair(actor=here.chair, paper=here.papers[0], chair=here.other)
    third = factories.chair(here.call, "Third Chair")
    here.wall(third, 1)
    assert handling.keep(here.call) == 0
    assert chairs(here) == {1: "Otto Other"}
    here.wall(here.other, 1)
    assert handling.keep(here.call) == 1
    assert chairs(here) == {1: "Chiara Chair"}
    Conflict.objects.all().delete()
    assert handling.keep(here.call) == 0, "nobody is changed without need"


def test_many_papers_get_a_chair_or_none_does(here: Room) -> None:
    everything = {"actor": here.chair, "edition": here.call, "numbers": [1, 2, 3]}
    assert len(handling.set_many(**everything, chair=here.other)) == 3
    assert not handling.set_many(**everything, chair=here.other), "it was so already"
    here.wall(here.other, 2)
    with pytest.raises(Refused, match=r"Otto Other has a conflict with #2. Nothing was changed"):
        handling.set_many(**everything, chair=here.other)
    handling.set_many(actor=here.chair, edition=here.call, numbers=[1, 3], chair=None)
    assert chairs(here) == {2: "Otto Other"}, "the next sweep gives it to another"
    with pytest.raises(NotAllowed):
        handling.set_many(**{**everything, "actor": here.other}, chair=here.other)


def test_a_chair_who_leaves_office_no_longer_handles(here: Room) -> None:
    handling.set_chair(actor=here.chair, paper=here.papers[0], chair=here.other)
    here.call.roles.filter(user=here.other).delete()
    handling.keep(here.call)
    assert chairs(here) == {1: "Chiara Chair"}


def test_who_is_no_chair_is_refused(here: Room) -> None:
    with pytest.raises(Refused, match="does not run this edition"):
        handling.set_chair(actor=here.chair, paper=here.papers[0], chair=here.members[0].user)


def test_administrators_see_what_no_chair_can_handle(here: Room) -> None:
    admin = factories.with_second_factor(factories.person("Alex Admin", is_staff=True, is_superuser=True))
    here.wall(here.chair, 2)
    assert handling.without_chair(actor=admin, edition=here.call) == []
    here.wall(here.other, 2)
    handling.keep(here.call)
    assert chairs(here) == {}
    assert handling.without_chair(actor=admin, edition=here.call) == [here.papers[1]]
    html = here.client(admin).get(here.url("chair_decisions")).content.decode()
    assert "No chair can handle" in html
    for chair in (here.chair, here.other):
        assert handling.without_chair(actor=chair, edition=here.call) == []
