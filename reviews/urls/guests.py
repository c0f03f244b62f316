"""Addresses: help for reviewers, which is more time and guests; and the guests' own pages."""

from django.urls import URLPattern, path

from reviews.views import guests, more_time

urlpatterns: list[URLPattern] = [
    path(
        "<slug:edition>/member/reviews/<int:number>/more-time/", more_time.ask, name="member_review_more_time"
    ),
    path("<slug:edition>/member/reviews/<int:number>/guest/", guests.propose, name="member_review_guest"),
    path("<slug:edition>/chair/committee/requests/", more_time.requests, name="chair_requests"),
    path(
        "<slug:edition>/chair/committee/requests/more-time/<int:pk>/",
        more_time.answer,
        name="chair_more_time_answer",
    ),
    path(
        "<slug:edition>/chair/committee/requests/guests/<int:pk>/", guests.decide, name="chair_guest_decide"
    ),
    path("<slug:edition>/guest/<uuid:key>/", guests.landing, name="guest"),
    path("<slug:edition>/guest/<uuid:key>/review/", guests.review, name="guest_review"),
    path("<slug:edition>/guest/<uuid:key>/review/preview/", guests.preview, name="guest_review_preview"),
    path("<slug:edition>/guest/<uuid:key>/manuscript/", guests.manuscript, name="guest_manuscript"),
]
