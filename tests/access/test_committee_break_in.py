"""People who must not know what became of a paper ask every page of the committee, in two worlds that differ in that alone.

Paper 1 is what they must not know of. The same world is told two stories about it: other reviewers, scores, comments,
decision, letters. Whatever somebody behind a wall is answered must be the same in both, byte for byte.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.contrib import admin
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, reverse

from accounts import audit, jobs, outbox
from accounts.models import User
from reviews import urls
from reviews.models import (
    Assignment,
    AuthorResponse,
    Bid,
    Comment,
    Conflict,
    Decision,
    Guest,
    Handling,
    Member,
    MoreTime,
    PairRule,
    PaperTag,
    Release,
    Review,
)
from reviews.services import proposals
from submissions.models import Edition, Paper, ReminderRule
from submissions.urls import urlpatterns as papers_urls
from tests import factories
from tests.reviews import assigning, committee, reviewing

pytestmark = pytest.mark.django_db

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)
PLAN, RELEASE, STORY_RELEASE = UUID(int=11), UUID(int=12), UUID(int=13)
#: Words that only the stories hold.
TOLD = ("wombatish", "xylophonic", "best-kept", "Guido Guest", "zorilla", "they share a yurt")
#: What a search of the decision room could tell apart.
SEARCHES = (
    *("q=%231", "q=Zephyrine", "q=wombatish", "q=re:Anna", "q=re:Clara", "q=dec:accept", "q=dec:reject"),
    *("q=dec:none", "q=tag:best-kept", "q=score:merit>=1", "q=mean:merit>=4", "q=reviews>0", "q=late:yes"),
    *("q=has:comment", "q=chair:chiara", "q=group:accept", "sort=normalised&scores=all", "sort=-spread"),
    *("group=accept", "group=reject"),
)
#: Other pages of chairs, with filters that could.
FILTERED = {
    "chair_release": ("outcome=reject", "papers=1"),
    "chair_assignment": ("by=member", "by=member&q=Anna", "q=%231"),
    "chair_plan_new": ("papers=1", "round=extra"),
    "committee_bids": ("view=papers", "sort=last"),
    "chair_conflicts": ("q=Anna", "rule=set_by_chair", "show=new"),
    "chair_conflicts_csv": ("q=Anna",),
    "chair_committee": ("choose=all", "q=Anna"),
    "chair_mail": ("person=ada", "paper=1", "kind=decision", f"batch={UUID(int=13)}", "state=queued"),
    "chair_papers": ("q=1", "q=Zephyrine"),
    "chair_papers_csv": ("q=Zephyrine",),
}


@dataclass
class World:
    call: Edition
    chair: User
    conflicted: User
    papers: list[Paper]
    members: dict[str, Member]
    people: dict[str, User] = field(default_factory=dict)

    @property
    def hidden(self) -> Paper:
        return self.papers[0]

    def row(self, name: str, **fields: Any) -> Assignment:
        return reviewing.assigned(self.members[name], self.hidden, assigned_by=self.chair, **fields)

    def comment(self, user: User | None, text: str, **fields: Any) -> None:
        Comment.objects.create(paper=self.hidden, author=user, text=text, **fields)


def _held(member: Member) -> User:
    assert member.user is not None
    return member.user


@pytest.fixture
def here() -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield _world()


def _world() -> World:
    call = committee.closed_edition()
    factories.deadline(call, "reviews", NOW + timedelta(days=10))
    factories.deadline(call, "discussion", NOW + timedelta(days=20))
    chair = factories.chair(call, "Chiara Clean")
    conflicted = factories.chair(call, "Conrad Conflicted")
    papers = committee.papers(call, 3)
    for paper in papers[1:]:
        paper.submitter = factories.person(f"Otto{paper.number} Other")
        paper.save()
        paper.authors.update(name="Otto Other", email=paper.submitter.email)
    Paper.objects.filter(pk=papers[0].pk).update(title="Zephyrine quokkas")
    papers[0].refresh_from_db()
    names = (
        "Anna Bell",
        "Boris Crane",
        "Clara Dahl",
        "David Eng",
        "Frida Former",
        "Lena Late",
        "Rolf Removed",
    )
    members = {it.split()[0]: committee.member(call, it, load_wanted=3) for it in names}
    here = World(call, chair, conflicted, papers, members)
    for number in (2, 3):
        for place, name in enumerate(("Anna", "Boris", "Clara", "David")):
            row = reviewing.assigned(members[name], papers[number - 1], assigned_by=chair)
            if name != "David" or number == 2:
                reviewing.submitted(row, merit=2 + (place + number) % 3)
    Comment.objects.create(paper=papers[1], author=_held(members["Anna"]), text="A sound proof.")
    Decision.objects.create(paper=papers[1], outcome="accept", decided_by=chair)
    for name in ("Frida", "Lena", "Rolf"):
        reviewing.assigned(members[name], papers[2])
    _leave(here)
    assigning.wall(conflicted, papers[0])
    ReminderRule.objects.create(
        edition=call, deadline=call.deadlines.get(kind="reviews"), audience="reviews_missing", when=["-7d"]
    )
    Release.objects.create(
        key=RELEASE, edition=call, made_by=conflicted, at=NOW, effective_at=NOW, undone_at=NOW
    )
    options = proposals.options_for(call, reviews=2)
    made = proposals.propose(actor=conflicted, edition=call, options=options)
    type(made).objects.filter(pk=made.pk).update(key=PLAN)
    jobs.run(made.job_id)
    other = factories.edition("2020", closes=NOW - timedelta(days=300))
    here.people = {
        "conflicted chair": conflicted,
        "author": committee.author(),
        "reviewer of other papers": _held(members["David"]),
        "reviewer in conflict": _held(members["Lena"]),
        "reviewer who declined": _held(members["Frida"]),
        "removed member": _held(members["Rolf"]),
        "chair of another edition": factories.chair(other, "Olga Outside"),
        "administrator behind a wall": _administrator(here),
    }
    return here


def _leave(here: World) -> None:
    """Three reviewed paper 1 once: one declined, a conflict was found with one, one was removed."""
    here.row("Frida", state="declined", answered_at=NOW, reason="No time.")
    for name in ("Lena", "Rolf"):
        reviewing.submitted(here.row(name, state="accepted"), merit=3)
    assigning.conflict(here.members["Lena"], here.hidden)
    Member.objects.filter(pk=here.members["Rolf"].pk).update(state=Member.State.REMOVED)
    Assignment.objects.filter(member=here.members["Rolf"]).update(state="withdrawn")


def _administrator(here: World) -> User:
    user = factories.with_second_factor(factories.person("Alex Admin", is_staff=True, is_superuser=True))
    member = Member.objects.create(
        edition=here.call, user=user, name=user.name, email=user.email, kind="steering", state="declined"
    )
    assigning.conflict(member, here.hidden)
    return user


def _common(here: World, name: str, merit: int, outcome: str, word: str) -> None:
    review = reviewing.submitted(here.row(name), merit=merit, summary=f"{word} words of the review")
    user = _held(here.members[name])
    here.comment(user, f"A {word} comment.")
    here.comment(here.chair, f"Only for chairs: {word}.", readers="chairs", as_chair=True)
    audit.record(actor=here.chair, verb="decision.made", subject=here.hidden, edition=here.call.slug)
    release = Release.objects.create(
        key=STORY_RELEASE,
        edition=here.call,
        made_by=here.chair,
        at=NOW,
        effective_at=NOW + timedelta(minutes=10),
    )
    Decision.objects.create(
        paper=here.hidden, outcome=outcome, note=f"A {word} note.", to_authors=f"The {word} summary.",
        decided_by=here.chair, release=release,
    )  # fmt: skip
    outbox.post(
        key=f"decision:{word}", kind="decision", to="ada@example.org", subject=f"Your {word} paper",
        text=word, edition=here.call.slug, about=f"paper:{here.hidden.pk}", batch=STORY_RELEASE,
        due_at=NOW + timedelta(minutes=10),
    )  # fmt: skip
    assert Review.objects.filter(pk=review.pk).exists()


def nothing_happened(here: World) -> None:
    pass


def it_was_liked(here: World) -> None:
    """Anna and Boris reviewed; accepted; a lead, tags, a guest, a request for more time, a lock, bids, conflicts."""
    _common(here, "Anna", 5, "accept", "wombatish")
    second = here.row("Boris", ready_at=NOW, letter="B")
    reviewing.submitted(second, merit=5, comments="wombatish")
    third = here.row("Clara", state="offered")
    Guest.objects.create(assignment=third, name="Guido Guest", email="guido@example.org")
    MoreTime.objects.create(assignment=third, until=NOW + timedelta(days=30), reason="wombatish")
    PaperTag.objects.create(paper=here.hidden, name="best-kept")
    Handling.objects.create(
        paper=here.hidden, chair=here.chair, lead=here.members["Anna"], discussion_closed_at=NOW
    )
    for name, level in (("Anna", 3), ("Boris", 2)):
        Bid.objects.create(member=here.members[name], paper=here.hidden, level=level)
    PairRule.objects.create(
        paper=here.hidden, member=here.members["Anna"], kind=PairRule.Kind.LOCK, set_by=here.chair
    )
    AuthorResponse.objects.create(paper=here.hidden)


def it_was_not(here: World) -> None:
    """Clara reviewed, David's conflict was found, and it is to be rejected."""
    _common(here, "Clara", 1, "reject", "xylophonic")
    Conflict.objects.create(
        paper=here.hidden, member=here.members["Anna"], rule=Conflict.Rule.SET_BY_CHAIR,
        confidence=Conflict.Confidence.CERTAIN, evidence="Certainly they share a yurt.", fingerprint="g",
        facts=["two"], found_at=NOW,
    )  # fmt: skip
    here.row("Boris", state="declined", reason="zorilla", answered_at=NOW)


