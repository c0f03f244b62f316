"""What the chairs decide, and when authors learn it."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from reviews.models.member import Member
from reviews.models.review import ReviewVersion
from submissions.models import Category, Edition, Paper

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class ReleaseQuerySet(models.QuerySet["Release"]):
    def visible_to(self, user: "User | AnonymousUser") -> "ReleaseQuerySet":
        """Those that told of a paper one handles, and one's own."""
        from reviews import policy

        return self.filter(policy.releases_visible_to(user))


class Release(models.Model):
    """Decisions whose letters go out together. Authors' pages and the mail queue change in its transaction."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="releases")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)
    effective_at = models.DateTimeField(help_text="Until then it can be undone, and authors see nothing")
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"Release of {self.at:%Y-%m-%d %H:%M}"


class DecisionQuerySet(models.QuerySet["Decision"]):
    def released(self) -> "DecisionQuerySet":
        """Those that authors may know."""
        return self.filter(release__effective_at__lte=timezone.now(), release__undone_at__isnull=True)

    def visible_to(self, user: "User | AnonymousUser") -> "DecisionQuerySet":
        """Of papers one handles; of one's own papers once released."""
        from reviews import policy

        return self.filter(policy.decisions_visible_to(user))


class Decision(models.Model):
    """What becomes of a paper. Changed as often as wanted until it is part of a release."""

    class Outcome(models.TextChoices):
        ACCEPT = "accept", "accept"
        CONDITIONAL = "conditional", "accept on conditions"
        REJECT = "reject", "reject"
        DESK_REJECT = "desk_reject", "reject without review"

    ACCEPTED = (Outcome.ACCEPT, Outcome.CONDITIONAL)

    paper = models.OneToOneField(Paper, on_delete=models.CASCADE, related_name="decision")
    outcome = models.CharField(max_length=12, choices=Outcome)
    category = models.ForeignKey(
        Category,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Accepted in this category; its page limit rules the final version. Empty: its own",
    )
    shepherd = models.ForeignKey(
        Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="shepherded"
    )
    conditions = models.TextField(
        blank=True, help_text="What a conditional acceptance asks for; authors read it"
    )
    met_at = models.DateTimeField(
        null=True, blank=True, help_text="When the shepherd found the conditions met"
    )
    note = models.TextField(blank=True, help_text="Reasons for the file; chairs only")
    to_authors = models.TextField(
        blank=True, help_text="A summary of the discussion for the authors, Markdown"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(default=timezone.now)
    revision = models.PositiveIntegerField(default=1)
    release = models.ForeignKey(
        Release, null=True, blank=True, on_delete=models.SET_NULL, related_name="decisions"
    )

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(category__isnull=True) | Q(outcome__in=["accept", "conditional"]),
                name="decision_category_of_accepted",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="conditional") | ~Q(conditions=""), name="decision_conditions_stated"
            ),
        )

    def __str__(self) -> str:
        return f"#{self.paper.number}: {self.get_outcome_display()}"


class ReleasedReview(models.Model):
    """The version of a review that authors got with the decision, and by which letter they know its reviewer."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="released_reviews")
    version = models.ForeignKey(ReviewVersion, on_delete=models.PROTECT, related_name="+")
    letter = models.CharField(max_length=3)
    # The call may be edited later: what authors did not get then, they do not get by that.
    questions = models.JSONField(default=list, help_text="Slugs of the questions whose answers authors got")

    class Meta:
        ordering = ("letter",)
        constraints = (
            models.UniqueConstraint(fields=["decision", "version"], name="released_review_once"),
            models.UniqueConstraint(fields=["decision", "letter"], name="released_letter_once"),
        )

    def __str__(self) -> str:
        return f"Review {self.letter}"


class Handling(models.Model):
    """Which chair looks after a paper, and who leads its discussion."""

    paper = models.OneToOneField(Paper, on_delete=models.CASCADE, related_name="handling")
    chair = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Chosen by itself because another chair has a conflict; a choice by hand is never overruled.
    automatic = models.BooleanField(default=False)
    lead = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    discussion_closed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Handling of #{self.paper.number}"


class PaperTag(models.Model):
    """A word of the chairs' own on a paper."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="tags")
    name = models.SlugField(max_length=40)

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=["paper", "name"], name="paper_tag_once"),)

    def __str__(self) -> str:
        return self.name
