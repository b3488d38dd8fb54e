"""Specimens of what the platform's pages show: the customers, and those that are to be made."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from apps.access.permissions import Permission
from apps.access.specimen import Specimen, register
from apps.console.models import SavedFilter
from apps.tenants.models import Plan, Provisioning, StateChange, Tenant
from apps.tenants.provisioning_queue import staff_credentials
from apps.tenants.walls import behind, connection


def _tenant(_: Mapping[str, str]) -> str:
    # The tenant itself: its id is known to all of its people, but the page about it is for staff alone.
    return str(connection().walls.proven)


def _provisioning(_: Mapping[str, str]) -> str:
    # Only staff may ask for a tenant, so the row is theirs at whichever host the harness stands.
    name = uuid.uuid4().hex
    with behind(staff_credentials()):
        asked = Provisioning.objects.create(
            name="Specimen",
            host=f"specimen-{name}.specimen.invalid",
            plan_id=Plan.Code.TEAM.value,
            owner_email=f"specimen-{name}@specimen.invalid",
            owner_name="Specimen",
        )
    return str(asked.id)


def _state_change(_: Mapping[str, str]) -> str:
    # As above; of a tenant that is nobody's, since a tenant may read what is asked about itself.
    with behind(staff_credentials()):
        asked = StateChange.objects.create(
            tenant_id=uuid.uuid4(), tenant_name="Specimen", kind=StateChange.Kind.SUSPEND, why="A specimen"
        )
    return str(asked.id)


def _saved_filter(made: Mapping[str, str]) -> str:
    saved = SavedFilter.objects.create(
        user_id=made["user"], listing="audit", name=f"Specimen {uuid.uuid4().hex}", query="action=1"
    )
    return str(saved.id)


register(Specimen("tenant", _tenant, Permission.PLATFORM_TENANTS_READ, Tenant))
register(Specimen("provisioning", _provisioning, Permission.PLATFORM_TENANTS_READ, Provisioning))
register(Specimen("state_change", _state_change, Permission.PLATFORM_TENANTS_READ, StateChange))
register(Specimen("saved_filter", _saved_filter, None, SavedFilter))
