"""Addresses: bids of members, and how they stand for the chairs."""

from django.urls import URLPattern, path

from reviews.views import bid_progress, bids

urlpatterns: list[URLPattern] = [
    path("<slug:edition>/member/bids/", bids.bid_list_page, name="member_bids"),
    path("<slug:edition>/member/bids/<int:number>/", bids.place, name="member_bid"),
    path("<slug:edition>/chair/committee/bids/", bid_progress.page, name="committee_bids"),
]
