"""Every address of the service."""

from django.urls import URLPattern, URLResolver, include, path

from apps.watching import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", pages.healthz, name="healthz"),
    path("readyz", pages.readyz, name="readyz"),
    path("metrics", pages.metrics, name="metrics"),
    path("api/v1/", include("apps.api.urls")),
    path("", include("apps.console.addresses")),
]
