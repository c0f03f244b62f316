"""The map of the site. Editions come last: their slug is the first part of the address."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from accounts.urls import mailbox_urlpatterns

# The administration pages have no sign-in of their own: rate limits and the second factor hold there as well.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("account/", include("accounts.urls")),
    path("account/", include("allauth.urls")),
    path("mailbox/", include(mailbox_urlpatterns)),
    path("", include("submissions.urls")),
]
