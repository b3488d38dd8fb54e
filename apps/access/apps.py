from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "apps.access"
    label = "access"
    verbose_name = "Access"

    def ready(self) -> None:
        from django.core.checks import Tags, register

        from apps.access.checks import everything_is_declared, everything_leaves_a_trail

        register(everything_is_declared, Tags.urls)
        register(everything_leaves_a_trail, Tags.urls)
