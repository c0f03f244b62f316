"""The world of the access table: one paper with secrets, and everybody who might look at it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts import audit, jobs, outbox
from accounts.job_models import Job
from accounts.models import Message, User
from reviews.models import Assignment, Conflict, Member, Proposal, Release
from reviews.models.discussion import Comment
from reviews.services import proposals
from reviews.services.members import Profile
from submissions.models import (
    Author,
    Edition,
    ExtraAnswer,
    ExtraField,
    Manuscript,
    Paper,
    ReminderRule,
    ResearchDirection,
    Role,
)
from submissions.storage import manuscripts
from tests import factories

#: Words that stand in the paper and nowhere else.
SECRETS = ("Zephyrine", "quokkalike", "Umbriel University", "hidden-author", "ocelot-answer", "manticore")


#: The link of somebody who was invited and has not answered.
INVITATION_KEY = UUID(int=2)
#: The chair's plan of who reviews what.
PLAN_KEY = UUID(int=4)
#: What the chair released and undid: theirs to look at.
RELEASE_KEY = UUID(int=8)


@dataclass
class World:
    phase: str
    call: Edition
    paper: Paper
    people: dict[str, User | None] = field(default_factory=dict)
    #: The key of each person's session.
    sessions: dict[str, str] = field(default_factory=dict)

    def payload(self, name: str) -> dict[str, Any]:
        """What a browser would post to the address called `name`, so that it succeeds for who may."""
        later = timezone.now() + timedelta(days=400)
        reason = {"reason": "Because of the power cut."}
        return {
            "paper_new": factories.Form(
                {
                    "creation_key": str(UUID(int=7)),
                    "revision": 1,
                    "title": "Another",
                    "authors-TOTAL_FORMS": 0,
                    "authors-INITIAL_FORMS": 0,
                }
            ).fields,
            "paper_edit": factories.Form.of(self.paper).but(title="Zephyrine changed").fields,
            "paper_withdraw": reason,
            "manuscript_use": {"revision": self.paper.revision},
            "chair_extend": {**reason, "until": f"{later:%Y-%m-%dT%H:%M}"},
            "chair_waive": reason,
            "chair_out_of_scope": reason,
            "account_mail": {"wanted": ["reminders"], "pace": "now"},
            "chair_mail_write": {
                "group": "submitted",
                "subject": "News",
                "body": "{papers}",
                "batch": str(UUID(int=5)),
            },
            "chair_letter": {
                "action": "preview",
                "subject": "{paper_title}",
                "body": "{facts}",
                "expected": "0",
            },
            "chair_letter_default": {"expected": "0"},
            "chair_committee_settings": {
                "reviews_per_paper": "3",
                "default_load": "5",
                "least_load": "0",
                "invitation_days": "14",
                "conflict_years": "4",
                "others_reviews": "after_own",
                "response_words": "500",
                "expected": "defaults",
            },
            "chair_committee_import": {"text": "name,email\nNed New,ned@example.org\n", "kind": "pc_member"},
            "chair_committee_invite": {"all": "1", "expected": "of another list"},
            "chair_member_add": {"name": "Ned New", "email": "ned@example.org", "kind": "pc_member"},
            "chair_member": {"name": "Ned New", "email": "", "kind": "pc_member", "expected": "old"},
            "chair_plan_new": {
                "round": "first",
                "reviews": "1",
                "fair_price": "0.5",
                "seed": "1",
                "weight_affinity": "1",
                "weight_topics": "1",
                "weight_bids": "1",
                "expected": "defaults",
            },
            "chair_assignment_pair": {"action": "lock"},
            "chair_assignment_load": {"load": "3"},
            "chair_assignment_import": {"text": "paper,action,email\n1,review,mona@example.org\n"},
            "chair_conflict_add": {"number": "1", "member": "0", "reason": "A former student"},
            "chair_conflict_dismiss": {"reason": "Another university", "seen": "seen"},
            "member_conflict_declare": {"number": "1", "reason": "We share a grant"},
            "invitation": {"answer": "accept", "accept-load": "3"},
            "member_bid": {"level": "3"},
            "discussion": {"key": str(UUID(int=6)), "text": "Is it sound?", "readers": "reviewers"},
            "member_carry_over": {"from": "2020"},
            "member_papers_add": {"text": "A title of one's own", "action": "keep"},
            "member_papers_remove": {"paper": "all"},
            "member_assignment_decline": {"reason": "No time."},
            "member_review": {"revision": "0", "action": "save", "q-summary": "Words of a reviewer."},
            "member_review_preview": {"text": "Words of a reviewer."},
            "member_review_read": {"read": "1:1"},
            "member_profile": {
                "expected": Profile().stamp,
                "away-TOTAL_FORMS": "0",
                "away-INITIAL_FORMS": "0",
            },
        }.get(name, {})


def build(phase: str) -> World:
    """`phase` is "open" (the deadline is ahead) or "closed"."""
    ahead = timedelta(days=7 if phase == "open" else -7)
    call = factories.edition(closes=timezone.now() + ahead)
    extra = ExtraField.objects.create(edition=call, slug="data", label="Data", kind=ExtraField.Kind.FILE)
    ResearchDirection.objects.create(edition=call, title="Compression")
    ReminderRule.objects.create(
        pk=1, edition=call, deadline=call.deadlines.get(slug="submission"), audience="chairs", when=["daily"]
    )
    people: dict[str, User | None] = {
        "anonymous": None,
        "stranger": factories.person("Stella Stranger"),
        "unverified": factories.person("Una Unverified", "hidden-author-una@example.org", verified=False),
        "unclaimed": factories.person("Ulla Unclaimed", "ulla@example.org"),
        "contact": factories.person("Carla Contact", "hidden-author-carla@example.org"),
        "author": factories.person("Abel Author", "hidden-author-abel@example.org"),
        "member": factories.person("Mona Member"),
        "webchair": factories.person("Wes Webchair"),
        "chair": factories.chair(call, "Chiara Chair"),
        "onefactor": factories.person("Oskar Onefactor"),
        "conflicted": factories.chair(call, "Conrad Conflicted"),
        "outsider": factories.with_second_factor(factories.person("Otto Outsider")),
        "admin": factories.with_second_factor(
            factories.person("Alex Admin", is_staff=True, is_superuser=True)
        ),
    }
    factories.role(call, Role.Kind.PC_MEMBER, people["member"])
    Member.objects.create(
        edition=call,
        name="Ivo Invited",
        email="ivo@example.org",
        state=Member.State.INVITED,
        invitation_key=INVITATION_KEY,
        invitations=1,
        answer_by=timezone.now() + timedelta(days=3),
    )
    Member.objects.filter(user=people["member"]).update(state=Member.State.ACCEPTED)
    factories.role(call, Role.Kind.LOGISTICS_WEB_CHAIR, people["webchair"])
    factories.role(call, Role.Kind.PROGRAMME_CHAIR, people["onefactor"])
    other = factories.edition("2020", closes=timezone.now() - timedelta(days=300))
    factories.role(other, Role.Kind.PROGRAMME_CHAIR, people["outsider"])
    paper = _paper(call, people["contact"], extra)
    paper.declared_conflicts.create(role=call.roles.get(user=people["conflicted"]))
    Comment.objects.create(paper=paper, as_chair=True, text="A manticore of a paper.")
    Conflict.objects.create(
        paper=paper,
        member=Member.objects.get(name="Ivo Invited"),
        rule=Conflict.Rule.SAME_INSTITUTION,
        confidence=Conflict.Confidence.PROBABLE,
        evidence="Ivo Invited and Abel Author: both are at Umbriel University.",
        fingerprint="seen",
        facts=["one"],
    )
    Assignment.objects.create(paper=paper, member=Member.objects.get(user=people["member"]), state="accepted")
    audit.record(actor=people["contact"], verb="paper.created", subject=paper, edition=call.slug)
    outbox.post(
        key="receipt:access",
        kind="receipt",
        to="hidden-author-carla@example.org",
        subject="Zephyrine",
        text="manticore",
        edition=call.slug,
        about=f"paper:{paper.pk}",
    )
    Message.objects.update(state="sent", sent_at=timezone.now())
    _export(people["chair"])
    _plan(call, people["chair"])
    now = timezone.now()
    Release.objects.create(
        key=RELEASE_KEY, edition=call, made_by=people["chair"], at=now, effective_at=now, undone_at=now
    )
    return World(phase, call, paper, people)


def _plan(call: Edition, chair: User | None) -> None:
    """The chair has a plan for the paper; it is nobody else's."""
    assert chair is not None
    options = proposals.options_for(call, reviews=1)
    made = proposals.propose(actor=chair, edition=call, options=options)
    assert made.job is not None
    jobs.run(made.job.pk)
    assert Proposal.objects.filter(pk=made.pk, state=Proposal.State.READY).update(key=PLAN_KEY)


