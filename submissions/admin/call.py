"""The call in the administration pages. Every save is recorded like any other change of a call.

Chairs edit the call on its own pages, where a change is checked as a whole. Here an administrator can correct single
rows: give a role to an account, mend a name, take an edition offline.
"""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.models import User
from submissions import policy
from submissions.models import Category, Deadline, Edition, ExtraField, ResearchDirection, Role, Topic
from submissions.services.call_uses import uses
from submissions.signals import deadline_moved


class RecordedAdmin(admin.ModelAdmin):
    """Writes one audit entry for each row added, changed or deleted, and keeps what papers refer to."""

    list_per_page = 50
    save_on_top = True

    def edition_of(self, row: models.Model) -> Edition:
        return row if isinstance(row, Edition) else row.edition  # type: ignore[attr-defined]

    def record(self, request: HttpRequest, row: models.Model, data: dict[str, Any]) -> None:
        actor = request.user if isinstance(request.user, User) else None
        edition = self.edition_of(row)
        subject = f"{row._meta.verbose_name} “{row}”"
        changes = {f"{subject}, {name}": values for name, values in data.items()}
        audit.record(
            actor=actor, verb="call.administered", subject=edition, edition=edition.slug, data=changes
        )

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: forms.ModelForm, change: bool
    ) -> None:
        with transaction.atomic():
            names = list(form.changed_data)
            before = type(obj)._default_manager.get(pk=obj.pk) if change else None
            super().save_model(request, obj, form, change)
            if names or not change:
                old = {name: _plain(getattr(before, name, None)) for name in names}
                self.record(
                    request, obj, {name: [old[name], _plain(getattr(obj, name, None))] for name in names}
                )

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        with transaction.atomic():
            self.record(request, obj, {"deleted": [str(obj), None]})
            super().delete_model(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """A row that papers refer to stays: the database would take their topics, conflicts or extensions with it."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or isinstance(obj, Edition) or not any(uses(obj)))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without the deletion of many rows at once, which could not look at each row's papers."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions


def _plain(value: Any) -> Any:
    if isinstance(value, (str, int, float, bool, list, type(None))):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)


KEPT = (
    "This edition has papers, so it cannot be deleted: what authors handed in, reviewers wrote and chairs decided stays. "
    "Without “published” the public does not find it."
)


class RowsInline(admin.TabularInline):
    """The rows of an edition, to look at; each is changed on its own page."""

    extra = 0
    can_delete = False
    show_change_link = True
    ordering = ("order",)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class CategoryInline(RowsInline):
    model = Category
    fields = ("slug", "name", "min_pages", "max_pages", "max_total_pages", "needs_file")


class DeadlineInline(RowsInline):
    model = Deadline
    ordering = ("at",)
    fields = ("slug", "kind", "label", "at", "original_at", "grace_minutes")


@admin.register(Edition)
class EditionAdmin(RecordedAdmin):
    list_display = ("short_name", "slug", "series", "time_zone", "anonymity", "published", "loaded_at")
    list_filter = ("published", "series", "anonymity")
    search_fields = ("slug", "short_name", "name", "series")
    inlines = (CategoryInline, DeadlineInline)
    # The slug is in every address and mail; the zone is what the dates were computed with.
    readonly_fields = ("slug", "time_zone", "source_name", "loaded_at", "last_paper_number")
    fieldsets = (
        (None, {"fields": ("slug", "series", "name", "short_name", "file_prefix", "published")}),
        ("Event", {"fields": ("host_event", "place", "format", "format_note", "site_url", "contact_email")}),
        ("Texts", {"fields": ("summary", "scope", "instructions", "style_name", "style_url")}),
        (
            "Submission",
            {
                "fields": (
                    "time_zone",
                    "anonymity",
                    *(
                        "title_max_chars",
                        "abstract_min_words",
                        "abstract_max_words",
                        "max_topics",
                        "max_file_mb",
                    ),
                )
            },
        ),
        ("Call file", {"fields": ("source_name", "loaded_at", "last_paper_number")}),
    )

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.URLField):
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Editions come from call files, which are checked as a whole: `manage.py loadcall`."""
        return False

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """With a word on why there is no button to delete an edition that has papers."""
        (title, fields), *others = super().get_fieldsets(request, obj)
        if isinstance(obj, Edition) and obj.papers.exists():
            fields = {**fields, "description": KEPT}
        return [(title, fields), *others]

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        if isinstance(obj, Edition) and obj.papers.exists():
            return False
        return super().has_delete_permission(request, obj)


class OfEditionAdmin(RecordedAdmin):
    """A row of one edition, which it never leaves."""

    list_select_related: ClassVar[tuple[str, ...]] = ("edition",)
    autocomplete_fields: ClassVar[tuple[str, ...]] = ("edition",)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        fixed = ("edition", "slug") if hasattr(obj, "slug") else ("edition",)
        return (*super().get_readonly_fields(request, obj), *(fixed if obj else ()))


@admin.register(Category)
class CategoryAdmin(OfEditionAdmin):
    list_display = (
        "name",
        "edition",
        "slug",
        "min_pages",
        "max_pages",
        "max_total_pages",
        "needs_file",
        "order",
    )
    list_filter = ("edition", "needs_file")
    search_fields = ("name", "slug", "edition__short_name")


@admin.register(Topic)
class TopicAdmin(OfEditionAdmin):
    list_display = ("name", "edition", "group", "order")
    list_filter = ("edition",)
    search_fields = ("name", "slug", "group", "edition__short_name")


@admin.register(ResearchDirection)
class ResearchDirectionAdmin(OfEditionAdmin):
    list_display = ("title", "edition", "order")
    list_filter = ("edition",)
    search_fields = ("title", "text", "edition__short_name")


@admin.register(ExtraField)
class ExtraFieldAdmin(OfEditionAdmin):
    list_display = ("label", "edition", "kind", "required", "visible_to", "order")
    list_filter = ("edition", "kind", "required", "visible_to")
    search_fields = ("label", "slug", "edition__short_name")


class RoleForm(forms.ModelForm):
    def clean_email(self) -> str:
        """Addresses are compared in small letters, and the database insists on them."""
        return str(self.cleaned_data["email"]).lower()


@admin.register(Role)
class RoleAdmin(OfEditionAdmin):
    form = RoleForm
    list_display = ("name", "kind", "edition", "affiliation", "email", "user")
    list_filter = ("edition", "kind")
    list_select_related = ("edition", "user")
    search_fields = ("name", "affiliation", "email", "user__email", "user__name")
    autocomplete_fields = ("edition", "user")

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        """One's own line is not given to somebody else: the conflicts of its holder would go with it."""
        fixed = super().get_readonly_fields(request, obj)
        own = Role.objects.filter(policy.roles_held_by(request.user))
        return (*fixed, "user", "email") if obj and own.filter(pk=obj.pk).exists() else fixed


@admin.register(Deadline)
class DeadlineAdmin(OfEditionAdmin):
    list_display = ("label", "edition", "kind", "category", "at", "original_at", "grace_minutes")
    list_filter = ("edition", "kind")
    list_select_related = ("edition", "category")
    search_fields = ("label", "slug", "edition__short_name")
    autocomplete_fields = ("edition", "category")
    readonly_fields = ("revision", "changed_at", "moved_at")
    date_hierarchy = "at"

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        names = [str(name) for name in super().get_fields(request, obj)]
        # What was announced first is set by the first announcement itself.
        return (
            names
            if obj
            else [name for name in names if name not in {"original_at", "revision", "changed_at", "moved_at"}]
        )

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        with transaction.atomic():
            before = Deadline.objects.get(pk=obj.pk).at if change else None
            if change and form.changed_data:
                obj.revision += 1
                obj.changed_at = timezone.now()
            if not change or (not obj.edition.published and "original_at" not in form.changed_data):
                obj.original_at = obj.at
            if before is not None and before != obj.at:
                obj.moved_at = timezone.now()
            super().save_model(request, obj, form, change)
            if before is not None and before != obj.at and obj.edition.published:
                actor = request.user if isinstance(request.user, User) else None
                deadline_moved.send(sender=Deadline, deadline=obj, actor=actor, before=before, reason="")
