"""What an operator does to a tenant by a command stands in that tenant's log."""

from __future__ import annotations

import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.audit.models import Entry
from apps.audit.vocabulary import Action, ActorKind
from apps.tenants.models import Tenant
from apps.tenants.walls import within


@pytest.mark.parametrize(
    ("command", "doing"),
    [("tenant_key", "describe"), ("log_key", "show"), ("log_key", "rotate")],
)
def test_a_command_on_a_tenant_is_an_entry_there(acme: Tenant, globex: Tenant, command: str, doing: str) -> None:
    with within(globex):
        before = Entry.objects.count()
    call_command(command, str(acme.id), doing, stdout=StringIO())
    with within(acme):
        entry = Entry.objects.get(action=Action.OPERATION)
        assert entry.additional_data == {"command": command, "doing": doing}
        assert (entry.actor_kind, entry.actor_name) == (ActorKind.SYSTEM, f"manage.py {command}")
    with within(globex):
        assert Entry.objects.count() == before


def test_a_command_that_fails_was_tried(acme: Tenant) -> None:
    with pytest.raises(CommandError):
        call_command("tenant_key", str(acme.id), "end-version", str(uuid.uuid4()), stdout=StringIO())
    with within(acme):
        tried = Entry.objects.get(action=Action.OPERATION)
        assert tried.additional_data == {"command": "tenant_key", "doing": "end-version"}
