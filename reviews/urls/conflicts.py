"""Addresses: conflicts of interest, for chairs, for members, and the names of institutions for whoever writes one."""

from django.urls import URLPattern, path

from reviews.views import conflicts, conflicts_member

CHAIR = "<slug:edition>/chair/committee/conflicts"
MEMBER = "<slug:edition>/member/conflicts/"
urlpatterns: list[URLPattern] = [
    path(f"{CHAIR}/", conflicts.conflict_list_page, name="chair_conflicts"),
    path(f"{CHAIR}.csv", conflicts.conflicts_csv, name="chair_conflicts_csv"),
    path(f"{CHAIR}/odd/", conflicts.odd, name="chair_conflicts_odd"),
    path(f"{CHAIR}/add/", conflicts.add, name="chair_conflict_add"),
    path(f"{CHAIR}/seen/", conflicts.seen, name="chair_conflicts_seen"),
    path(f"{CHAIR}/<int:conflict>/dismiss/", conflicts.dismiss, name="chair_conflict_dismiss"),
    path(f"{CHAIR}/<int:conflict>/restore/", conflicts.restore, name="chair_conflict_restore"),
    path(f"{CHAIR}/<int:conflict>/remove/", conflicts.remove, name="chair_conflict_remove"),
    path(MEMBER, conflicts_member.page, name="member_conflicts"),
    path(f"{MEMBER}declare/", conflicts_member.declare, name="member_conflict_declare"),
    path(f"{MEMBER}<int:conflict>/remove/", conflicts_member.remove, name="member_conflict_remove"),
    path("<slug:edition>/institutions/", conflicts_member.institutions, name="institutions"),
]
