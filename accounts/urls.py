from django.urls import path

from accounts import job_views, mailbox_views, views

urlpatterns = [
    path("", views.home, name="account_home"),
    path("profile/", views.profile, name="account_profile"),
    path("mail/", views.mail_settings, name="account_mail"),
    path("mail/stop/<str:token>/", views.mail_stop, name="account_mail_stop"),
    path("data/", views.data, name="account_data"),
    path("delete/", views.delete, name="account_delete"),
]

#: Mounted beside the account pages; a page that does not exist unless settings.MAILBOX_PAGE.
mailbox_urlpatterns = [
    path("", mailbox_views.mailbox, name="mailbox"),
    path("<int:pk>/", mailbox_views.message, name="mailbox_message"),
    path("<int:pk>/html/", mailbox_views.html_part, name="mailbox_html"),
]

#: Long work that somebody asked for: how far it is, and its result.
job_urlpatterns = [
    path("<uuid:key>/", job_views.page, name="job"),
    path("<uuid:key>/cancel/", job_views.cancel, name="job_cancel"),
    path("<uuid:key>/result/", job_views.result, name="job_result"),
]
