"""Addresses: who reviews what, for members and for chairs."""

from django.urls import URLPattern, path

from reviews.views import assignments_member

urlpatterns: list[URLPattern] = [
    path("<slug:edition>/member/assignments/", assignments_member.mine, name="member_assignments"),
    path(
        "<slug:edition>/member/assignments/<int:number>/accept/",
        assignments_member.accept,
        name="member_assignment_accept",
    ),
    path(
        "<slug:edition>/member/assignments/<int:number>/decline/",
        assignments_member.decline,
        name="member_assignment_decline",
    ),
]
