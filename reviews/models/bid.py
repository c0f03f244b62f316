"""What members would like to review, and how near their own work is to each paper."""

from django.db import models
from django.utils import timezone

from reviews.models.member import Member
from submissions.models import Paper


class Bid(models.Model):
    """A member's wish about one paper."""

    class Level(models.IntegerChoices):
        NOT_WILLING = 0, "not willing"
        IN_A_PINCH = 1, "in a pinch"
        WILLING = 2, "willing"
        EAGER = 3, "eager"

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="bids")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="bids")
    level = models.PositiveSmallIntegerField(choices=Level)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["member", "paper"], name="bid_once"),)
        indexes = (models.Index(fields=["paper", "level"], name="bid_paper"),)

    def __str__(self) -> str:
        return f"{self.member}: {self.get_level_display()} to review #{self.paper.number}"


class AffinityColumn(models.Model):
    """How near one member's own papers are to each submission: `{paper pk: score in [0, 1]}`.

    One row a member: a list of 1,000 papers is read with one row, and 300 rows are the whole matrix.
    """

    member = models.OneToOneField(Member, on_delete=models.CASCADE, related_name="affinity")
    scores = models.JSONField(default=dict)
    # The member's own papers nearest to each submission, at most three, nearest first: {paper pk: [own paper pk, …]}.
    nearest = models.JSONField(default=dict)
    # The affinity that a very good pair of the edition has (domain/scores.reference): the measure for all columns.
    reference = models.FloatField(default=1.0)
    # Of the texts and the engine behind the scores; another one means that they are out of date.
    fingerprint = models.CharField(max_length=64)
    computed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Affinity of {self.member}"
