"""Who reviews what: plans that chairs look at first, and what was applied."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.job_models import Job
from reviews.models.member import Member
from submissions.models import Edition, Paper

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class Round(models.TextChoices):
    FIRST = "first", "first round"
    EXTRA = "extra", "extra reviewers"
    EMERGENCY = "emergency", "emergency reviewers"


class Proposal(models.Model):
    """A plan made by the solver for one chair. Nothing of it holds until it is applied."""

    class State(models.TextChoices):
        COMPUTING = "computing", "being computed"
        READY = "ready", "ready to look at"
        FAILED = "failed", "failed"
        APPLIED = "applied", "applied"
        UNDONE = "undone", "undone"
        DROPPED = "dropped", "dropped"

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="proposals")
    # Made for one chair's eyes: it holds exactly the papers this chair handles.
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="proposals")
    round = models.CharField(max_length=10, choices=Round, default=Round.FIRST)
    state = models.CharField(max_length=10, choices=State, default=State.COMPUTING)
    options = models.JSONField(default=dict, help_text="What the chair asked for")
    # SHA-256 of the arrays the solver got, so that a run can be repeated; and of the facts they were made from, by part.
    input_hash = models.CharField(max_length=64, blank=True)
    facts = models.JSONField(default=dict, help_text="Fingerprints: roster, conflicts, papers, bids, present")
    result = models.JSONField(default=dict, help_text="The solver's numbers and its certificate")
    # The work that computes it; gone when old work is forgotten.
    job = models.OneToOneField(Job, null=True, on_delete=models.SET_NULL, related_name="proposal")
    applied = models.JSONField(default=dict, help_text="What applying it changed, so that it can be undone")
    message = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return f"Proposal of {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def standing(self) -> State:
        """The state, with what became of the work: a run that was cancelled or died will not become ready."""
        if self.state != self.State.COMPUTING or (self.job is not None and not self.job.is_finished):
            return self.State(self.state)
        cancelled = self.job is not None and self.job.state == Job.State.CANCELLED
        return self.State.DROPPED if cancelled else self.State.FAILED

    @property
    def words(self) -> str:
        """What there is to say about it: how far it is, or why it failed."""
        return self.message or (self.job.message if self.job is not None else "")


class ProposalInputs(models.Model):
    """What a plan was computed from, so that it can be asked and repeated after the facts changed.

    A table of its own: some megabytes that no list of proposals should read.
    """

    proposal = models.OneToOneField(Proposal, on_delete=models.CASCADE, related_name="inputs")
    facts = models.BinaryField(help_text="Papers, people and rules as compressed JSON")
    arrays = models.BinaryField(help_text="The solver's arrays, as numpy's compressed archive")

    def __str__(self) -> str:
        return f"Inputs of {self.proposal}"


class ProposedPair(models.Model):
    """One pair of a proposal. `parts`: what its score is made of (reviews/domain/scores.py)."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="pairs")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    score = models.FloatField()
    parts = models.JSONField(default=dict)
    #: Already assigned before, or asked for by a lock.
    present = models.BooleanField(default=False)
    locked = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["proposal", "paper", "member"], name="proposed_pair_once"),
        )

    def __str__(self) -> str:
        return f"{self.member} for #{self.paper.number}"


class PairRule(models.Model):
    """A chair's word on one pair that every run obeys."""

    class Kind(models.TextChoices):
        LOCK = "lock", "must review"
        FORBID = "forbid", "must not review"

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="pair_rules")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="pair_rules")
    kind = models.CharField(max_length=10, choices=Kind)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["paper", "member"], name="pair_rule_once"),)

    def __str__(self) -> str:
        return f"{self.member} {self.get_kind_display()} #{self.paper.number}"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def live(self) -> "AssignmentQuerySet":
        """Those that count: offered or accepted."""
        return self.filter(state__in=Assignment.LIVE)

    def visible_to(self, user: "User | AnonymousUser") -> "AssignmentQuerySet":
        """One's own, and those of papers that `user` handles as a chair."""
        from reviews import policy

        return self.filter(policy.assignments_visible_to(user))


class Assignment(models.Model):
    """A member is asked to review a paper. Declined ones stay, so that nobody is asked twice."""

    class State(models.TextChoices):
        OFFERED = "offered", "not yet answered"
        ACCEPTED = "accepted", "accepted"
        DECLINED = "declined", "declined"
        WITHDRAWN = "withdrawn", "taken back"

    LIVE = (State.OFFERED, State.ACCEPTED)

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="assignments")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="assignments")
    round = models.CharField(max_length=10, choices=Round, default=Round.FIRST)
    state = models.CharField(max_length=10, choices=State, default=State.OFFERED)
    proposal = models.ForeignKey(
        Proposal, null=True, blank=True, on_delete=models.SET_NULL, related_name="assignments"
    )
    score = models.FloatField(null=True, blank=True, help_text="Of the pair, when it was assigned")
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    assigned_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, help_text="Why it was declined or taken back")
    substitute = models.CharField(max_length=300, blank=True, help_text="Whom the member suggests instead")
    # Set when work on the review begins; from then on an applied plan is not undone as a whole.
    started_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(
        null=True, blank=True, help_text="A later date than the edition's, where granted"
    )
    # "Reviewer B" to fellow reviewers: random, and fixed once given.
    letter = models.CharField(max_length=3, blank=True)
    # "Review B" to the authors, drawn apart from `letter`, so that neither tells of the other.
    letter_for_authors = models.CharField(max_length=3, blank=True)
    ready_at = models.DateTimeField(
        null=True, blank=True, help_text="The reviewer finds the paper ready to decide"
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ("paper__number", "member__name")
        constraints = (
            models.UniqueConstraint(fields=["paper", "member"], name="assignment_once"),
            models.CheckConstraint(
                condition=Q(state__in=["offered", "accepted", "declined", "withdrawn"]),
                name="assignment_state_known",
            ),
        )
        indexes = (models.Index(fields=["member", "state"], name="assignment_member"),)

    def __str__(self) -> str:
        return f"{self.member} for #{self.paper.number}: {self.get_state_display()}"
