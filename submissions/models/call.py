"""The call for papers as rows: what the public page shows is what the services enforce."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django_countries.fields import CountryField

from submissions.domain.page_law import PageLaw

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class EditionQuerySet(models.QuerySet["Edition"]):
    def visible_to(self, user: "User | AnonymousUser") -> "EditionQuerySet":
        from submissions import policy

        return self.filter(policy.editions_visible_to(user))


class Edition(models.Model):
    """One year's workshop. Its slug is the first part of its addresses: /2021/."""

    class Format(models.TextChoices):
        IN_PERSON = "in_person", "in person"
        VIRTUAL = "virtual", "virtual"
        HYBRID = "hybrid", "hybrid (in person and virtual)"

    class Anonymity(models.TextChoices):
        SINGLE = "single", "single-blind: reviewers see the authors' names"
        DOUBLE = "double", "double-blind: reviewers do not see the authors' names"

    slug = models.SlugField(max_length=50, unique=True)
    series = models.CharField(max_length=200, help_text="For example: ScaDL")
    name = models.CharField(max_length=300, help_text="The full name, for headings")
    short_name = models.CharField(max_length=60, help_text="For example: ScaDL 2021")
    file_prefix = models.SlugField(max_length=30, help_text="First part of download names: scadl2021")
    host_event = models.CharField(max_length=200, blank=True)
    place = models.CharField(max_length=200, blank=True)
    format = models.CharField(max_length=10, choices=Format, default=Format.IN_PERSON)
    format_note = models.TextField(blank=True, help_text="Markdown")
    site_url = models.URLField(max_length=300, blank=True)
    contact_email = models.EmailField(blank=True, help_text="Where authors' questions go; public")
    time_zone = models.CharField(
        max_length=64, default="AoE", help_text="AoE or an IANA zone such as Europe/Rome"
    )
    anonymity = models.CharField(max_length=10, choices=Anonymity, default=Anonymity.SINGLE)
    summary = models.TextField(blank=True, help_text="One or two sentences, plain text")
    scope = models.TextField(blank=True, help_text="Markdown")
    instructions = models.TextField(blank=True, help_text="Markdown: how to prepare and submit a paper")
    style_name = models.CharField(max_length=100, blank=True, help_text="For example: IEEE conference style")
    style_url = models.URLField(max_length=300, blank=True)
    title_max_chars = models.PositiveIntegerField(default=250)
    abstract_min_words = models.PositiveIntegerField(default=0)
    abstract_max_words = models.PositiveIntegerField(default=300)
    max_topics = models.PositiveIntegerField(null=True, blank=True)
    max_file_mb = models.PositiveIntegerField(default=20, validators=[MinValueValidator(1)])
    published = models.BooleanField(default=False)
    source = models.JSONField(
        default=dict, blank=True, editable=False, help_text="The call file's facts as last loaded"
    )
    source_name = models.CharField(max_length=200, blank=True, editable=False)
    loaded_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The highest paper number given out; taken with a row lock so that numbers never repeat.
    last_paper_number = models.PositiveIntegerField(default=0, editable=False)

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ("-slug",)

    def __str__(self) -> str:
        return self.short_name

    def get_absolute_url(self) -> str:
        return reverse("call", args=[self.slug])


class ResearchDirection(models.Model):
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="directions")
    order = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True, help_text="Markdown")

    class Meta:
        ordering = ("order",)
        constraints = (models.UniqueConstraint(fields=["edition", "title"], name="direction_unique"),)

    def __str__(self) -> str:
        return self.title


