"""Affinity in the worker: computed where it is out of date, and only there."""

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from reviews import tasks
from reviews.models import AffinityColumn, CommitteeSettings, Member, OwnPaper
from reviews.services import affinity, own_papers
from submissions.models import Edition, Paper
from tests import factories
from tests.reviews import committee

pytestmark = pytest.mark.django_db

GRADIENTS = "Compressing gradients over slow networks"
CACHES = "Cache coherence for many core processors"


@pytest.fixture
def call() -> Edition:
    return committee.closed_edition()


@pytest.fixture
def mona(call: Edition) -> Member:
    return committee.member(call)


def submissions(call: Edition) -> tuple[Paper, Paper]:
    (one,) = committee.papers(call, title=GRADIENTS, abstract="Gradients are compressed.")
    (two,) = committee.papers(call, title=CACHES, abstract="Caches of processors.")
    return one, two


def wrote(member: Member, title: str) -> OwnPaper:
    return OwnPaper.objects.create(
        member=member, title=title, source="pasted", fingerprint=own_papers.fingerprint(title)
    )


def scores(member: Member) -> dict[str, float]:
    return AffinityColumn.objects.get(member=member).scores


def test_a_column_says_which_submissions_are_near(call: Edition, mona: Member) -> None:
    near, far = submissions(call)
    own = wrote(mona, "Sparse gradients for slow networks")
    wrote(mona, "A cookbook")
    tasks.refresh_affinity(call.pk)
    column = AffinityColumn.objects.get(member=mona)
    assert column.scores[str(near.pk)] > 0.1
    assert column.scores[str(far.pk)] == 0
    assert column.nearest[str(near.pk)] == [own.pk]
    assert column.nearest[str(far.pk)] == []
    assert 0 < column.reference <= 1
    page = factories.signed_in(mona.user).get("/2021/member/bids/").content.decode()
    assert page.index(GRADIENTS) < page.index(CACHES)


