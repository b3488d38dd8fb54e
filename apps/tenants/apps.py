from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "apps.tenants"
    label = "tenants"
    verbose_name = "Tenants"

    def ready(self) -> None:
        from django.core.checks import Tags, register
        from django_tenants.signals import schema_migrated

        from apps.tenants.checks import walls_stand
        from apps.tenants.policies import wall_in

        register(walls_stand, Tags.database)
        schema_migrated.connect(wall_in, dispatch_uid="tenants.wall_in")
