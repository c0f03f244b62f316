"""A paper, its authors and what a chair granted it."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django_countries.fields import CountryField

from accounts.validators import validate_orcid
from submissions.domain.workflow import State
from submissions.models.call import Category, Deadline, Edition, ExtraField, Role, Topic
from submissions.storage import manuscripts

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class PaperQuerySet(models.QuerySet["Paper"]):
    def visible_to(self, user: "User | AnonymousUser") -> "PaperQuerySet":
        """The papers `user` may know of. Everything that shows a paper starts here."""
        from submissions import policy

        return self.filter(policy.papers_visible_to(user))

    def written_by(self, user: "User | AnonymousUser") -> "PaperQuerySet":
        """The papers `user` submitted or is a proven author of."""
        from submissions import policy

        return self.filter(policy.papers_written_by(user))


class Paper(models.Model):
    """A submission. Its number is unique within its edition and shown as “#17”."""

    STATES = tuple((state.value, state.label) for state in State)

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="papers")
    number = models.PositiveIntegerField()
    # Made when the empty form is shown: posting the same form twice finds the same paper.
    creation_key = models.UUIDField(default=uuid.uuid4)
    state = models.CharField(max_length=20, choices=STATES, default=State.DRAFT.value)
    title = models.CharField(max_length=500, blank=True)
    abstract = models.TextField(blank=True)
    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.PROTECT, related_name="papers"
    )
    topics = models.ManyToManyField(Topic, blank=True, related_name="papers")
    conflict_institutions = models.TextField(
        blank=True, help_text="Institutions whose people must not handle it, one a line"
    )
    submitter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="submitted_papers",
    )
    manuscript = models.ForeignKey(
        "submissions.Manuscript",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The version that counts",
    )
    # Compared and raised by every change: a save from an old page is refused, not merged.
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    closed_reason = models.TextField(blank=True, help_text="Why it was withdrawn or found out of scope")

    objects = PaperQuerySet.as_manager()

    class Meta:
        ordering = ("edition", "number")
        constraints = (
            models.UniqueConstraint(fields=["edition", "number"], name="paper_number_unique"),
            models.UniqueConstraint(fields=["edition", "creation_key"], name="paper_created_once"),
            models.CheckConstraint(
                condition=~Q(state="submitted")
                | Q(category__isnull=False, submitted_at__isnull=False) & ~Q(title="") & ~Q(abstract=""),
                name="paper_submitted_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "submitted", "withdrawn", "out_of_scope"]),
                name="paper_state_known",
            ),
        )

    def __str__(self) -> str:
        return f"#{self.number} {self.title or '(no title yet)'}"

    def get_absolute_url(self) -> str:
        return reverse("paper", args=[self.edition.slug, self.number])

    @property
    def institutions(self) -> list[str]:
        """The lines of `conflict_institutions`."""
        return [line for line in self.conflict_institutions.split("\n") if line]


class Author(models.Model):
    """One name on the paper. Whoever verifies `email` on their account has proved to be this author."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="authors")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    affiliation = models.CharField(max_length=200, blank=True)
    country = CountryField(blank=True)
    orcid = models.CharField("ORCID iD", max_length=19, blank=True, validators=[validate_orcid])
    is_contact = models.BooleanField(default=False, help_text="Receives the mail and may edit")

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=["paper", "position"], name="author_position_unique"),
            models.UniqueConstraint(fields=["paper", "email"], condition=~Q(email=""), name="author_once"),
            models.CheckConstraint(
                condition=Q(email=models.functions.Lower("email")), name="author_email_lower"
            ),
        )
        indexes = (models.Index(fields=["email"], name="author_email"),)

    def __str__(self) -> str:
        return self.name


class ExtraAnswer(models.Model):
    """What the authors answered to an extra field. Files are stored like manuscripts, under our own names."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="extra_answers")
    field = models.ForeignKey(ExtraField, on_delete=models.PROTECT, related_name="answers")
    value = models.TextField(blank=True)
    file = models.FileField(storage=manuscripts, upload_to="unused", max_length=200, blank=True)
    file_size = models.PositiveBigIntegerField(default=0)
    file_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["paper", "field"], name="answer_once"),)

    def __str__(self) -> str:
        return f"{self.field}: {self.value[:50]}"


class DeclaredConflict(models.Model):
    """Authors say that this committee member must not handle their paper."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="declared_conflicts")
    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="declared_conflicts")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["paper", "role"], name="declared_once"),)

    def __str__(self) -> str:
        return f"{self.paper} and {self.role}"


class Extension(models.Model):
    """A later deadline for one paper."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="extensions")
    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="extensions")
    until = models.DateTimeField()
    reason = models.TextField()
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    granted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["paper", "deadline"], name="extension_once"),)

    def __str__(self) -> str:
        return f"{self.paper} until {self.until:%Y-%m-%d %H:%M}"


class Waiver(models.Model):
    """A chair lets one paper pass the page limit, with a reason."""

    paper = models.OneToOneField(Paper, on_delete=models.CASCADE, related_name="waiver")
    reason = models.TextField()
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    granted_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Page limit waived for {self.paper}"
