"""Django's admin as an app, whose own log is left out: the audit log is written by the database."""

from __future__ import annotations

from django.contrib.admin.apps import SimpleAdminConfig


class DjangoAdmin(SimpleAdminConfig):
    """``LogEntry`` has no table (``MIGRATION_MODULES``), so that removing a person must not look into it."""

    default_site = "apps.console.sites.TenantSite"

    def ready(self) -> None:
        super().ready()
        from django.contrib.admin.models import LogEntry
        from django.db.models import DO_NOTHING

        LogEntry._meta.get_field("user").remote_field.on_delete = DO_NOTHING
        LogEntry._meta.managed = False
