"""Addresses: what members see of their own work."""

from django.urls import URLPattern, path

from reviews.views import members

urlpatterns: list[URLPattern] = [
    path("<slug:edition>/member/", members.home, name="member_home"),
    path("<slug:edition>/member/profile/", members.profile, name="member_profile"),
    path("<slug:edition>/member/carry-over/", members.carry_over, name="member_carry_over"),
]
