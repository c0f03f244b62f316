"""People, what they did (AuditEntry) and what was written to them (Message)."""

from typing import Any, ClassVar

from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django_countries.fields import CountryField

from accounts.job_models import Job  # noqa: F401 (Django finds models here)
from accounts.validators import validate_line, validate_orcid, validate_time_zone


class UserManager(BaseUserManager["User"]):
    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Add the bare row. `accounts.services.create_person` also adds the address and the audit entry."""
        if not email:
            raise ValueError("A person needs an e-mail address.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Add an administrator. Whoever may run commands on the server vouches for the address."""
        user = self.create_user(email, password, is_staff=True, is_superuser=True, **fields)
        addresses = apps.get_model("account", "EmailAddress").objects
        addresses.create(user=user, email=user.email, verified=True, primary=True)
        return user

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=(email or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The e-mail address is the login; the name is written as the person writes it."""

    email = models.EmailField("e-mail address", max_length=254, unique=True)
    name = models.CharField(
        "name", max_length=200, help_text="As you write it on a paper.", validators=[validate_line]
    )
    affiliation = models.CharField(max_length=200, blank=True, validators=[validate_line])
    country = CountryField(blank=True)
    orcid = models.CharField("ORCID iD", max_length=19, blank=True, validators=[validate_orcid])
    homepage = models.URLField("home page", max_length=300, blank=True)
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text="Times are shown in this zone beside the zone of the call.",
    )
    is_active = models.BooleanField(
        "may sign in", default=True, help_text="Switch this off instead of deleting an account."
    )
    is_staff = models.BooleanField("may use the administration pages", default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        ordering = ("name", "email")
        constraints = (
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower"),
        )

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


def display_name(user: User) -> str:
    """How allauth's pages and mails address a person."""
    return str(user)


class AuditEntry(models.Model):
    """One thing somebody did. Written only by `accounts.audit.record`; outlives its actor and its subject."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="audit_entries"
    )
    actor_label = models.CharField(max_length=200, help_text="The actor's name at the time.")
    verb = models.CharField(max_length=60, db_index=True, help_text="For example: paper.withdrawn")
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField(null=True)
    subject_label = models.CharField(max_length=300)
    edition = models.CharField(max_length=50, blank=True, db_index=True, help_text="Slug of the edition")
    data = models.JSONField(default=dict, blank=True, help_text="What changed: {field: [before, after]}")

    class Meta:
        ordering = ("-at", "-id")
        verbose_name_plural = "audit entries"
        indexes = (models.Index(fields=["subject_type", "subject_id", "-at"], name="audit_subject"),)

    def __str__(self) -> str:
        return f"{self.actor_label}: {self.verb} {self.subject_label}"


class MailHold(models.Model):
    """While this row exists, no message of the edition leaves."""

    edition = models.CharField(max_length=50, unique=True, help_text="Slug of the edition")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return f"Mail of {self.edition} is held"


class MailWish(models.Model):
    """Which optional mail a person wants, and how. Nobody has one until they change something.

    A contact without an account may switch mail off as well: then `address` says whose wish it is.
    """

    person = models.OneToOneField(
        User, null=True, blank=True, on_delete=models.CASCADE, related_name="mail_wish"
    )
    address = models.EmailField(max_length=254, blank=True)
    off = models.JSONField(default=list, blank=True, help_text="Slugs of the groups switched off")
    daily = models.BooleanField("one mail a day", default=False)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(person__isnull=True) ^ models.Q(address=""), name="mailwish_of_one"
            ),
            models.UniqueConstraint(
                fields=["address"], condition=~models.Q(address=""), name="mailwish_address_once"
            ),
        )

    def __str__(self) -> str:
        return f"Mail for {self.person or self.address}"


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, now: Any = None) -> "MessageQuerySet":
        """What may leave now: its time has come, and nobody holds its edition's mail."""
        return self.filter(state=Message.State.QUEUED, due_at__lte=now or timezone.now()).exclude(
            edition__in=MailHold.objects.values("edition")
        )

    def overdue(self, now: Any = None) -> "MessageQuerySet":
        """What should have left by now. Counted from when it was first due: a retry is no excuse."""
        return self.filter(
            state__in=[Message.State.QUEUED, Message.State.SENDING], wanted_at__lte=now or timezone.now()
        ).exclude(edition__in=MailHold.objects.values("edition"))


class Message(models.Model):
    """One mail to one person. Written by `accounts.outbox.post` in the transaction that causes it.

    `key` is unique, so the same thing is never announced twice; the Message-ID header is made from it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        SENDING = "sending", "being sent"
        SENT = "sent", "sent"
        FAILED = "failed", "failed"
        JOINED = "joined", "in a daily mail"

    # Room for a kind (60), an object (100), an address (254) and an occasion.
    key = models.CharField(max_length=500, unique=True, help_text="kind:object:person:occasion")
    kind = models.CharField(max_length=60, db_index=True)
    about = models.CharField(max_length=100, blank=True, db_index=True, help_text="For example: paper:12")
    edition = models.CharField(max_length=50, blank=True, help_text="Slug of the edition")
    person = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="messages"
    )
    to = models.EmailField(max_length=254)
    reply_to = models.CharField(max_length=600, blank=True)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    sensitive = models.BooleanField(
        default=False, help_text="Holds a code or a link that signs in: cleared once delivered"
    )
    optional_group = models.CharField(
        max_length=60, blank=True, help_text="The switch that stops such mail; empty for required mail"
    )
    daily = models.BooleanField(default=False, help_text="May be joined with others into one mail a day")
    joined_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="parts"
    )
    batch = models.UUIDField(null=True, blank=True, db_index=True, help_text="Written by hand, to a group")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    wanted_at = models.DateTimeField(
        default=timezone.now, help_text="When it was first due; retries move due_at"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(
                fields=["due_at"], condition=models.Q(state__in=["queued", "sending"]), name="message_unsent"
            ),
            models.Index(fields=["edition", "-created_at", "-id"], name="message_edition"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_at__isnull=False)
                | models.Q(sent_at__isnull=True) & ~models.Q(state="sent"),
                name="message_sent_has_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}"


class MessageAbout(models.Model):
    """One more thing a message tells of, where it tells of several. Who may not know of one may not see the message."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="also_about")
    about = models.CharField(max_length=100, db_index=True, help_text="For example: paper:12")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["message", "about"], name="messageabout_once"),)

    def __str__(self) -> str:
        return self.about
