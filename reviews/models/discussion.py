"""What reviewers and chairs say to each other about a paper, and what its authors answer."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone

from submissions.models import Paper

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible_to(self, user: "User | AnonymousUser") -> "CommentQuerySet":
        from reviews import policy

        return self.filter(policy.comments_visible_to(user))


class Comment(models.Model):
    """One contribution to the discussion of a paper."""

    class Readers(models.TextChoices):
        REVIEWERS = "reviewers", "reviewers of the paper and chairs"
        CHAIRS = "chairs", "chairs only"

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="comments")
    # Made by the form: what is sent twice is one comment. Notes of the system have none.
    key = models.UUIDField(null=True, unique=True, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="comments"
    )
    # By chair or reviewer when it was written: offices change, the record does not.
    as_chair = models.BooleanField(default=False)
    # The reviewer's letter, for editions in which reviewers do not see each other's names.
    letter = models.CharField(max_length=3, blank=True)
    readers = models.CharField(max_length=10, choices=Readers, default=Readers.REVIEWERS)
    reply_to = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replies"
    )
    text = models.TextField(help_text="Markdown")
    mentioned = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")
    #: Noted by the system: a score changed, somebody is ready to decide.
    is_note = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ("at", "pk")
        indexes = (models.Index(fields=["paper", "at"], name="comment_paper"),)

    def __str__(self) -> str:
        return f"Comment on #{self.paper.number}"


class DiscussionRead(models.Model):
    """How far somebody has read a discussion."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["paper", "user"], name="discussion_read_once"),)

    def __str__(self) -> str:
        return f"{self.user}, {self.at:%Y-%m-%d %H:%M}"


class AuthorResponse(models.Model):
    """What the authors answer to the reviews: one a paper, by any of its contacts."""

    paper = models.OneToOneField(Paper, on_delete=models.CASCADE, related_name="response")
    text = models.TextField(blank=True, help_text="Markdown")
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(default=timezone.now)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # What reviewers and chairs read: `text` as it was when it was submitted last. Changes after that wait for the next time.
    submitted_text = models.TextField(blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Response to the reviews of #{self.paper.number}"