def test_nothing_is_computed_where_nothing_changed(
    call: Edition, mona: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    submissions(call)
    wrote(mona, "Sparse gradients")
    other = committee.member(call, "Nora Next")
    wrote(other, "Processors with caches")
    assert affinity.refresh(call.pk) == 2
    before = AffinityColumn.objects.get(member=mona)
    assert affinity.refresh(call.pk) == 0
    # A new paper of one member outdates that member's column.
    wrote(other, "More caches")
    assert affinity.refresh(call.pk) == 1
    assert AffinityColumn.objects.get(member=mona).computed_at == before.computed_at
    # A changed submission outdates all: words weigh differently.
    Paper.objects.filter(title=CACHES).update(abstract="Something else altogether.")
    assert affinity.refresh(call.pk) == 2
    Paper.objects.filter(title=CACHES).update(state="withdrawn")
    assert affinity.refresh(call.pk) == 2
    assert len(scores(mona)) == 1


def test_removing_the_own_papers_empties_the_column(call: Edition, mona: Member) -> None:
    submissions(call)
    wrote(mona, "Sparse gradients")
    affinity.refresh(call.pk)
    mona.own_papers.all().delete()
    assert affinity.refresh(call.pk) == 1
    assert scores(mona) == {}
    assert affinity.refresh(call.pk) == 0


def test_two_runs_at_once_leave_what_one_would(
    call: Edition, mona: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one run computes, another does the same from start to end; the first finds its work done."""
    submissions(call)
    wrote(mona, "Sparse gradients")
    compute = affinity.domain.affinities
    inner: list[int] = []

    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        if not inner:
            inner.append(-1)
            inner[0] = affinity.refresh(call.pk)
        return compute(*args, **kwargs)

    monkeypatch.setattr(affinity.domain, "affinities", meanwhile)
    assert affinity.refresh(call.pk) == 0
    assert inner == [1]
    assert AffinityColumn.objects.count() == 1


def test_a_paper_added_while_computing_is_found_by_the_next_run(
    call: Edition, mona: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    near, _ = submissions(call)
    wrote(mona, "A cookbook")
    compute = affinity.domain.affinities

    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        found = compute(*args, **kwargs)
        if mona.own_papers.count() == 1:
            wrote(mona, GRADIENTS)
        return found

    monkeypatch.setattr(affinity.domain, "affinities", meanwhile)
    affinity.refresh(call.pk)
    assert affinity.refresh(call.pk) == 1
    assert scores(mona)[str(near.pk)] > 0.1


def test_a_member_who_goes_meanwhile_is_no_error(
    call: Edition, mona: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    submissions(call)
    wrote(mona, "Sparse gradients")
    compute = affinity.domain.affinities

    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        Member.objects.all().delete()
        return compute(*args, **kwargs)

    monkeypatch.setattr(affinity.domain, "affinities", meanwhile)
    assert affinity.refresh(call.pk) == 0
    assert not AffinityColumn.objects.exists()


def test_it_waits_for_the_papers_and_ends_after_the_edition(call: Edition, mona: Member) -> None:
    submissions(call)
    wrote(mona, "Sparse gradients")
    assert affinity.editions_to_keep() == [call.pk]
    call.deadlines.filter(kind="submission").update(at=timezone.now() + timedelta(days=1))
    assert affinity.editions_to_keep() == []
    CommitteeSettings.objects.create(edition=call, bids_before_deadline=True)
    assert affinity.editions_to_keep() == [call.pk]
    call.deadlines.filter(kind="notification").update(at=timezone.now() - timedelta(days=61))
    assert affinity.editions_to_keep() == []
    tasks.refresh_all_affinity()
    assert not AffinityColumn.objects.exists()


def test_the_sweep_does_every_edition(call: Edition, mona: Member) -> None:
    before = committee.closed_edition("2020")
    old = committee.member(before, user=mona.user)
    for edition, member in ((call, mona), (before, old)):
        submissions(edition)
        wrote(member, "Sparse gradients")
    tasks.refresh_all_affinity()
    assert AffinityColumn.objects.count() == 2


def test_texts_without_a_word_are_no_error(call: Edition, mona: Member) -> None:
    committee.papers(call, title="?!", abstract="…")
    wrote(mona, "Sparse gradients")
    assert affinity.refresh(call.pk) == 1
    assert scores(mona) == {}
    Paper.objects.update(state="withdrawn")
    affinity.refresh(call.pk)
    assert scores(mona) == {}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the worker is asked for."""
    found: list[Any] = []
    monkeypatch.setattr(affinity.current_app, "send_task", lambda name, args, **_: found.append((name, args)))
    return found


def test_changes_wake_the_worker_once(
    call: Edition, mona: Member, asked: list[Any], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    client = factories.signed_in(mona.user)
    wanted = ("reviews.tasks.refresh_affinity", [call.pk])

    def woken(act: Callable[[], object]) -> bool:
        cache.clear()
        asked.clear()
        with django_capture_on_commit_callbacks(execute=True):
            act()
        return [it for it in asked if it[0].endswith("affinity")] == [wanted]

    assert woken(lambda: _add(client))
    assert not woken(lambda: client.get("/2021/member/papers/"))
    assert woken(lambda: client.post("/2021/member/papers/remove/", {"paper": "all"}))
    assert not woken(lambda: client.post("/2021/member/papers/remove/", {"paper": "all"}))
    call.deadlines.filter(kind="submission").update(at=timezone.now() + timedelta(days=1))
    ada = committee.author()
    assert woken(lambda: factories.paper(call, ada))
    paper = Paper.objects.get()
    form = factories.Form.of(factories.fresh(paper)).but(title="Another title")
    assert woken(lambda: factories.signed_in(ada).post(f"/2021/papers/{paper.number}/edit/", form.fields))
    assert woken(lambda: factories.signed_in(ada).post(f"/2021/papers/{paper.number}/withdraw/"))


def _add(client: Client) -> None:
    for title in ("One work", "Two works"):
        client.post("/2021/member/papers/add/", {"text": title, "action": "keep"})


def test_a_dead_broker_keeps_nobody_from_adding_papers(
    mona: Member, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    def dead(*_: Any, **__: Any) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(affinity.current_app, "send_task", dead)
    with django_capture_on_commit_callbacks(execute=True):
        _add(factories.signed_in(mona.user))
    assert mona.own_papers.count() == 2


def test_pages_load_no_numerical_library() -> None:
    """Whatever the pages import: the libraries come with the first computation, in the worker."""
    code = (
        "import django, sys; django.setup(); import scadl.urls, reviews.tasks, django.urls;"
        "django.urls.get_resolver().url_patterns;"
        "print([name for name in ('numpy', 'scipy', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
