"""What the committee holds on single papers, in the administration pages: to look at, never to change.

An administrator with a conflict, or with a paper of their own, finds nothing of those papers here, as everywhere.
"""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin import ReadOnly
from accounts.models import User
from reviews.models import Assignment, Bid, Conflict, PairRule, Proposal, ProposedPair
from submissions import policy as papers_policy
from submissions.models import Paper


class OfPaperAdmin(ReadOnly, admin.ModelAdmin):
    """Rows with a `paper`: only those of papers that this administrator handles."""

    list_select_related: ClassVar[Any] = ("paper__edition", "member")
    list_filter: ClassVar[Any] = ("paper__edition",)
    search_fields: ClassVar[Any] = ("member__name", "member__email", "paper__title", "=paper__number")
    list_per_page = 100

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        handled = Paper.objects.filter(papers_policy.papers_handled_by(request.user))
        return super().get_queryset(request).filter(paper__in=handled.values("pk"))


@admin.register(Conflict)
class ConflictAdmin(OfPaperAdmin):
    list_display = ("paper", "member", "rule", "confidence", "found_at", "expires", "dismissed_at")
    list_filter = ("paper__edition", "rule", "confidence")


@admin.register(Bid)
class BidAdmin(OfPaperAdmin):
    list_display = ("paper", "member", "level", "at")
    list_filter = ("paper__edition", "level")


@admin.register(Assignment)
class AssignmentAdmin(OfPaperAdmin):
    list_display = ("paper", "member", "round", "state", "assigned_by", "assigned_at", "answered_at")
    list_filter = ("paper__edition", "round", "state")
    list_select_related = ("paper__edition", "member", "assigned_by")
    # A plan was made for one chair's eyes, who may have had other conflicts.
    exclude = ("proposal",)


@admin.register(PairRule)
class PairRuleAdmin(OfPaperAdmin):
    list_display = ("paper", "member", "kind", "set_by", "at")
    list_filter = ("paper__edition", "kind")
    list_select_related = ("paper__edition", "member", "set_by")


@admin.register(Proposal)
class ProposalAdmin(ReadOnly, admin.ModelAdmin):
    """That a plan was made, and what became of it. Its numbers and pairs are for the eyes of whoever made it."""

    list_display = ("created_at", "edition", "made_by", "round", "state", "applied_at")
    list_filter = ("edition", "state", "round")
    list_select_related = ("edition", "made_by")
    fields = ("edition", "made_by", "round", "state", "created_at", "applied_at")


@admin.register(ProposedPair)
class ProposedPairAdmin(OfPaperAdmin):
    """Pairs of one's own plans."""

    list_display = ("paper", "member", "score", "present", "locked", "proposal")
    list_filter = ("paper__edition", "locked")
    list_select_related = ("paper__edition", "member", "proposal")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        made_by = request.user if isinstance(request.user, User) else None
        return super().get_queryset(request).filter(proposal__made_by=made_by)
