"""The people of an edition's committee: asked, answering, and what they tell about themselves."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django_countries.fields import CountryField

from reviews.domain import rights
from submissions.models import Edition, Role, Topic

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class MemberQuerySet(models.QuerySet["Member"]):
    def held_by(self, user: "User | AnonymousUser") -> "MemberQuerySet":
        """The places in committees that `user` holds, by account or by a proven address."""
        from reviews import policy

        return self.filter(policy.members_held_by(user))

    def visible_to(self, user: "User | AnonymousUser") -> "MemberQuerySet":
        """The rosters of the editions `user` chairs, and their own places."""
        from reviews import policy

        return self.filter(policy.members_visible_to(user))

    def reviewing(self) -> "MemberQuerySet":
        """Those who said yes and whose place brings papers."""
        return self.filter(state=Member.State.ACCEPTED, kind__in=Member.REVIEWING)


class Member(models.Model):
    """One person in the committee of one edition, printed in the call or not.

    A line of the call (`role`) makes a member by itself (reviews/receivers.py); members are also added by hand, from a
    CSV, or as external reviewers. Whoever proves `email`, or answered the invitation while signed in, holds the place.
    """

    class Kind(models.TextChoices):
        GENERAL_CHAIR = "general_chair", "General Chair"
        PROGRAMME_CHAIR = "programme_chair", "Program Committee Chair"
        LOGISTICS_WEB_CHAIR = "logistics_web_chair", "Logistics & Web Chair"
        PUBLICITY_CHAIR = "publicity_chair", "Publicity Chair"
        PC_MEMBER = "pc_member", "Program Committee"
        STEERING = "steering", "Steering Committee"
        EXTERNAL = "external", "External reviewer"

    class State(models.TextChoices):
        NEW = "new", "not yet invited"
        INVITED = "invited", "invited"
        LATER = "later", "will answer later"
        ACCEPTED = "accepted", "accepted"
        DECLINED = "declined", "declined"
        REMOVED = "removed", "removed"

    #: Places that bring papers to review. Chairs review as well if they set a load.
    REVIEWING = rights.kinds_with(rights.Right.REVIEW)
    CHAIRS = rights.kinds_with(rights.Right.RUN)

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="members")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.PC_MEMBER)
    name = models.CharField(max_length=200)
    email = models.EmailField(max_length=254, blank=True)
    affiliation = models.CharField(max_length=200, blank=True)
    country = CountryField(blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="memberships"
    )
    role = models.ForeignKey(
        Role,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="members",
        help_text="The line of the call that prints this person",
    )
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    # The address of the invitation; a new one is made by every sending, so that only the latest opens anything.
    invitation_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    invitations = models.PositiveSmallIntegerField(default=0, help_text="How many were sent")
    invited_at = models.DateTimeField(null=True, blank=True)
    answer_by = models.DateTimeField(null=True, blank=True, help_text="When the invitation expires")
    answered_at = models.DateTimeField(null=True, blank=True)
    answer_note = models.TextField(blank=True, help_text="What the person wrote with the answer")
    # None: the edition's default for committee members, nothing for chairs.
    load_wanted = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(200)],
        help_text="Papers the member wants at most",
    )
    load_limit = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(200)], help_text="Papers the chairs give at most"
    )
    senior = models.BooleanField(default=False, help_text="Counts as an experienced reviewer")
    collaborators = models.TextField(blank=True, help_text="One a line: name (affiliation)")
    created_at = models.DateTimeField(default=timezone.now)

    objects = MemberQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["edition", "email"], condition=~Q(email=""), name="member_email_once"
            ),
            models.UniqueConstraint(
                fields=["edition", "user"], condition=Q(user__isnull=False), name="member_user_once"
            ),
            models.CheckConstraint(
                condition=Q(email=models.functions.Lower("email")), name="member_email_lower"
            ),
        )
        indexes = (models.Index(fields=["email"], name="member_email"),)

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_chair(self) -> bool:
        return self.kind in self.CHAIRS


class FormerInvitation(models.Model):
    """The key of an invitation that a later one replaced: its link says so, and what to do."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="former_invitations")
    key = models.UUIDField(unique=True)
    replaced_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"A former invitation of {self.member}"


class Expertise(models.Model):
    """How well a member knows a topic of the call."""

    class Level(models.IntegerChoices):
        SOME = 1, "some"
        KNOWLEDGEABLE = 2, "knowledgeable"
        EXPERT = 3, "expert"

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="expertise")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="expertise")
    level = models.PositiveSmallIntegerField(choices=Level)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["member", "topic"], name="expertise_once"),)

    def __str__(self) -> str:
        return f"{self.topic}: {self.get_level_display()}"


class Absence(models.Model):
    """Days on which a member cannot work, both inclusive."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="absences")
    first = models.DateField()
    last = models.DateField()
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("first",)
        constraints = (
            models.CheckConstraint(condition=Q(first__lte=models.F("last")), name="absence_in_order"),
        )

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


class OwnPaper(models.Model):
    """A paper the member wrote: for affinity, and its authors for conflicts."""

    class Source(models.TextChoices):
        BIBTEX = "bibtex", "BibTeX"
        PASTED = "pasted", "pasted"
        PDF = "pdf", "PDF"

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="own_papers")
    title = models.CharField(max_length=500)
    abstract = models.TextField(blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    authors = models.JSONField(default=list, blank=True, help_text="Names, as printed")
    source = models.CharField(max_length=10, choices=Source)
    # SHA-256 of the normalised title: the same paper from two lists is one.
    fingerprint = models.CharField(max_length=64)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-year", "title")
        constraints = (models.UniqueConstraint(fields=["member", "fingerprint"], name="own_paper_once"),)

    def __str__(self) -> str:
        return self.title
