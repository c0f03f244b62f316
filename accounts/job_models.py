"""Long work that somebody asked for and watches (accounts.jobs)."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: "User | AnonymousUser") -> "JobQuerySet":
        """A job and its result belong to the person who asked for it, and to nobody else."""
        return self.filter(actor=user) if user.is_authenticated else self.none()

    def unfinished(self) -> "JobQuerySet":
        return self.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])


class Job(models.Model):
    """One piece of long work: who asked for it, how far it is, and what came out."""

    class State(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    edition = models.CharField(max_length=50, blank=True, help_text="Slug of the edition")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="jobs")
    back = models.CharField(max_length=200, default="/", help_text="The page it was started from")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    # Raised by every run: a worker that was taken for dead finds another number here and stops.
    attempt = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=1000, blank=True)
    result = models.CharField(max_length=200, blank=True, help_text="File within the folder of job results")
    result_name = models.CharField(max_length=200, blank=True, help_text="What a browser calls it")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(default=timezone.now, help_text="When anything was last heard of it")

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (
            # Two clicks on the button are one job.
            models.UniqueConstraint(
                fields=["actor", "kind", "edition"],
                condition=Q(state__in=["queued", "running"]),
                name="job_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"], finished_at__isnull=True)
                | Q(state__in=["done", "failed", "cancelled"], finished_at__isnull=False),
                name="job_finished_has_time",
            ),
        )
        indexes = (
            models.Index(
                fields=["heartbeat_at"], condition=Q(state__in=["queued", "running"]), name="job_unfinished"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.edition or 'the site'}"

    def get_absolute_url(self) -> str:
        return reverse("job", args=[self.key])

    @property
    def is_finished(self) -> bool:
        return self.state not in (Job.State.QUEUED, Job.State.RUNNING)
