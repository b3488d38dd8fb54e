"""A table with each kind of sealed column, in the template of the tests' databases. It is no part of any migration."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import connection, models

from apps.audit.triggers import install
from apps.tenants.models import Tenant
from apps.tenants.policies import wall_in
from apps.tenants.walls import within
from apps.vault.fields import SealedBytesField, SealedJSONField, SealedManager, SealedTextField


class Page(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=50, unique=True)
    text = SealedTextField(null=True)
    scan = SealedBytesField(null=True, sealed_as="ledger.scan")
    sums = SealedJSONField(null=True)

    objects: ClassVar[SealedManager[Page]] = SealedManager()  # type: ignore[assignment]  # the plugin takes it for one of Self

    class Meta:
        app_label = "vault"
        db_table = "vault_page"
        managed = False

    def __str__(self) -> str:
        return self.title


def keep(tenant: Tenant) -> None:
    """Makes the table in a tenant's schema; as migrator."""
    with within(tenant), connection.schema_editor() as editor:
        editor.create_model(Page)
    wall_in(tenant.schema_name)
    install(tenant.schema_name)