STORIES = (nothing_happened, it_was_liked, it_was_not)


def _arguments(here: World, pattern: URLPattern) -> Iterator[dict[str, Any]]:
    """What a guesser would put into an address: paper 1, what the stories made, what is one's own."""
    names = set(pattern.pattern.converters)
    found: dict[str, list[Any]] = {
        "edition": [here.call.slug],
        "number": [1, 2],
        "member": [here.members["Anna"].pk, here.members["Clara"].pk],
        "conflict": [1, 4],
        "pk": [1, 2],
        "key": [PLAN, RELEASE, STORY_RELEASE],
        "field": ["data"],
        "version": [1],
        "kind": ["decision"],
        "deadline": ["reviews"],
        "batch": [STORY_RELEASE],
        "message": [1, 5, 6],
        "rule": list(ReminderRule.objects.values_list("pk", flat=True)),
        "occasion": ["-7d"],
    }
    every: list[dict[str, Any]] = [{}]
    for name in sorted(names):
        every = [{**it, name: value} for it in every for value in found[name]]
    yield from every


def addresses(here: World) -> list[str]:
    made = []
    for pattern in [*urls.urlpatterns, *papers_urls]:
        made += [reverse(pattern.name, kwargs=it) for it in _arguments(here, pattern)]
    return [*made, reverse("account_home"), f"{reverse('account_data')}?download", reverse("account_delete")]


