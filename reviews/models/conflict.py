"""Why a member must not handle a paper."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from reviews.domain.conflicts.facts import Rule as Found
from reviews.models.member import Member
from submissions.models import Edition, Paper

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class ConflictQuerySet(models.QuerySet["Conflict"]):
    def standing(self) -> "ConflictQuerySet":
        """Those that act now: neither dismissed nor expired."""
        today = timezone.now().date()
        return self.filter(Q(expires__isnull=True) | Q(expires__gt=today), dismissed_at__isnull=True)

    def visible_to(self, user: "User | AnonymousUser") -> "ConflictQuerySet":
        """Those of papers that `user` handles as a chair, and those a member declared themselves."""
        from reviews import policy

        return self.filter(policy.conflicts_visible_to(user))


class Conflict(models.Model):
    """One reason, found or declared, with its evidence. Several reasons may hold for the same pair.

    What was found is kept in step with the facts by `services.detection`. A dismissal holds for the facts it was made
    for (`dismissed_facts`) and falls when others come. A dismissed conflict that nothing speaks for any more stays,
    without facts: should they come back, it is still dismissed.
    """

    class Rule(models.TextChoices):
        OWN_PAPER = Found.OWN_PAPER.value, Found.OWN_PAPER.label
        DECLARED_BY_AUTHOR = Found.DECLARED_BY_AUTHOR.value, Found.DECLARED_BY_AUTHOR.label
        DECLARED_INSTITUTION = Found.DECLARED_INSTITUTION.value, Found.DECLARED_INSTITUTION.label
        DECLARED_BY_MEMBER = Found.DECLARED_BY_MEMBER.value, Found.DECLARED_BY_MEMBER.label
        SET_BY_CHAIR = "set_by_chair", "set by a chair"
        COAUTHOR_THIS_EDITION = Found.COAUTHOR_THIS_EDITION.value, Found.COAUTHOR_THIS_EDITION.label
        COAUTHOR_EARLIER_EDITION = Found.COAUTHOR_EARLIER_EDITION.value, Found.COAUTHOR_EARLIER_EDITION.label
        SAME_INSTITUTION = Found.SAME_INSTITUTION.value, Found.SAME_INSTITUTION.label
        PUBLISHED_TOGETHER = Found.PUBLISHED_TOGETHER.value, Found.PUBLISHED_TOGETHER.label
        COLLABORATOR = Found.COLLABORATOR.value, Found.COLLABORATOR.label

    class Confidence(models.TextChoices):
        CERTAIN = "certain", "certain"
        PROBABLE = "probable", "probable"

    #: Rules that a person states; the others are found and found again.
    DECLARED = (Rule.DECLARED_BY_MEMBER, Rule.SET_BY_CHAIR)

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="conflicts")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="conflicts")
    rule = models.CharField(max_length=24, choices=Rule)
    confidence = models.CharField(max_length=10, choices=Confidence)
    evidence = models.TextField(help_text="One sentence that shows why")
    doubt = models.TextField(blank=True, help_text="Why it may be a false alarm")
    fingerprint = models.CharField(max_length=64, help_text="Of the facts behind it")
    facts = models.JSONField(default=list, blank=True, help_text="Short marks of what it rests on")
    expires = models.DateField(null=True, blank=True, help_text="It no longer acts from this day on")
    found_at = models.DateTimeField(default=timezone.now)
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    dismissed_at = models.DateTimeField(null=True, blank=True)
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    dismissed_reason = models.TextField(blank=True)
    dismissed_facts = models.JSONField(default=list, blank=True, help_text="`facts` at the time")

    objects = ConflictQuerySet.as_manager()

    class Meta:
        ordering = ("paper__number", "member__name", "rule")
        constraints = (
            models.UniqueConstraint(fields=["paper", "member", "rule"], name="conflict_once_a_rule"),
            models.CheckConstraint(
                condition=Q(dismissed_at__isnull=True) | ~Q(dismissed_reason=""),
                name="conflict_dismissed_with_reason",
            ),
        )
        indexes = (models.Index(fields=["member", "paper"], name="conflict_pair"),)

    def __str__(self) -> str:
        return f"{self.member} and #{self.paper.number}: {self.get_rule_display()}"


class ConflictLook(models.Model):
    """When a chair last looked through the conflicts, so that what is new since can be marked."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["edition", "user"], name="conflict_look_once"),)

    def __str__(self) -> str:
        return f"{self.user}, {self.at:%Y-%m-%d %H:%M}"


class ConflictSearch(models.Model):
    """The last search through an edition, and a mark of everything it looked at: another mark, and it is due again."""

    edition = models.OneToOneField(Edition, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.CharField(max_length=64, blank=True)
    # Raised by every search: of two at once, the later to finish looks again.
    number = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.edition}, {self.at:%Y-%m-%d %H:%M}" if self.at else f"{self.edition}, not yet"
