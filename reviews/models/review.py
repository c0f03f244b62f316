"""What reviewers write: one review for each assignment, its versions, their scores, and who read which."""

import uuid
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from reviews.domain.score_summaries import scores_in
from reviews.models.assignment import Assignment

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class ReviewQuerySet(models.QuerySet["Review"]):
    def submitted(self) -> "ReviewQuerySet":
        """Those that count, of assignments that do."""
        return self.filter(submitted_at__isnull=False, assignment__state__in=Assignment.LIVE)

    def visible_to(self, user: "User | AnonymousUser") -> "ReviewQuerySet":
        """One's own; those of papers one handles; others' of one's papers as far as the settings allow."""
        from reviews import policy

        return self.filter(policy.reviews_visible_to(user))


class Review(models.Model):
    """The review of one assignment. `answers` maps the slug of a form field to its value: what was saved last.

    A draft until `submitted_at` is set. Edits after that are kept beside what was submitted until they are submitted
    in turn: others read the latest version, never a half-typed one.
    """

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="review")
    answers = models.JSONField(default=dict)
    # Compared and raised by every save: a save from an old tab is refused, not merged.
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True, help_text="When it was first submitted")
    version = models.PositiveIntegerField(default=0, help_text="How often it was submitted")
    # Who else wrote it, for the credits.
    guest_name = models.CharField(max_length=200, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(version=0, submitted_at__isnull=True)
                | Q(version__gt=0, submitted_at__isnull=False),
                name="review_submitted_has_version",
            ),
        )

    def __str__(self) -> str:
        return f"Review of #{self.assignment.paper.number} by {self.assignment.member}"


class ReviewVersion(models.Model):
    """A review as it was submitted. Never changed."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    answers = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ("review", "-number")
        constraints = (models.UniqueConstraint(fields=["review", "number"], name="review_version_once"),)

    def __str__(self) -> str:
        return f"{self.review}, version {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the version, and its scores where it is the review's latest."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            SubmittedScore.objects.copy([self])


class SubmittedScoreManager(models.Manager["SubmittedScore"]):
    def copy(self, versions: Collection[ReviewVersion]) -> None:
        """Write the scores of these versions anew, of those that are the latest of their review. Two queries."""
        latest = [it for it in versions if it.number == it.review.version]
        with transaction.atomic():
            self.filter(review__in=[it.review_id for it in latest]).delete()
            self.bulk_create(
                SubmittedScore(review_id=it.review_id, slug=slug, value=value)
                for it in latest
                for slug, value in scores_in(it.answers).items()
            )


class SubmittedScore(models.Model):
    """One score of a review in its latest version, for tables and searches: to count without reading the texts.

    A copy that is written with the version it repeats (docs/decisions/0012); a review is shown from its version.
    """

    # Found by the index of the constraint below.
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="scores", db_index=False)
    slug = models.SlugField(max_length=50, db_index=False)
    value = models.PositiveSmallIntegerField()

    objects = SubmittedScoreManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["review", "slug"], name="submitted_score_once"),)

    def __str__(self) -> str:
        return f"{self.review}: {self.slug} {self.value}"


class ReviewRead(models.Model):
    """Which version of a review somebody has read, so that a later one is marked."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="reads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["review", "user"], name="review_read_once"),)

    def __str__(self) -> str:
        return f"{self.user} read version {self.version}"


class MoreTime(models.Model):
    """A reviewer asks for a later date; a chair grants or refuses it. Reminders are silent while it waits."""

    class State(models.TextChoices):
        ASKED = "asked", "asked"
        GRANTED = "granted", "granted"
        REFUSED = "refused", "refused"

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="more_time")
    until = models.DateTimeField()
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    asked_at = models.DateTimeField(default=timezone.now)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True, help_text="What the chair wrote to it")

    class Meta:
        ordering = ("-asked_at",)
        constraints = (
            models.UniqueConstraint(
                fields=["assignment"], condition=Q(state="asked"), name="more_time_asked_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.assignment} until {self.until:%Y-%m-%d %H:%M}"


class Guest(models.Model):
    """Somebody outside of the committee who writes a review for one of its members, without an account."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "waits for a chair"
        REFUSED = "refused", "refused"
        INVITED = "invited", "invited"
        ACCEPTED = "accepted", "accepted"
        DECLINED = "declined", "declined"
        DONE = "done", "handed in"
        WITHDRAWN = "withdrawn", "taken back"

    #: States in which the guest's link opens something.
    WELCOME = (State.INVITED, State.ACCEPTED, State.DONE)

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="guests")
    name = models.CharField(max_length=200)
    email = models.EmailField(max_length=254)
    affiliation = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True, help_text="What the member or the guest wrote")
    evidence = models.TextField(blank=True, help_text="What speaks of a conflict; chairs only")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="guest_reviews",
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(
                fields=["assignment"],
                condition=Q(state__in=["proposed", "invited", "accepted", "done"]),
                name="guest_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(email=models.functions.Lower("email")), name="guest_email_lower"
            ),
        )

    def __str__(self) -> str:
        return self.name or self.email
