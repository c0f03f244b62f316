"""Addresses: the chairs' decision room."""

from django.urls import URLPattern, path

from reviews.views import decisions, decisions_many, meeting, progress

ROOM = "<slug:edition>/chair/decisions/"
PAPER = f"{ROOM}<int:number>/"
urlpatterns: list[URLPattern] = [
    path(ROOM, decisions.table, name="chair_decisions"),
    path(f"{ROOM}bulk/", decisions_many.bulk, name="chair_decisions_bulk"),
    path(f"{ROOM}tags/", decisions_many.tag_many, name="chair_decisions_tags"),
    path(f"{ROOM}progress/", progress.page, name="chair_review_progress"),
    path(f"{ROOM}meeting/", meeting.start, name="chair_meeting"),
    path(f"{ROOM}meeting/<int:number>/", meeting.paper, name="chair_meeting_paper"),
    path(PAPER, decisions.paper, name="chair_decision"),
    path(f"{PAPER}take-back/", decisions.take_back, name="chair_decision_take_back"),
    path(f"{PAPER}read/", decisions.read, name="chair_decision_read"),
    path(f"{PAPER}handling/", decisions.handle, name="chair_decision_handling"),
    path(f"{PAPER}tags/", decisions.tag_one, name="chair_decision_tags"),
    path(f"{PAPER}emergency/", progress.emergency, name="chair_emergency"),
]