def bare(answer: HttpResponseBase) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    text = body.decode(errors="replace")
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)
    text = re.sub(r"Reference <code>\w+</code>", "", text)
    text = re.sub(r'name="(?:key|batch|creation_key)" value="[^"]+"', "", text)
    # What authors respond is their own.
    text = re.sub(r'"responses_to_reviews": \[.*?\n  \]', '"responses_to_reviews": []', text, flags=re.DOTALL)
    # New plans and jobs have keys drawn at random.
    return re.sub(
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}",
        "",
        f"{answer.status_code} {answer.headers.get('Location', '')}\n{text}",
    )


def asked_of(client: Client, where: str, sent: dict[str, Any] | None = None) -> str:
    """The answer, without what asking did."""
    cache.clear()
    with transaction.atomic():
        answer = client.get(where) if sent is None else client.post(where, sent)
        text = bare(answer)
        if sent is not None:
            text += "".join(str(it) for it in get_messages(answer.wsgi_request))
        transaction.set_rollback(True)
    return text


def told(here: World, story: Callable[[World], None], ask: Callable[[], dict[str, str]]) -> dict[str, str]:
    """What `ask` is answered in the world in which `story` is true."""
    with transaction.atomic():
        story(here)
        answers = ask()
        transaction.set_rollback(True)
    return answers


