"""Addresses: what members see of their own work."""

from django.urls import URLPattern, path

from reviews.views import members, own_papers

urlpatterns: list[URLPattern] = [
    path("<slug:edition>/member/", members.home, name="member_home"),
    path("<slug:edition>/member/profile/", members.profile, name="member_profile"),
    path("<slug:edition>/member/carry-over/", members.carry_over, name="member_carry_over"),
    path("<slug:edition>/member/papers/", own_papers.page, name="member_papers"),
    path("<slug:edition>/member/papers/add/", own_papers.add, name="member_papers_add"),
    path("<slug:edition>/member/papers/remove/", own_papers.remove, name="member_papers_remove"),
]
