"""Two chairs at the same moment: one wins, the other is told what was decided."""

import pytest

from accounts import audit
from reviews.models import Decision, Handling, PaperTag
from reviews.services import decisions, handling, tags
from reviews.services.decisions import AlreadyDecided, Choice
from tests.reviews import deciding
from tests.reviews.deciding import Room
from tests.reviews.test_assignments_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def here() -> Room:
    return deciding.room()


@pytest.mark.parametrize("begin", ["nothing", "decided"])
def test_of_two_who_decide_at_once_one_wins_and_the_other_reads_what(here: Room, begin: str) -> None:
    if begin == "decided":
        here.decide(1, "conditional", conditions="More.")
    seen = here.revision(1)

    def act(actor, outcome):
        return lambda: decisions.decide(
            actor=actor, paper=here.papers[0], choice=Choice(outcome), revision=seen
        )

    answers = at_once(act(here.chair, "accept"), act(here.other, "reject"))
    lost = [it for it in answers if isinstance(it, AlreadyDecided)]
    assert len(lost) == 1, answers
    row = Decision.objects.get()
    assert f"decided “{row.get_outcome_display()}”" in str(lost[0])
    assert row.decided_by.name in str(lost[0])
    made = audit.history(here.papers[0]).filter(actor=row.decided_by, verb__startswith="decision.")
    assert made.filter(data__outcome__1=row.outcome).count() == 1


def test_of_two_who_decide_on_many_at_once_nothing_is_mixed(here: Room) -> None:
    here.asked(1)

    def act(actor, outcome, numbers):
        expected = dict.fromkeys(numbers, 0)
        return lambda: decisions.apply_many(
            actor=actor, edition=here.call, choice=Choice(outcome), expected=expected
        )

    answers = at_once(
        act(here.chair, "desk_reject", (1, 2, 3)),
        act(here.other, "accept", (3, 2)),
        lambda: handling.keep(here.call),
        lambda: tags.change(actor=here.other, edition=here.call, numbers=[1, 2, 3], add=["seen"]),
    )
    assert sum(isinstance(it, AlreadyDecided) for it in answers[:2]) == 1, answers
    told = set(Decision.objects.values_list("paper__number", "outcome"))
    assert told in (
        {(1, "desk_reject"), (2, "desk_reject"), (3, "desk_reject")},
        {(2, "accept"), (3, "accept")},
    )
    assert PaperTag.objects.count() == 3


def test_two_who_choose_the_handling_chair_at_once_leave_one_row(here: Room) -> None:
    at_once(
        lambda: handling.set_chair(actor=here.chair, paper=here.papers[0], chair=here.chair),
        lambda: handling.set_chair(actor=here.other, paper=here.papers[0], chair=here.other),
        lambda: handling.keep(here.call),
    )
    assert Handling.objects.get().chair in (here.chair, here.other)
