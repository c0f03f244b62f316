"""What happens at the same moment: every pair of requests ends as if one had come after the other."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import Message, User
from submissions.models import Edition, Paper
from submissions.services import papers, settling
from submissions.services.errors import Closed, NotAllowed, Refused, Stale
from tests import factories
from tests.factories import Form

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def call() -> Edition:
    return factories.edition()


@pytest.fixture
def ada() -> User:
    return factories.person("Ada Author")


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act returned, or the refusal it raised; all begin together, each with a connection of its own."""
    gate, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        gate.wait()
        try:
            found[place] = act()
        except Refused as error:
            found[place] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return found


def test_a_form_posted_four_times_at_once_makes_one_paper_and_one_receipt(call: Edition, ada: User) -> None:
    form = Form.filled(call, ada)
    browsers = [factories.signed_in(ada) for _ in range(4)]

    def post(browser: Any) -> int:
        return int(browser.post(reverse("paper_new", args=["2021"]), form.with_file().fields).status_code)

    answers = at_once(*(lambda browser=browser: post(browser) for browser in browsers))
    paper = Paper.objects.get()
    assert paper.state == "submitted"
    assert paper.manuscripts.count() == 1
    assert set(answers) <= {302, 409}, "saved, or shown beside what the other request saved"
    assert Message.objects.filter(kind="receipt", to=ada.email).count() == 1


def test_papers_begun_at_once_have_numbers_of_their_own(call: Edition, ada: User) -> None:
    now = timezone.now()
    made = at_once(
        *(
            lambda: papers.create(actor=ada, edition=call, creation_key=uuid4(), arrived_at=now).number
            for _ in range(6)
        )
    )
    assert sorted(made) == [1, 2, 3, 4, 5, 6]


def test_nobody_has_more_papers_than_allowed_by_asking_at_once(
    call: Edition, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(papers, "MAX_PAPERS_PER_PERSON", 2)
    now = timezone.now()
    made = at_once(
        *(
            lambda: papers.create(actor=ada, edition=call, creation_key=uuid4(), arrived_at=now)
            for _ in range(5)
        )
    )
    assert sum(isinstance(it, Refused) for it in made) == 3
    assert Paper.objects.count() == 2


def saving(paper: Paper, actor: User, title: str) -> Callable[[], Any]:
    data = factories.whole_data(paper.edition, factories.author_data(actor), title=title)
    now = timezone.now()
    return lambda: (
        papers.save(actor=actor, paper=paper, revision=paper.revision, data=data, arrived_at=now).paper.title
    )


def test_of_two_edits_of_the_same_version_one_is_shown_both(call: Edition, ada: User) -> None:
    paper = factories.paper(call, ada)
    ended = at_once(saving(paper, ada, "One"), saving(factories.fresh(paper), ada, "Two"))
    assert [type(it) for it in ended].count(Stale) == 1
    assert factories.fresh(paper).title in ended
    assert factories.fresh(paper).revision == paper.revision + 1


def test_an_edit_does_not_bring_back_what_is_withdrawn_in_the_same_moment(call: Edition, ada: User) -> None:
    paper = factories.paper(call, ada)
    again = factories.fresh(paper)
    saved, withdrawn = at_once(
        saving(paper, ada, "Late"), lambda: papers.withdraw(actor=ada, paper=again).state
    )
    assert withdrawn == "withdrawn"
    assert factories.fresh(paper).state == "withdrawn"
    assert saved == "Late" or isinstance(saved, Closed)
    assert not Message.objects.filter(kind="receipt", due_at__gt=timezone.now()).exists()


def test_a_paper_is_brought_back_once(call: Edition, ada: User) -> None:
    paper = factories.paper(call, ada)
    papers.withdraw(actor=ada, paper=paper)
    now = timezone.now()
    ended = at_once(
        *(lambda: papers.revive(actor=ada, paper=factories.fresh(paper), arrived_at=now) for _ in range(3))
    )
    assert [type(it) for it in ended].count(Refused) == 2
    assert factories.fresh(paper).state == "submitted"


def test_a_conflict_declared_while_a_chair_acts_stops_the_chair(
    call: Edition, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    chair, paper = factories.chair(call), factories.paper(call, ada)

    def declared_while_waiting(locked: Paper) -> Paper:
        locked.declared_conflicts.create(role=call.roles.get(user=chair))
        return real(locked)

    real = settling.lock
    monkeypatch.setattr(settling, "lock", declared_while_waiting)
    with pytest.raises(NotAllowed):
        papers.mark_out_of_scope(actor=chair, paper=paper, reason="Not ours.")
    assert factories.fresh(paper).state == "submitted"
