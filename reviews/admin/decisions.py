"""Decisions, who handles a paper, and tags in the administration pages: to look at, never to change, and walled."""

from typing import Any, ClassVar

from django.contrib import admin

from reviews.admin.papers import OfPaperAdmin
from reviews.models import Decision, Handling, PaperTag


@admin.register(Decision)
class DecisionAdmin(OfPaperAdmin):
    list_display = ("paper", "outcome", "category", "shepherd", "decided_by", "decided_at", "release")
    list_filter: ClassVar[Any] = ("paper__edition", "outcome")
    list_select_related: ClassVar[Any] = ("paper__edition", "category", "shepherd", "decided_by", "release")
    search_fields: ClassVar[Any] = ("paper__title", "=paper__number")


@admin.register(Handling)
class HandlingAdmin(OfPaperAdmin):
    list_display = ("paper", "chair", "automatic", "lead", "discussion_closed_at")
    list_filter: ClassVar[Any] = ("paper__edition", "automatic")
    list_select_related: ClassVar[Any] = ("paper__edition", "chair", "lead")
    search_fields: ClassVar[Any] = ("paper__title", "=paper__number")


@admin.register(PaperTag)
class PaperTagAdmin(OfPaperAdmin):
    list_display = ("paper", "name")
    list_filter: ClassVar[Any] = ("paper__edition", "name")
    list_select_related: ClassVar[Any] = ("paper__edition",)
    search_fields: ClassVar[Any] = ("name", "paper__title", "=paper__number")
