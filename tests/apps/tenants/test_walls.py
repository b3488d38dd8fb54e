"""Whatever came before on a connection, nobody sees a row of another tenant."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from apps.accounts.models import User
from apps.tenants.models import Tenant
from apps.tenants.walls import Walls, behind, within


def test_each_tenant_sees_its_own_people(acme: Tenant, globex: Tenant) -> None:
    with within(acme):
        assert [user.name for user in User.objects.all()] == ["Ada", "Alice", "Bob", "Cora"]
    with within(globex):
        assert [user.name for user in User.objects.all()] == ["Mallory"]


def test_foreign_credentials_at_a_host_see_nothing(acme: Tenant, globex: Tenant) -> None:
    with behind(Walls(acme.schema_name, globex.id)):
        assert not User.objects.exists()
        with pytest.raises(Exception, match="row-level security"), transaction.atomic():
            User.objects.create(email="x@acme.example", name="X", role="owner")


def test_tests_are_the_app_role(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user, current_user")
        assert cursor.fetchone() == ("specward_app", "specward_app")