def _export(chair: User | None) -> None:
    """The chair has exported all papers: the files are theirs to fetch, and nobody else's."""
    now = timezone.now()
    job = Job.objects.create(
        key=UUID(int=1),
        kind="export",
        edition="2021",
        actor=chair,
        state=Job.State.DONE,
        started_at=now,
        finished_at=now,
        message="Zephyrine",
        result="access.zip",
        result_name="scadl2021-papers.zip",
    )
    (jobs.folder() / job.result).write_bytes(b"manticore")


def _paper(call: Edition, submitter: User | None, extra: ExtraField) -> Paper:
    """Written row by row: the table is about who may see a paper, not about how it came to be."""
    now = timezone.now()
    paper = Paper.objects.create(
        edition=call,
        number=1,
        state="submitted",
        title="Zephyrine Gradients",
        abstract="A quokkalike abstract.",
        category=call.categories.get(slug="regular"),
        submitter=submitter,
        submitted_at=now,
    )
    paper.topics.set(call.topics.all()[:1])
    for position, (name, address, contact) in enumerate(
        [
            ("Carla Contact", "hidden-author-carla@example.org", True),
            ("Abel Author", "hidden-author-abel@example.org", False),
            ("Una Unverified", "hidden-author-una@example.org", True),
            ("Ulla Elsewhere", "hidden-author-ulla@example.org", False),
        ]
    ):
        Author.objects.create(
            paper=paper,
            position=position,
            name=name,
            email=address,
            affiliation="Umbriel University",
            is_contact=contact,
        )
    store = manuscripts()
    paper.manuscript = Manuscript.objects.create(
        paper=paper,
        version=1,
        file=store.save("access/paper.pdf", ContentFile(b"%PDF-1.7 manticore")),
        thumbnail=store.save("access/paper.png", ContentFile(b"\x89PNG manticore")),
        original_name="manticore.pdf",
        size=18,
        sha256="ab" * 32,
        pages=8,
        accepted=True,
        arrived_at=now,
    )
    paper.save()
    call.last_paper_number = 1
    call.save()
    ExtraAnswer.objects.create(
        paper=paper,
        field=extra,
        value="ocelot-answer.csv",
        file=store.save("access/answer.bin", ContentFile(b"ocelot-answer")),
        file_size=13,
    )
    return factories.fresh(paper)
