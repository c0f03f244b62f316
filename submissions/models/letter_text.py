"""A letter in an edition's own words."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from submissions.models.call import Edition


class LetterText(models.Model):
    """What the chairs of an edition made of a letter. Without a row the text is the file's."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="letter_texts")
    kind = models.SlugField(max_length=60)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    # Compared and raised by every save, so that an old page cannot overwrite a newer text.
    revision = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=["edition", "kind"], name="lettertext_once"),)

    def __str__(self) -> str:
        return f"{self.kind} of {self.edition}"
