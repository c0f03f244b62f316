"""Addresses: the discussions of papers, shared by reviewers and chairs; and what authors respond to their reviews."""

from django.urls import URLPattern, path

from reviews.urls import guests
from reviews.views import discussion, responses

urlpatterns: list[URLPattern] = [
    path("<slug:edition>/discussion/", discussion.mine, name="discussions"),
    path("<slug:edition>/discussion/<int:number>/", discussion.page, name="discussion"),
    path("<slug:edition>/discussion/<int:number>/preview/", discussion.preview, name="discussion_preview"),
    path("<slug:edition>/discussion/<int:number>/read/", discussion.read, name="discussion_read"),
    path("<slug:edition>/discussion/<int:number>/ready/", discussion.ready, name="discussion_ready"),
    path("<slug:edition>/discussion/<int:number>/lead/", discussion.lead, name="discussion_lead"),
    path("<slug:edition>/discussion/<int:number>/close/", discussion.close, name="discussion_close"),
    path(
        "<slug:edition>/discussion/<int:number>/comments/<int:pk>/",
        discussion.comment,
        name="discussion_comment",
    ),
    path("<slug:edition>/papers/<int:number>/response/", responses.page, name="paper_response"),
    path(
        "<slug:edition>/papers/<int:number>/response/preview/",
        responses.preview,
        name="paper_response_preview",
    ),
    path("<slug:edition>/chair/committee/responses/", responses.chair, name="chair_responses"),
    *guests.urlpatterns,
]