def posts(here: World) -> list[tuple[str, dict[str, Any]]]:
    """What a chair could send to find out: about paper 1, about its people, about everything at once."""
    slug = here.call.slug
    anna, clara = (here.members[it].pk for it in ("Anna", "Clara"))
    one_by_one = {"expected": "defaults", "reviews": "2", "round": "first", "fair_price": "0.5", "seed": "1"}
    weights = {"weight_affinity": "1", "weight_topics": "1", "weight_bids": "1"}
    revision = f"1:{here.hidden.revision}"
    made: list[tuple[str, list[Any], dict[str, Any]]] = [
        ("chair_decisions_bulk", [], {"papers": ["1", "2"], "outcome": "reject", "action": "preview"}),
        (
            "chair_decisions_bulk",
            [],
            {"papers": ["1"], "numbers": "1", "outcome": "accept", "seen": revision},
        ),
        ("chair_decisions_bulk", [], {"q": "dec:none", "all": "1", "outcome": "reject"}),
        ("chair_decisions_tags", [], {"papers": ["1", "2"], "name": "best-kept", "tag": "best-kept"}),
        ("chair_decision", [1], {"outcome": "accept", "revision": "1"}),
        ("chair_decision", [1], {"outcome": "accept", "revision": "0"}),
        ("chair_decision_take_back", [1], {"revision": "1"}),
        ("chair_decision_handling", [1], {"chair": str(here.chair.pk)}),
        ("chair_decision_tags", [1], {"name": "best-kept", "tag": "best-kept"}),
        ("chair_meeting_paper", [1], {"outcome": "accept", "revision": "1"}),
        ("chair_emergency", [1], {"member": str(anna)}),
        ("chair_emergency", [2], {"member": str(anna)}),
        ("chair_plan_new", [], {**one_by_one, **weights}),
        ("chair_plan_apply", [PLAN], {"confirm": "on"}),
        ("chair_plan_again", [PLAN], {}),
        ("chair_plan_drop", [PLAN], {}),
        ("chair_plan_undo", [PLAN], {}),
        ("chair_release", [], {"papers": ["1", "2"]}),
        ("chair_release_check", [], {"papers": "1,2", "seen": "1:1"}),
        ("chair_release_preview", [], {"number": "1"}),
        ("chair_release_correct", [1], {"revision": "1", "reason": "Why not"}),
        ("chair_release_undo", [STORY_RELEASE], {}),
        ("chair_release_undo", [RELEASE], {}),
        ("chair_conflict_add", [], {"number": "1", "member": str(anna), "reason": "A friend"}),
        ("chair_conflict_add", [], {"number": "2", "member": str(anna), "reason": "A friend"}),
        ("chair_conflicts_seen", [], {"until": "2021-03-01T12:00:00+00:00"}),
        ("chair_committee_settings", [], {"reviews_per_paper": "9", "expected": "defaults"}),
        ("chair_more_time_answer", [1], {"action": "grant", "answer": "Yes"}),
        ("chair_guest_decide", [1], {"action": "approve"}),
        ("chair_responses", [], {"action": "open"}),
        ("chair_mail_call_off", [STORY_RELEASE], {}),
        (
            "chair_mail_write",
            [],
            {"group": "submitted", "subject": "x", "body": "{papers}", "batch": str(UUID(int=14))},
        ),
        ("chair_export", [], {}),
        ("discussion", [1], {"key": str(UUID(int=14)), "text": "Hello", "readers": "reviewers"}),
        ("discussion_lead", [1], {"lead": str(anna)}),
        ("discussion_close", [1], {}),
        ("discussion_ready", [1], {}),
        ("member_conflict_declare", [], {"number": "1", "reason": "We share a grant"}),
    ]
    for text in ("paper,action,email\n1,{},{}\n", "paper,action,email\n2,{},{}\n"):
        for action in ("review", "clear", "forbid", "lock", "withdraw"):
            for name in ("Anna", "Clara"):
                sent = text.format(action, here.members[name].email)
                made.append(("chair_assignment_import", [], {"text": sent}))
    for member in (anna, clara):
        made += [
            ("chair_assignment_pair", [number, member], {"action": action})
            for number in (1, 2)
            for action in ("assign", "withdraw", "lock", "forbid", "clear")
        ]
        made += [
            ("chair_assignment_load", [member], {"load": "1"}),
            ("chair_member_remove", [member], {}),
            ("chair_member_restore", [member], {}),
            ("chair_plan_pair", [PLAN, 2, member], {"action": "lock"}),
        ]
    made += [("chair_conflict_dismiss", [pk], {"reason": "No", "seen": "g"}) for pk in range(1, 5)]
    made += [("chair_conflict_remove", [pk], {}) for pk in range(1, 5)]
    return [(reverse(name, args=[slug, *args]), data) for name, args, data in made]


