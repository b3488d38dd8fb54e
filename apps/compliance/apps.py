from typing import Final

from django.apps import AppConfig

from apps.audit.columns import Audited
from apps.tenants.privileges import READ, Granted, Privilege
from apps.tenants.roles import Role

_ONLY_GROWS: Final[Granted] = {Role.APP: frozenset({Privilege.SELECT, Privilege.INSERT})}
_NEVER_DELETED: Final[Granted] = {Role.APP: frozenset({Privilege.SELECT, Privilege.INSERT, Privilege.UPDATE})}
_BY_ITS_RUN = "each run is an entry of its own, with its digest"


class ComplianceConfig(AppConfig):
    name = "apps.compliance"
    label = "compliance"
    verbose_name = "Compliance"

    table_privileges = {
        "compliance_run": _ONLY_GROWS,
        "compliance_change": _ONLY_GROWS,
        "compliance_acceptance": _ONLY_GROWS,
        "compliance_message": _ONLY_GROWS,
        "compliance_mailedcheckpoint": _ONLY_GROWS,
        "compliance_checkstate": _NEVER_DELETED,
        "compliance_day": _NEVER_DELETED,
        "compliance_exempt": _NEVER_DELETED,
        "compliance_observation": _NEVER_DELETED,
        # Written by the owner of the database alone: whoever got hold of the app role proves no backup.
        "compliance_rehearsal": {Role.APP: READ},
    }
    audited = {
        "compliance_checkstate": Audited(
            named_by="check_key",
            shown={"check_key": "the name of a check"},
            churning=dict.fromkeys(("because", "last_run_id", "last_at", "due", "claimed_until"), _BY_ITS_RUN),
        ),
        "compliance_exempt": Audited(named_by="check_key", shown={"check_key": "the name of a check"}),
        "compliance_acceptance": Audited(shown={"digest": "by it one knows what was accepted"}),
        "compliance_message": Audited(named_by="control_key", shown={"control_key": "the name of a control"}),
        "compliance_mailedcheckpoint": Audited(),
    }

    def ready(self) -> None:
        from apps.compliance import notices  # noqa: F401  # its letters are found by being imported
