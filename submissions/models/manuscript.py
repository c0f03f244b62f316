"""Uploaded files: one row per version, never changed afterwards."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from submissions.domain.page_law import Finding, Heading, PageLaw, counted_pages, judge
from submissions.storage import manuscripts


class Manuscript(models.Model):
    """One uploaded PDF as it arrived, with what the page check found.

    Versions count every upload that could be read, also one that a page limit refused (`accepted` is then false and
    the paper keeps the version it had).
    """

    paper = models.ForeignKey("submissions.Paper", on_delete=models.CASCADE, related_name="manuscripts")
    version = models.PositiveIntegerField()
    file = models.FileField(storage=manuscripts, upload_to="unused", max_length=200)
    thumbnail = models.FileField(storage=manuscripts, upload_to="unused", max_length=200, blank=True)
    original_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveIntegerField()
    accepted = models.BooleanField(help_text="Within the law of the category it was uploaded for")
    report = models.JSONField(default=dict, help_text="What the page check found (submissions.pdf.report)")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    arrived_at = models.DateTimeField(help_text="When the request arrived; this is what the deadline judges")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-version",)
        constraints = (
            models.UniqueConstraint(fields=["paper", "version"], name="manuscript_version_unique"),
        )

    def __str__(self) -> str:
        return f"{self.paper} v{self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A manuscript is never changed: add a version instead.")
        super().save(*args, **kwargs)

    @property
    def findings(self) -> list[Finding]:
        """What the check of the file itself found; the page law is judged anew for each category."""
        return [Finding.from_dict(item) for item in self.report.get("findings", [])]

    def breaks(self, law: PageLaw, others: Sequence[PageLaw] = ()) -> Finding | None:
        """What `law` has against this file: a refusal, a warning for the chairs, or nothing."""
        headings = [Heading(it["part"], it["page"], it["at_top"]) for it in self.report.get("headings", [])]
        return judge(
            law, self.pages, counted_pages=counted_pages(headings, self.pages, law.excludes), others=others
        )

    def fits(self, law: PageLaw) -> bool:
        finding = self.breaks(law)
        return finding is None or finding.severity != "refuse"

    @property
    def download_name(self) -> str:
        return f"{self.paper.edition.file_prefix}-paper{self.paper.number}-v{self.version}.pdf"
