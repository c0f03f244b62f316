"""Addresses: assignment."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
