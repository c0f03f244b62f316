from django.db import migrations
from django.db.models import F

BATCH = 500


def copy_scores(apps, schema_editor):
    """The scores of every review's latest version, as rows. What is no number from 1 to 32767 is no step of a scale."""
    version, score = (apps.get_model("reviews", name) for name in ("ReviewVersion", "SubmittedScore"))
    latest = (
        version.objects.filter(number=F("review__version")).order_by("pk").values_list("review", "answers")
    )
    rows = []
    for review, answers in latest.iterator(chunk_size=BATCH):
        rows += [
            score(review_id=review, slug=slug, value=value)
            for slug, value in answers.items()
            if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 32767
        ]
        if len(rows) >= BATCH:
            score.objects.bulk_create(rows)
            rows = []
    score.objects.bulk_create(rows)


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0011_submitted_scores"),
    ]

    operations = [
        migrations.RunPython(copy_scores, migrations.RunPython.noop, elidable=True),
    ]
