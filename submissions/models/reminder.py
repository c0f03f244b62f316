"""Who is reminded of which date, and who was."""

from django.db import models
from django.utils import timezone

from submissions.models.call import Deadline, Edition
from submissions.models.paper import Paper


class ReminderRule(models.Model):
    """One rule of the call. What its times mean is in submissions/domain/reminders.py."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="reminder_rules")
    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="reminder_rules")
    audience = models.CharField(max_length=50, help_text="For example: incomplete")
    when = models.JSONField(default=list, help_text='For example: ["-7d", "-2d", "-6h"]')
    text = models.TextField(blank=True, help_text="The chairs' own paragraph in the letter, plain text")
    active = models.BooleanField(default=True)
    active_since = models.DateTimeField(
        default=timezone.now, help_text="Nothing that lay before is made up for"
    )
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("order",)
        constraints = (models.UniqueConstraint(fields=["deadline", "audience"], name="reminder_rule_unique"),)

    def __str__(self) -> str:
        return f"{self.audience} of {self.deadline.slug}"


class Reminder(models.Model):
    """One reminder that was dealt with: written in the transaction that queues its message.

    The unique key makes it happen once, whatever runs at the same time. It names the date by its moment: a date that
    moves has reminders of its own, and one that moves back does not repeat what was said. Rows outlive their rule.
    """

    class Outcome(models.TextChoices):
        QUEUED = "queued", "sent to the mail queue"
        UNWANTED = "unwanted", "not sent: switched off by the reader"
        NO_NEWS = "no_news", "not sent: there was nothing to say"

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="reminders")
    deadline_slug = models.CharField(max_length=50)
    audience = models.CharField(max_length=50)
    about = models.CharField(max_length=60, help_text="For example: paper:12")
    address = models.EmailField(max_length=254)
    occasion = models.CharField(max_length=20, help_text="For example: -7d")
    deadline_at = models.CharField(max_length=20, help_text="The date as it stood, in UTC; empty for digests")
    # Who may see the row depends on the paper.
    paper = models.ForeignKey(
        Paper, null=True, blank=True, on_delete=models.CASCADE, related_name="reminders"
    )
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.QUEUED)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=[
                    "edition",
                    "deadline_slug",
                    "audience",
                    "about",
                    "address",
                    "occasion",
                    "deadline_at",
                ],
                name="reminder_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.occasion} to {self.address}"
