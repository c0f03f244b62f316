"""Papers and their files in the administration pages: to look at and search, never to change.

Changes go through the site's own pages, whose services check, record and announce them. An administrator's own
papers, and those with a conflict, follow the same wall here as everywhere.
"""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin import ReadOnly
from submissions.models import Author, DeclaredConflict, Extension, ExtraAnswer, Manuscript, Paper


class AuthorInline(ReadOnly, admin.TabularInline):
    model = Author
    fields = ("position", "name", "email", "affiliation", "country", "orcid", "is_contact")
    extra = 0


class ManuscriptInline(ReadOnly, admin.TabularInline):
    model = Manuscript
    fk_name = "paper"
    fields = ("version", "download", "pages", "size", "accepted", "fingerprint", "uploaded_by", "arrived_at")
    readonly_fields = ("download", "fingerprint")
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Manuscript]:
        return super().get_queryset(request).select_related("paper__edition", "uploaded_by")

    @admin.display(description="file")
    def download(self, manuscript: Manuscript) -> SafeString:
        address = f"{manuscript.paper.get_absolute_url()}manuscripts/{manuscript.version}/"
        return format_html('<a href="{}">{}</a>', address, manuscript.download_name)

    @admin.display(description="SHA-256")
    def fingerprint(self, manuscript: Manuscript) -> SafeString:
        """In full it is wider than the screen; it stands under the pointer and on the paper's own page."""
        return format_html('<span title="{}">{}…</span>', manuscript.sha256, manuscript.sha256[:12])


class ExtensionInline(ReadOnly, admin.TabularInline):
    model = Extension
    fields = ("deadline", "until", "reason", "granted_by", "granted_at")
    extra = 0


class AnswerInline(ReadOnly, admin.TabularInline):
    model = ExtraAnswer
    fields = ("field", "value")
    extra = 0


class ConflictInline(ReadOnly, admin.TabularInline):
    model = DeclaredConflict
    fields = ("role",)
    extra = 0


@admin.register(Paper)
class PaperAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "number",
        "title",
        "edition",
        "state",
        "category",
        "pages",
        "versions",
        "submitter",
        "changed_at",
    )
    list_display_links = ("number", "title")
    list_filter = ("edition", "state", "category__name")
    list_select_related = ("edition", "category", "manuscript", "submitter")
    search_fields = ("title", "authors__name", "authors__email", "=number")
    search_help_text = "Title, an author's name or address, or the number"
    date_hierarchy = "changed_at"
    exclude = ("creation_key", "manuscript")
    inlines = (AuthorInline, ManuscriptInline, ConflictInline, ExtensionInline, AnswerInline)
    list_per_page = 100

    def get_queryset(self, request: HttpRequest) -> QuerySet[Paper]:
        papers = Paper.objects.visible_to(request.user)
        return papers.annotate(version_count=Count("manuscripts", distinct=True)).order_by(
            "-edition__slug", "number"
        )

    @admin.display(description="pages", ordering="manuscript__pages")
    def pages(self, paper: Paper) -> int | str:
        return paper.manuscript.pages if paper.manuscript else "–"

    @admin.display(description="versions", ordering="version_count")
    def versions(self, paper: Any) -> int:
        return int(paper.version_count)
