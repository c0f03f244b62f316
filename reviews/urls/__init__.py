"""Addresses of this room, one module for each part of the committee's work. Included before the editions' own pages."""

from reviews.urls import assignment, bids, conflicts, decisions, members, reviews, roster

urlpatterns = [
    *roster.urlpatterns,
    *members.urlpatterns,
    *conflicts.urlpatterns,
    *bids.urlpatterns,
    *assignment.urlpatterns,
    *reviews.urlpatterns,
    *decisions.urlpatterns,
]
