"""Every address of the service."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("apps.api.urls")),
    path("", include("apps.console.addresses")),
]