class Topic(models.Model):
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="topics")
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=200)
    group = models.CharField(
        max_length=200, blank=True, help_text="A heading above topics that belong together"
    )
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("order",)
        constraints = (
            models.UniqueConstraint(fields=["edition", "slug"], name="topic_slug_unique"),
            models.UniqueConstraint(fields=["edition", "name"], name="topic_name_unique"),
        )

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """A kind of paper with its page limits. `min_pages` and `max_pages` are inclusive; null is no limit."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="categories")
    slug = models.SlugField(max_length=50)
    name = models.CharField(max_length=100, help_text="In the singular: Regular paper")
    description = models.TextField(blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    needs_file = models.BooleanField(default=True)
    min_pages = models.PositiveSmallIntegerField(null=True, blank=True)
    max_pages = models.PositiveSmallIntegerField(null=True, blank=True)
    excludes = models.JSONField(
        default=list,
        blank=True,
        help_text='What does not count: [], ["references"], ["references", "appendices"]',
    )
    max_total_pages = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="With the parts that do not count"
    )

    class Meta:
        ordering = ("order",)
        verbose_name_plural = "categories"
        constraints = (
            models.UniqueConstraint(fields=["edition", "slug"], name="category_slug_unique"),
            models.CheckConstraint(
                condition=Q(min_pages__isnull=True)
                | Q(max_pages__isnull=True)
                | Q(min_pages__lte=models.F("max_pages")),
                name="category_min_not_above_max",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def law(self, *, waived: bool = False) -> PageLaw:
        """The page law that manuscripts of this category are judged by."""
        return PageLaw(
            category=self.name,
            slug=self.slug,
            min_pages=self.min_pages,
            max_pages=self.max_pages,
            excludes=tuple(self.excludes),
            max_total_pages=self.max_total_pages,
            waived=waived,
        )


class Deadline(models.Model):
    """One date of the call. `at` is the exact moment (for a day: its last second in the call's zone)."""

    class Kind(models.TextChoices):
        REGISTRATION = "registration", "abstract registration"
        SUBMISSION = "submission", "paper submission"
        BIDS = "bids", "bids of the committee"
        REVIEWS = "reviews", "reviews due"
        RESPONSE = "response", "authors' responses"
        DISCUSSION = "discussion", "end of the discussion"
        NOTIFICATION = "notification", "notification"
        CAMERA_READY = "camera_ready", "camera-ready"
        EVENT = "event", "the event"
        OTHER = "other", "other"

    #: Dates of the committee's own work; the public call does not show them.
    OF_COMMITTEE = (Kind.BIDS, Kind.REVIEWS, Kind.DISCUSSION)

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="deadlines")
    slug = models.SlugField(max_length=50, help_text="Key within the call, e.g. submission")
    kind = models.CharField(max_length=20, choices=Kind)
    label = models.CharField(max_length=200)
    category = models.ForeignKey(
        Category,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="deadlines",
        help_text="Empty: holds for every category that has none of its own",
    )
    at = models.DateTimeField()
    starts_at = models.DateTimeField(
        null=True, blank=True, help_text="For what lasts longer: its first moment; `at` is its last"
    )
    original_at = models.DateTimeField(help_text="As first announced")
    grace_minutes = models.PositiveIntegerField(
        default=0, help_text="Not announced; late requests still count"
    )
    date_only = models.BooleanField(default=True, help_text="Shown as a day, without a time")
    # Calendars that subscribed to the dates take a change only with a higher number and a later stamp.
    revision = models.PositiveIntegerField(default=0, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    moved_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When `at` was last changed; no reminder is made up before",
    )

    class Meta:
        ordering = ("at", "slug")
        constraints = (
            models.UniqueConstraint(fields=["edition", "slug"], name="deadline_slug_unique"),
            models.UniqueConstraint(
                fields=["edition", "kind", "category"],
                condition=Q(category__isnull=False) & ~Q(kind="other"),
                name="deadline_one_per_category",
            ),
            models.UniqueConstraint(
                fields=["edition", "kind"],
                condition=Q(category__isnull=True) & ~Q(kind="other"),
                name="deadline_one_for_all",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(starts_at__lte=models.F("at")),
                name="deadline_starts_before_it_ends",
            ),
        )

    def __str__(self) -> str:
        return f"{self.label} ({self.edition.short_name})"

    @property
    def is_public(self) -> bool:
        return self.kind not in self.OF_COMMITTEE


