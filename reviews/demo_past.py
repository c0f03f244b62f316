"""Last year's edition of the demo, all of it over: authors know their decisions, with reviews and what they responded.

Everything happens through the services, today; between the steps time passes by moving back all that has happened so far.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import DateTimeField, F, QuerySet
from django.utils import timezone

from accounts.models import AuditEntry, Message, User
from reviews import release_checks, release_plan
from reviews.demo import CHAIR, ask
from reviews.demo_reviews import REVIEWER, SECOND, SUBMITTED, scored
from reviews.models import (
    Assignment,
    AuthorResponse,
    Comment,
    CommitteeSettings,
    Decision,
    Handling,
    Member,
    Release,
    Review,
    ReviewVersion,
)
from reviews.services import assignments, decisions, discussion, invitations, release, responses, reviews
from reviews.services.decisions import Choice
from submissions import demo
from submissions.domain.call_facts import DateFacts, RoleFacts
from submissions.models import Deadline, Edition, Manuscript, Paper
from submissions.services import call

SLUG = "demo-past"
AUTHOR, OTHER = "author@example.org", "other@example.org"
MEMBERS = (REVIEWER, SECOND)
#: What each member wrote about the first paper and the second.
WRITTEN = {
    REVIEWER: (SUBMITTED, scored(2, 3, "A list of clusters is not yet an argument.")),
    SECOND: (
        scored(4, 4, "Please say how the links were slowed down."),
        scored(1, 4, "I could not find what is new here."),
    ),
}
RESPONSE = (
    "Thank you for reading. The threshold $\\tau$ is chosen once, after the first epoch; the table uses *another* value "
    "because it was made with the first one. We will give both."
)


def load(_: Edition, say: Callable[[str], Any]) -> None:
    """Play last year, unless it is there."""
    wanted = (CHAIR, AUTHOR, OTHER, *MEMBERS)
    people = {it.email: it for it in User.objects.filter(email__in=wanted)}
    if len(people) < len(wanted) or Edition.objects.filter(slug=SLUG).exists():
        return
    say("Playing last year's edition …")
    with transaction.atomic():
        edition = _call(people)
        first, second = _papers(edition, people)
        members = _committee(edition, people)
        _pass(edition, days=11)
        _review(people, (first, second), members)
        _pass(edition, days=20)
        responses.open_to_authors(actor=people[CHAIR], edition=edition)
        _pass(edition, days=1)
        _talk(people, first)
        _pass(edition, days=5)
        _decide(edition, people, (first, second), members[REVIEWER])
        _pass(edition, days=9)
        release.mark_met(actor=people[REVIEWER], decision=Decision.objects.get(paper=first))
        _pass(edition, days=280)
        # Long read, so that none of it arrives today.
        waiting = Message.objects.filter(edition=SLUG, state=Message.State.QUEUED)
        waiting.update(state=Message.State.SENT, sent_at=F("due_at"))


def _call(people: dict[str, User]) -> Edition:
    facts = demo.demo_call(SLUG, "ScaDL Demo, last year", days=1)
    due = next(it for it in facts.dates if it.kind == "reviews")
    respond = DateFacts(
        slug="response", kind="response", label="Author response", at=due.at + timedelta(days=4)
    )
    place = facts.dates.index(due) + 1
    lines = [("programme_chair", people[CHAIR]), *(("pc_member", people[it]) for it in MEMBERS)]
    facts = replace(
        facts,
        dates=(*facts.dates[:place], respond, *facts.dates[place:]),
        reminders=(),
        committee=tuple(
            RoleFacts(role, it.name, it.affiliation, str(it.country), it.email) for role, it in lines
        ),
    )
    call.load(actor=None, call=facts, source_name="the demo", publish=True)
    edition = Edition.objects.get(slug=SLUG)
    CommitteeSettings.objects.update_or_create(edition=edition, defaults={"reviews_per_paper": len(MEMBERS)})
    return edition


def _papers(edition: Edition, people: dict[str, User]) -> tuple[Paper, Paper]:
    ada, dana = (demo.author_of(people[it]) for it in (AUTHOR, OTHER))
    return (
        demo.submit(
            edition,
            people[AUTHOR],
            "Training over the Slowest Link",
            [ada],
            "regular",
            "genuine/ieee_letter_8p.pdf",
        ),
        demo.submit(
            edition, people[OTHER], "Clusters We Know", [dana], "abstract", "genuine/ieee_letter_1p.pdf"
        ),
    )


def _committee(edition: Edition, people: dict[str, User]) -> dict[str, Member]:
    members = {it: Member.objects.get(edition=edition, email=it) for it in MEMBERS}
    for email, member in members.items():
        ask(member, people[CHAIR])
        invitations.accept(actor=people[email], member=member, key=member.invitation_key, load=2)
        member.refresh_from_db()
    return members


def _review(people: dict[str, User], papers: tuple[Paper, Paper], members: dict[str, Member]) -> None:
    for email, written in WRITTEN.items():
        for paper, answers in zip(papers, written, strict=True):
            row = assignments.assign(actor=people[CHAIR], paper=paper, member=members[email])
            reviews.save(actor=people[email], assignment=row, answers=answers, revision=0)
            reviews.submit(actor=people[email], assignment=row, revision=1, arrived_at=timezone.now())


def _talk(people: dict[str, User], paper: Paper) -> None:
    now = timezone.now()
    responses.submit(actor=people[AUTHOR], paper=paper, text=RESPONSE, revision=0, arrived_at=now)
    text = "The response answers my question. A short paper, I think: the second experiment is not ready."
    discussion.post(actor=people[REVIEWER], paper=paper, text=text, key=uuid4(), arrived_at=now)


def _decide(edition: Edition, people: dict[str, User], papers: tuple[Paper, Paper], shepherd: Member) -> None:
    chair, (first, second) = people[CHAIR], papers
    short = Choice(
        "conditional",
        category="short",
        shepherd=shepherd.pk,
        conditions="- Say how $\\tau$ is chosen.\n- Leave the second experiment out.",
        to_authors="Four pages carry this result better than eight.",
    )
    decisions.decide(actor=chair, paper=first, choice=short, revision=0)
    decisions.decide(actor=chair, paper=second, choice=Choice("reject"), revision=0)
    plan = release_plan.build(chair, edition)
    release.release(
        actor=chair,
        edition=edition,
        numbers=plan.numbers,
        seen=plan.seen,
        ticked=[it.stamp for it in release_checks.of(plan)],
        key=uuid4(),
    )


def _pass(edition: Edition, *, days: int) -> None:
    """All that happened in `edition` so far, and its dates, become `days` older."""
    for rows in _happened(edition):
        times = [it.name for it in rows.model._meta.concrete_fields if isinstance(it, DateTimeField)]
        rows.update(**{name: F(name) - timedelta(days=days) for name in times})


def _happened(edition: Edition) -> Iterator[QuerySet[Any, Any]]:
    for model, way in (
        (Deadline, "edition"),
        (Paper, "edition"),
        (Manuscript, "paper__edition"),
        (CommitteeSettings, "edition"),
        (Member, "edition"),
        (Assignment, "paper__edition"),
        (Review, "assignment__paper__edition"),
        (ReviewVersion, "review__assignment__paper__edition"),
        (AuthorResponse, "paper__edition"),
        (Comment, "paper__edition"),
        (Handling, "paper__edition"),
        (Decision, "paper__edition"),
        (Release, "edition"),
    ):
        yield model._default_manager.filter(**{way: edition})
    for named in (AuditEntry, Message):
        yield named._default_manager.filter(edition=edition.slug)
