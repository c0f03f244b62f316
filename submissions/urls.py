"""Addresses of this room. Editions come last: their slug is the first part of the address."""

from django.urls import path

from submissions.views import author, chair, files, paper_form, public

urlpatterns = [
    path("", public.home, name="home"),
    path("account/papers/", author.my_papers, name="my_papers"),
    # What authors do
    path("<slug:edition>/papers/new/", paper_form.new, name="paper_new"),
    path("<slug:edition>/papers/<int:number>/", author.paper_page, name="paper"),
    path("<slug:edition>/papers/<int:number>/edit/", paper_form.edit, name="paper_edit"),
    path("<slug:edition>/papers/<int:number>/history/", author.paper_history, name="paper_history"),
    path("<slug:edition>/papers/<int:number>/withdraw/", author.withdraw, name="paper_withdraw"),
    path("<slug:edition>/papers/<int:number>/revive/", author.revive, name="paper_revive"),
    path(
        "<slug:edition>/papers/<int:number>/manuscripts/<int:version>/", files.manuscript, name="manuscript"
    ),
    path(
        "<slug:edition>/papers/<int:number>/manuscripts/<int:version>/thumbnail/",
        files.thumbnail,
        name="manuscript_thumbnail",
    ),
    path(
        "<slug:edition>/papers/<int:number>/manuscripts/<int:version>/use/",
        author.use_version,
        name="manuscript_use",
    ),
    path(
        "<slug:edition>/papers/<int:number>/attachments/<slug:field>/",
        files.attachment,
        name="paper_attachment",
    ),
    # What chairs do
    path("<slug:edition>/chair/papers/", chair.paper_list, name="chair_papers"),
    path("<slug:edition>/chair/papers.csv", chair.paper_csv, name="chair_papers_csv"),
    path("<slug:edition>/chair/papers/<int:number>/extend/", chair.extend, name="chair_extend"),
    path("<slug:edition>/chair/papers/<int:number>/waive/", chair.waive, name="chair_waive"),
    path(
        "<slug:edition>/chair/papers/<int:number>/out-of-scope/",
        chair.out_of_scope,
        name="chair_out_of_scope",
    ),
    path(
        "<slug:edition>/chair/papers/<int:number>/back-in-scope/",
        chair.back_in_scope,
        name="chair_back_in_scope",
    ),
    # The call, for everybody
    path("<slug:edition>/", public.call, name="call"),
    path("<slug:edition>/dates.ics", public.dates_ics, name="call_dates_ics"),
]