class ExtraField(models.Model):
    """A further question of the submission form."""

    class Kind(models.TextChoices):
        TEXT = "text", "text"
        CHOICE = "choice", "choice"
        CHECKBOX = "checkbox", "checkbox"
        FILE = "file", "file"

    class VisibleTo(models.TextChoices):
        CHAIRS = "chairs", "authors and chairs"
        COMMITTEE = "committee", "authors, chairs and reviewers"

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="extra_fields")
    slug = models.SlugField(max_length=50)
    label = models.CharField(max_length=200)
    help_text = models.TextField(blank=True)
    kind = models.CharField(max_length=10, choices=Kind)
    required = models.BooleanField(default=False)
    choices = models.JSONField(default=list, blank=True)
    max_chars = models.PositiveIntegerField(null=True, blank=True)
    visible_to = models.CharField(max_length=10, choices=VisibleTo, default=VisibleTo.CHAIRS)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("order",)
        constraints = (models.UniqueConstraint(fields=["edition", "slug"], name="extrafield_slug_unique"),)

    def __str__(self) -> str:
        return self.label


class ReviewField(models.Model):
    """One question of the review form."""

    class Kind(models.TextChoices):
        SCORE = "score", "score"
        CHOICE = "choice", "choice"
        CHECKBOX = "checkbox", "checkbox"
        TEXT = "text", "text"

    class VisibleTo(models.TextChoices):
        AUTHORS = "authors", "authors, reviewers and chairs"
        COMMITTEE = "committee", "reviewers and chairs"
        CHAIRS = "chairs", "chairs"

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="review_fields")
    slug = models.SlugField(max_length=50)
    label = models.CharField(max_length=200)
    help_text = models.TextField(blank=True)
    kind = models.CharField(max_length=10, choices=Kind)
    required = models.BooleanField(default=True)
    # A score's steps from the lowest (1) up, or the answers to choose from.
    choices = models.JSONField(default=list, blank=True)
    visible_to = models.CharField(max_length=10, choices=VisibleTo, default=VisibleTo.COMMITTEE)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("order",)
        constraints = (models.UniqueConstraint(fields=["edition", "slug"], name="reviewfield_slug_unique"),)

    def __str__(self) -> str:
        return self.label


class RoleQuerySet(models.QuerySet["Role"]):
    def held_by(self, user: "User | AnonymousUser") -> "RoleQuerySet":
        from submissions import policy

        return self.filter(policy.roles_held_by(user))


class Role(models.Model):
    """A person's place in the committee of an edition, shown on the call page.

    Who holds the role in the system is whoever has verified `email` (or is set as `user`): a printed name alone
    gives no rights.
    """

    class Kind(models.TextChoices):
        GENERAL_CHAIR = "general_chair", "General Chair"
        PROGRAMME_CHAIR = "programme_chair", "Program Committee Chair"
        LOGISTICS_WEB_CHAIR = "logistics_web_chair", "Logistics & Web Chair"
        PUBLICITY_CHAIR = "publicity_chair", "Publicity Chair"
        PC_MEMBER = "pc_member", "Program Committee"
        STEERING = "steering", "Steering Committee"

    #: Roles whose holders run the edition.
    CHAIRS = (Kind.GENERAL_CHAIR, Kind.PROGRAMME_CHAIR)

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="roles")
    kind = models.CharField(max_length=20, choices=Kind)
    name = models.CharField(max_length=200)
    affiliation = models.CharField(max_length=200, blank=True)
    country = CountryField(blank=True)
    email = models.EmailField(blank=True, help_text="Never shown in public")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="roles"
    )
    order = models.PositiveSmallIntegerField(default=0)

    objects = RoleQuerySet.as_manager()

    class Meta:
        ordering = ("order",)
        constraints = (
            models.UniqueConstraint(fields=["edition", "kind", "name"], name="role_unique"),
            models.CheckConstraint(
                condition=Q(email=models.functions.Lower("email")), name="role_email_lower"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name}, {self.get_kind_display()}"
