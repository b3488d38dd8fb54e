"""Tables for the tests of the log, in the template of the tests' databases: many-to-many, through, secret, churning.

No app has these yet. They are no part of any migration.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import connection, models

from apps.audit.triggers import install
from apps.tenants.models import Tenant
from apps.tenants.policies import wall_in
from apps.tenants.walls import within


class Sailor(models.Model):
    objects: ClassVar[models.Manager[Sailor]] = models.Manager()
    name = models.CharField(max_length=50, unique=True)

    class Meta:
        app_label = "audit"
        managed = False

    def __str__(self) -> str:
        return self.name


class Ship(models.Model):
    objects: ClassVar[models.Manager[Ship]] = models.Manager()
    name = models.CharField(max_length=50)
    bearing = models.IntegerField(default=0)
    api_key = models.CharField(max_length=50, default="")
    sealed_log = models.BinaryField(null=True)
    story = models.TextField(default="")
    crew = models.ManyToManyField(Sailor, related_name="ships")
    berths = models.ManyToManyField(Sailor, through="Berth", related_name="+")

    class Meta:
        app_label = "audit"
        managed = False

    def __str__(self) -> str:
        return self.name


class Berth(models.Model):
    objects: ClassVar[models.Manager[Berth]] = models.Manager()
    ship = models.ForeignKey(Ship, models.CASCADE)
    sailor = models.ForeignKey(Sailor, models.CASCADE)
    number = models.IntegerField()

    class Meta:
        app_label = "audit"
        managed = False

    def __str__(self) -> str:
        return str(self.number)


CREW = Ship.crew.through


def launch(tenant: Tenant) -> None:
    """Makes the tables in a tenant's schema; as migrator."""
    with within(tenant), connection.schema_editor() as editor:
        for model in (Sailor, Ship, Berth):
            editor.create_model(model)
    wall_in(tenant.schema_name)
    install(tenant.schema_name)