def differences(all_answers: list[dict[str, str]]) -> dict[str, list[str]]:
    """The addresses whose answers are not the same, with the lines that tell."""
    first = all_answers[0]
    found: dict[str, list[str]] = {}
    for where, text in first.items():
        for other in all_answers[1:]:
            if other[where] != text:
                one, two = set(text.splitlines()), set(other[where].splitlines())
                found.setdefault(where, []).append(f"- {sorted(one - two)[:4]} + {sorted(two - one)[:4]}")
    return found


def test_no_search_filter_count_or_file_of_a_chair_tells_of_it(here: World) -> None:
    client = factories.signed_in(here.conflicted)
    room = reverse("chair_decisions", args=[here.call.slug])
    places = [f"{room}?{asked}" for asked in SEARCHES]
    for name, questions in FILTERED.items():
        places += [f"{reverse(name, args=[here.call.slug])}?{asked}" for asked in questions]
    plan = reverse("chair_plan", args=[here.call.slug, PLAN])
    places += [f"{plan}?view={view}" for view in ("papers", "members", "matrix")]

    def ask() -> dict[str, str]:
        return {where: asked_of(client, where) for where in places}

    answers = [told(here, story, ask) for story in STORIES]
    assert differences(answers) == {}


def test_no_administration_page_tells_of_it(here: World) -> None:
    client = factories.signed_in(here.people["administrator behind a wall"])
    places = [reverse("admin:index")]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        if model._meta.app_label not in ("reviews", "submissions", "accounts"):
            continue
        listed = reverse(f"{name}_changelist")
        places += [listed, f"{listed}?q=Anna", f"{listed}?q=1"]
        if model._meta.app_label == "reviews" and model is not Member:
            # The first rows that only the stories have.
            last = model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
            for kind in ("change", "history", "delete"):
                places += [reverse(f"{name}_{kind}", args=[pk]) for pk in (last + 1, last + 2)]

    def ask() -> dict[str, str]:
        return {where: asked_of(client, where) for where in places}

    answers = [told(here, story, ask) for story in STORIES]
    assert differences(answers) == {}


def test_no_form_of_a_chair_answers_by_it(here: World) -> None:
    client = factories.signed_in(here.conflicted)

    def ask() -> dict[str, str]:
        forms = posts(here)
        return {f"{where} {sent}": asked_of(client, where, sent) for where, sent in forms}

    answers = [told(here, story, ask) for story in STORIES]
    assert differences(answers) == {}


@pytest.mark.parametrize(
    "who",
    [
        "conflicted chair",
        pytest.param("author", marks=pytest.mark.thorough),
        pytest.param("reviewer of other papers", marks=pytest.mark.thorough),
        pytest.param("reviewer in conflict", marks=pytest.mark.thorough),
        pytest.param("reviewer who declined", marks=pytest.mark.thorough),
        pytest.param("removed member", marks=pytest.mark.thorough),
        pytest.param("chair of another edition", marks=pytest.mark.thorough),
        pytest.param("administrator behind a wall", marks=pytest.mark.thorough),
    ],
)
def test_every_page_is_the_same_whatever_became_of_the_paper(here: World, who: str) -> None:
    client = factories.signed_in(here.people[who])
    places = addresses(here)

    def ask() -> dict[str, str]:
        return {where: asked_of(client, where) for where in places}

    answers = [told(here, story, ask) for story in STORIES]
    assert any(it.startswith("200") for it in answers[0].values())
    assert not [it for it, text in answers[0].items() if text.startswith("500")]
    assert differences(answers) == {}
    for word in TOLD:
        assert not [where for said in answers for where, text in said.items() if word in text], word
