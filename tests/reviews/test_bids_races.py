"""Bids and own papers at the same moment: every pair of requests ends as if one had come after the other."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from reviews.models import AffinityColumn, Bid, Conflict, Member
from reviews.services import affinity, bids
from submissions.models import Edition
from submissions.services import papers
from submissions.services.errors import NotAllowed, Refused
from tests import factories
from tests.reviews import committee
from tests.submissions.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def call() -> Edition:
    return committee.closed_edition()


@pytest.fixture
def mona(call: Edition) -> Member:
    return committee.member(call)


def place(member: Member, level: int | None) -> Any:
    return bids.place(actor=member.user, member=member, number=1, level=level, arrived_at=timezone.now())


def test_a_double_click_and_two_windows(call: Edition, mona: Member) -> None:
    committee.papers(call)
    at_once(*(lambda: place(mona, 3) for _ in range(4)))
    assert Bid.objects.get().level == 3
    assert AuditEntry.objects.filter(verb="bid.placed").count() == 1
    at_once(lambda: place(mona, 0), lambda: place(mona, 2))
    told = list(
        AuditEntry.objects.filter(verb="bid.placed").order_by("pk").values_list("data__bid", flat=True)
    )
    assert [before for before, _ in told[1:]] == [after for _, after in told[:-1]], "one came after the other"
    assert told[-1][1] == Bid.objects.get().get_level_display()


def test_a_bid_while_the_paper_is_withdrawn(call: Edition, mona: Member) -> None:
    (paper,) = committee.papers(call)
    answer, _ = at_once(
        lambda: place(mona, 3),
        lambda: papers.withdraw(actor=committee.author(), paper=factories.fresh(paper)),
    )
    assert isinstance(answer, NotAllowed) == (not Bid.objects.exists())


def test_a_bid_while_a_conflict_is_found(call: Edition, mona: Member) -> None:
    (paper,) = committee.papers(call)

    def found() -> None:
        Conflict.objects.create(
            paper=paper, member=mona, rule="collaborator", confidence="certain", evidence="They met."
        )

    answer, _ = at_once(lambda: place(mona, 3), found)
    assert isinstance(answer, Refused) == (not Bid.objects.exists())
    assert factories.signed_in(mona.user).get("/2021/member/bids/").content.count(b'id="paper-') == 0


def test_two_workers_compute_at_once(call: Edition, mona: Member) -> None:
    committee.papers(call, title="Sparse gradients")
    factories.signed_in(mona.user).post("/2021/member/papers/add/", {"text": "Gradients", "action": "keep"})
    written = at_once(*(lambda: affinity.refresh(call.pk) for _ in range(3)))
    assert sum(written) == 1
    assert AffinityColumn.objects.get().scores


def test_the_same_list_sent_twice_at_once(call: Edition, mona: Member) -> None:
    call.deadlines.update(at=timezone.now() + timedelta(days=1))
    browsers = [factories.signed_in(mona.user) for _ in range(3)]
    sent = {"text": "One work\n\nTwo works", "action": "keep"}
    answers = at_once(
        *(lambda it=it: it.post("/2021/member/papers/add/", sent).status_code for it in browsers)
    )
    assert answers == [302, 302, 302]
    assert mona.own_papers.count() == 2
