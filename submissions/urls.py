"""Addresses of this room. Editions come last: their slug is the first part of the address."""

from django.urls import path

from submissions.views import (
    announce,
    author,
    call_edit,
    chair,
    chair_jobs,
    files,
    letter_texts,
    mail,
    paper_form,
    public,
    reminders,
)

urlpatterns = [
    path("", public.home, name="home"),
    path("account/papers/", author.my_papers, name="my_papers"),
    path("account/papers/check-state/", files.check_state, name="check_state"),
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
    # The mail of the edition, for its chairs
    path("<slug:edition>/chair/mail/", mail.message_list, name="chair_mail"),
    path("<slug:edition>/chair/mail/hold/", mail.hold, name="chair_mail_hold"),
    path("<slug:edition>/chair/mail/release/", mail.release, name="chair_mail_release"),
    path("<slug:edition>/chair/mail/write/", announce.write, name="chair_mail_write"),
    path("<slug:edition>/chair/mail/call-off/<uuid:batch>/", mail.call_off, name="chair_mail_call_off"),
    path("<slug:edition>/chair/mail/letters/", letter_texts.letters, name="chair_letters"),
    path("<slug:edition>/chair/mail/letters/<slug:kind>/", letter_texts.letter, name="chair_letter"),
    path(
        "<slug:edition>/chair/mail/letters/<slug:kind>/default/",
        letter_texts.to_default,
        name="chair_letter_default",
    ),
    path("<slug:edition>/chair/mail/<int:message>/", mail.message, name="chair_mail_message"),
    path("<slug:edition>/chair/mail/<int:message>/again/", mail.send_again, name="chair_mail_again"),
    path("<slug:edition>/chair/check/", chair_jobs.start, {"kind": "check"}, name="chair_check"),
    path("<slug:edition>/chair/export/", chair_jobs.start, {"kind": "export"}, name="chair_export"),
    path("<slug:edition>/chair/reminders/", reminders.plan, name="chair_reminders"),
    path("<slug:edition>/chair/reminders/rules/", call_edit.reminder_rules, name="chair_reminder_rules"),
    path("<slug:edition>/chair/reminders/<int:rule>/switch/", reminders.switch, name="chair_reminder_switch"),
    path(
        "<slug:edition>/chair/reminders/<int:rule>/<str:occasion>/preview/",
        reminders.preview,
        name="chair_reminder_preview",
    ),
    path(
        "<slug:edition>/chair/reminders/<int:rule>/<str:occasion>/send/",
        reminders.send,
        name="chair_reminder_send",
    ),
    # The call, for its chairs
    path("<slug:edition>/chair/call/", call_edit.overview, name="call_edit"),
    path("<slug:edition>/chair/call/call.toml", call_edit.toml, name="call_toml"),
    path("<slug:edition>/chair/call/publish/", call_edit.publish, name="call_publish"),
    path("<slug:edition>/chair/call/texts/", call_edit.texts, name="call_edit_texts"),
    path("<slug:edition>/chair/call/topics/", call_edit.topics, name="call_edit_topics"),
    path("<slug:edition>/chair/call/directions/", call_edit.directions, name="call_edit_directions"),
    path("<slug:edition>/chair/call/categories/", call_edit.categories, name="call_edit_categories"),
    path("<slug:edition>/chair/call/dates/", call_edit.dates, name="call_edit_dates"),
    path("<slug:edition>/chair/call/dates/<slug:deadline>/move/", call_edit.move, name="call_edit_move"),
    # The call, for everybody
    path("<slug:edition>/", public.call, name="call"),
    path("<slug:edition>/dates.ics", public.dates_ics, name="call_dates_ics"),
]
