"""The map of the site. Editions come last: their slug is the first part of the address."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from accounts.urls import job_urlpatterns, mailbox_urlpatterns
from scadl.health import healthz

# The administration pages have no sign-in of their own: rate limits and the second factor hold there as well.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler400 = "scadl.views.bad_request"
handler403 = "scadl.views.permission_denied"
handler404 = "scadl.views.not_found"
handler500 = "scadl.views.server_error"

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("account/", include("accounts.urls")),
    path("account/", include("allauth.urls")),
    path("mailbox/", include(mailbox_urlpatterns)),
    path("jobs/", include(job_urlpatterns)),
    path("", include("reviews.urls")),
    path("", include("submissions.urls")),
]
