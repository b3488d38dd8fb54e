"""Objects of compliance, for the IDOR harness."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping

from django.utils import timezone

from apps.access.permissions import Permission
from apps.access.specimen import Specimen, register
from apps.accounts.models import Role, User
from apps.compliance.models import Exempt, Observation, Run

_A_DAY = datetime.timedelta(days=1)


def _run(_: Mapping[str, str]) -> str:
    made = Run.objects.create(
        check_key="specimen", at=timezone.now(), took_ms=1, outcome="pass", by=Run.By.PERSON, code_version="specimen",
        digest="0" * 64, entry_id=0,
    )  # fmt: skip
    return str(made.id)


def _exception(made: Mapping[str, str]) -> str:
    found = Exempt.objects.create(
        check_key=f"specimen-{uuid.uuid4().hex}", reason="A specimen.", owner_id=made["user"], made_by_id=made["user"],
        expires=timezone.now() + _A_DAY,
    )  # fmt: skip
    return str(found.id)


def _observation(made: Mapping[str, str]) -> str:
    now = timezone.now()
    auditor = User.objects.create(
        email=f"specimen-{uuid.uuid4().hex}@specimen.invalid", name="Specimen", role=Role.AUDITOR,
        window_from=now, window_until=now + _A_DAY,
    )  # fmt: skip
    found = Observation.objects.create(auditor=auditor, first=now.date(), last=now.date(), made_by_id=made["user"])
    return str(found.id)


register(Specimen("run", _run, Permission.COMPLIANCE_READ, Run))
register(Specimen("exception", _exception, Permission.COMPLIANCE_READ, Exempt))
register(Specimen("observation", _observation, Permission.COMPLIANCE_MANAGE, Observation))
