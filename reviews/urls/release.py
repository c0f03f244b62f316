"""Addresses: the wizard that releases decisions, its reports, the authors' view of a decision, and the shepherd's page."""

from django.urls import URLPattern, path

from reviews.views import decision_author, release

WIZARD = "<slug:edition>/chair/decisions/release/"
RELEASE = f"{WIZARD}<uuid:key>/"
urlpatterns: list[URLPattern] = [
    path(WIZARD, release.choose, name="chair_release"),
    path(f"{WIZARD}letters/", release.texts, name="chair_release_letters"),
    path(f"{WIZARD}preview/", release.preview, name="chair_release_preview"),
    path(f"{WIZARD}check/", release.check, name="chair_release_check"),
    path(f"{WIZARD}correct/<int:number>/", release.correct, name="chair_release_correct"),
    path(RELEASE, release.report, name="chair_release_report"),
    path(f"{RELEASE}undo/", release.undo, name="chair_release_undo"),
    path("<slug:edition>/papers/<int:number>/decision/", decision_author.page, name="paper_decision"),
    path("<slug:edition>/member/shepherding/<int:number>/", decision_author.shepherd, name="member_shepherd"),
]
