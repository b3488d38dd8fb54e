"""Objects of compliance, for the IDOR harness."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping

from django.utils import timezone

from apps.access.permissions import Permission
from apps.access.specimen import Specimen, register
from apps.accounts import links
from apps.accounts.models import Role, User
from apps.compliance.documents import specimens as _of_documents  # noqa: F401  # registers its own
from apps.compliance.models import (
    Exempt,
    Mailing,
    Message,
    Observation,
    Recipient,
    Report,
    Run,
    Schedule,
    UnsubscribeLink,
)
from apps.compliance.reports.composing import compose
from apps.compliance.reports.content import digest_of

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


def _schedule(_: Mapping[str, str]) -> str:
    found = Schedule.objects.create(
        name="Specimen", every=Schedule.Every.WEEK, weekday=0, hour=8, zone="UTC", next_due=timezone.now() + _A_DAY
    )
    return str(found.id)


def _recipient(made: Mapping[str, str]) -> str:
    found = Recipient.objects.create(
        schedule_id=made["report_schedule"], email=f"specimen-{uuid.uuid4().hex}@specimen.invalid"
    )
    return str(found.id)


def _report(made: Mapping[str, str]) -> str:
    now = timezone.now()
    found = Report.objects.create(
        schedule_id=made["report_schedule"],
        due=now - _A_DAY,
        since=now - _A_DAY,
        until=now,
        state=Report.State.DONE,
    )
    kept = compose(found).as_json()
    Report.objects.filter(id=found.id).update(content=kept, digest=digest_of(kept), pdf=b"%PDF-1.7 a specimen")
    return str(found.id)


def _mailing(made: Mapping[str, str]) -> str:
    found = Mailing.objects.create(
        report_id=made["report"], recipient_id=made["report_recipient"], to="specimen@specimen.invalid",
        state=Mailing.State.FAILED,
    )  # fmt: skip
    return str(found.id)


def _report_link(made: Mapping[str, str]) -> str:
    secret = links.new_secret()
    Recipient.objects.create(
        schedule_id=made["report_schedule"], email=f"specimen-{uuid.uuid4().hex}@specimen.invalid",
        digest=links.digest(secret), expires=timezone.now() + _A_DAY,
    )  # fmt: skip
    return secret


def _unsubscribe_link(made: Mapping[str, str]) -> str:
    secret = links.new_secret()
    UnsubscribeLink.objects.create(digest=links.digest(secret), recipient_id=made["report_recipient"])
    return secret


def _asking_auditor(_: Mapping[str, str]) -> str:
    """An auditor who has asked about a control."""
    now = timezone.now()
    auditor = User.objects.create(
        email=f"specimen-{uuid.uuid4().hex}@specimen.invalid", name="Specimen", role=Role.AUDITOR,
        window_from=now, window_until=now + _A_DAY,
    )  # fmt: skip
    Message.objects.create(
        control_key="C-LOG-1", auditor=auditor, author=auditor, kind=Message.Kind.REQUEST, body="A specimen."
    )
    return str(auditor.id)


register(Specimen("run", _run, Permission.COMPLIANCE_READ, Run))
register(Specimen("exception", _exception, Permission.COMPLIANCE_READ, Exempt))
register(Specimen("observation", _observation, Permission.COMPLIANCE_MANAGE, Observation))
register(Specimen("asking_auditor", _asking_auditor, Permission.COMPLIANCE_MANAGE, User))
register(Specimen("report_schedule", _schedule, Permission.REPORTS_READ, Schedule))
register(Specimen("report_recipient", _recipient, Permission.REPORTS_READ, Recipient))
register(Specimen("report", _report, Permission.REPORTS_READ, Report))
register(Specimen("report_mailing", _mailing, Permission.REPORTS_READ, Mailing))
register(Specimen("report_link", _report_link, None, missing=links.new_secret, is_secret=True))
register(Specimen("unsubscribe_link", _unsubscribe_link, None, missing=links.new_secret, is_secret=True))
