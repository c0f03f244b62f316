"""The map of the site. Editions come last: their slug is the first part of the address."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("account/", include("accounts.urls")),
    path("account/", include("allauth.urls")),
    path("", include("submissions.urls")),
]
