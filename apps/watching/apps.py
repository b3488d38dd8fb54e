from django.apps import AppConfig


class WatchingConfig(AppConfig):
    name = "apps.watching"
    label = "watching"
    verbose_name = "Watching"
