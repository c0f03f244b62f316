"""How the committee of an edition works: set by its chairs, with defaults that suit a workshop."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from submissions.models import Edition


class CommitteeSettings(models.Model):
    """One row an edition. An edition without one works by the defaults (`queries.settings_of`)."""

    class OthersReviews(models.TextChoices):
        AFTER_OWN = "after_own", "after submitting one's own"
        ALWAYS = "always", "at any time"
        NEVER = "never", "never"

    edition = models.OneToOneField(Edition, on_delete=models.CASCADE, related_name="committee_settings")
    reviews_per_paper = models.PositiveSmallIntegerField(
        default=3, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    default_load = models.PositiveSmallIntegerField(
        default=4,
        validators=[MaxValueValidator(200)],
        help_text="Papers for a member who asked for no other number",
    )
    least_load = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(200)],
        help_text="Papers that every member gets, as far as their load allows",
    )
    invitation_days = models.PositiveSmallIntegerField(
        default=14, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    # Co-authors of this many years are in conflict; usual practice is three to four.
    conflict_years = models.PositiveSmallIntegerField(
        default=4, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    bids_before_deadline = models.BooleanField(
        default=False, help_text="Members may bid while papers are still coming in"
    )
    # Weights of the score of a pair (reviews/domain/scores.py); only their proportion matters.
    weight_affinity = models.FloatField(
        default=1.0, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    weight_topics = models.FloatField(default=1.0, validators=[MinValueValidator(0), MaxValueValidator(100)])
    weight_bids = models.FloatField(default=1.0, validators=[MinValueValidator(0), MaxValueValidator(100)])
    fair = models.BooleanField(default=True, help_text="Lift the weakest papers, for the price below")
    fair_price = models.FloatField(
        default=0.005, validators=[MinValueValidator(0), MaxValueValidator(1)], help_text="Share of the total"
    )
    one_per_institution = models.BooleanField(default=False)
    one_senior = models.BooleanField(default=False)
    no_coauthors_together = models.BooleanField(default=False)
    max_probability = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0.05), MaxValueValidator(1)],
        help_text="Empty: not randomised. Otherwise no pair is certain above this (against bids made to get a paper)",
    )
    seed = models.PositiveIntegerField(default=1)
    # Who sees what. The defaults are the careful ones.
    others_reviews = models.CharField(
        max_length=10,
        choices=OthersReviews,
        default=OthersReviews.AFTER_OWN,
        verbose_name="others' reviews of a paper",
    )
    names_to_reviewers = models.BooleanField(
        default=True, help_text="Reviewers of a paper see each other's names; authors never do"
    )
    response_words = models.PositiveSmallIntegerField(
        default=500, validators=[MinValueValidator(50), MaxValueValidator(5000)]
    )
    responses_open_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when authors read the reviews and respond"
    )
    guests_need_approval = models.BooleanField(
        default=True, help_text="A chair approves each external sub-reviewer before the invitation"
    )
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = "committee settings"
        verbose_name_plural = "committee settings"
        constraints = (
            models.CheckConstraint(condition=Q(reviews_per_paper__gte=1), name="settings_some_reviews"),
            models.CheckConstraint(
                condition=Q(weight_affinity__gte=0, weight_topics__gte=0, weight_bids__gte=0),
                name="settings_weights_not_negative",
            ),
        )

    def __str__(self) -> str:
        return f"Committee settings of {self.edition}"
