"""The committee's people in the administration pages: to look at, and to mend which account holds a place.

Everything else is changed on the chairs' pages, whose services check, record and announce it.
"""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin import ReadOnly
from accounts.models import User
from reviews import policy
from reviews.models import Absence, CommitteeSettings, Expertise, Member, OwnPaper
from submissions.admin.call import RecordedAdmin


class ExpertiseInline(ReadOnly, admin.TabularInline):
    model = Expertise
    fields = ("topic", "level")
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Expertise]:
        return super().get_queryset(request).select_related("topic")


class AbsenceInline(ReadOnly, admin.TabularInline):
    model = Absence
    fields = ("first", "last", "note")
    extra = 0


class OwnPaperInline(ReadOnly, admin.TabularInline):
    model = OwnPaper
    fields = ("title", "year", "source", "added_at")
    extra = 0


class MemberForm(forms.ModelForm):
    def clean_user(self) -> User | None:
        """One place a person in each edition; the database insists on it."""
        user: User | None = self.cleaned_data["user"]
        places = Member.objects.filter(edition=self.instance.edition_id, user=user)
        if user is not None and places.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(f"{user} holds another place in this committee already.")
        return user


@admin.register(Member)
class MemberAdmin(RecordedAdmin):
    """Only the account can be set: for somebody who lost the mailbox that the invitation went to."""

    list_display = ("name", "kind", "state", "edition", "affiliation", "email", "user", "invited_at")
    list_filter = ("edition", "kind", "state", "senior")
    list_select_related = ("edition", "user")
    search_fields = ("name", "email", "affiliation", "user__email", "user__name")
    form = MemberForm
    autocomplete_fields = ("user",)
    inlines = (ExpertiseInline, AbsenceInline, OwnPaperInline)
    list_per_page = 100
    #: Whoever has the key of an invitation can answer it.
    exclude = ("invitation_key",)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        return tuple(it.name for it in Member._meta.fields if it.name not in ("user", "invitation_key"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Not one's own place, not even a former one: the conflicts of its holder go with it."""
        own = Member.objects.filter(policy.places_of(request.user))
        if isinstance(obj, Member) and own.filter(pk=obj.pk).exists():
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Conflicts, bids and assignments hang on a member: chairs remove people, and that keeps them."""
        return False


@admin.register(CommitteeSettings)
class CommitteeSettingsAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("edition", "reviews_per_paper", "default_load", "least_load", "fair", "changed_at")
    list_select_related: ClassVar[Any] = ("edition",)
