"""The scores of reviews as numbers of their own: made anew from the reviews, should anybody doubt them."""

from django.db import transaction
from django.db.models import F

from reviews.domain.score_summaries import scores_in
from reviews.models import Review, ReviewVersion, SubmittedScore

#: Reviews that are compared, and held against change, at once.
BATCH = 200


def rebuild() -> int:
    """Compare the scores of every review with its latest version, and write those anew that differ. Returns how many did."""
    keys = list(Review.objects.order_by("pk").values_list("pk", flat=True))
    return sum(_rebuild(keys[start : start + BATCH]) for start in range(0, len(keys), BATCH))


def _rebuild(keys: list[int]) -> int:
    with transaction.atomic():
        list(Review.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
        kept: dict[int, dict[str, int]] = {pk: {} for pk in keys}
        scores = SubmittedScore.objects.filter(review__in=keys)
        for review, slug, value in scores.values_list("review", "slug", "value"):
            kept[review][slug] = value
        latest = ReviewVersion.objects.filter(review__in=keys, number=F("review__version"))
        differ = [it for it in latest.select_related("review") if scores_in(it.answers) != kept[it.review_id]]
        SubmittedScore.objects.copy(differ)
    return len(differ)
