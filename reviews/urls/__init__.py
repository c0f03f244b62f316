"""Addresses of this room, one module for each part of the committee's work. Included before the editions' own pages."""

from reviews.urls import assignment, bids, conflicts, decisions, discussion, members, release, reviews, roster

urlpatterns = [
    *roster.urlpatterns,
    *members.urlpatterns,
    *conflicts.urlpatterns,
    *bids.urlpatterns,
    *assignment.urlpatterns,
    *discussion.urlpatterns,
    *reviews.urlpatterns,
    *release.urlpatterns,
    *decisions.urlpatterns,
]
