"""Addresses: the committee's people, seen by its chairs, and the answers of those who are invited."""

from django.urls import URLPattern, path

from reviews.views import credits, invitation, roster, settings, statistics

CHAIR = "<slug:edition>/chair/committee/"
urlpatterns: list[URLPattern] = [
    path(CHAIR, roster.people, name="chair_committee"),
    path(f"{CHAIR}committee.csv", roster.people_csv, name="chair_committee_csv"),
    path(f"{CHAIR}add/", roster.add, name="chair_member_add"),
    path(f"{CHAIR}import/", roster.import_people, name="chair_committee_import"),
    path(f"{CHAIR}invite/", roster.invite, name="chair_committee_invite"),
    path(f"{CHAIR}credits/", credits.page, name="chair_credits"),
    path(f"{CHAIR}settings/", settings.edit, name="chair_committee_settings"),
    path(f"{CHAIR}rights/", settings.rights_page, name="chair_committee_rights"),
    path(f"{CHAIR}people/<int:member>/", roster.edit, name="chair_member"),
    path(f"{CHAIR}people/<int:member>/remove/", roster.remove, name="chair_member_remove"),
    path(f"{CHAIR}people/<int:member>/restore/", roster.restore, name="chair_member_restore"),
    path("<slug:edition>/invitation/<uuid:key>/", invitation.answer, name="invitation"),
    path("<slug:edition>/member/statistics/", statistics.page, name="committee_statistics"),
]
