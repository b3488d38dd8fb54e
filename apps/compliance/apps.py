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
        "compliance_schedule": _NEVER_DELETED,
        "compliance_report": _NEVER_DELETED,
        "compliance_mailing": _NEVER_DELETED,
        "compliance_unsubscribelink": _ONLY_GROWS,
        "compliance_document": _NEVER_DELETED,
        "compliance_documentcopy": _ONLY_GROWS,
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
        "compliance_schedule": Audited(
            named_by="name", churning=dict.fromkeys(("next_due", "covered"), "each turn has a report of its own")
        ),
        "compliance_recipient": Audited(
            named_by="email",
            churning={"digest": "made anew with each mail that is sent, and never shown", "expires": "as that"},
        ),
        "compliance_report": Audited(
            shown={"digest": "by it one knows what was mailed"},
            churning=dict.fromkeys(("tries", "next_try", "error"), "a try is no news; what became of it is"),
        ),
        "compliance_mailing": Audited(
            named_by="to",
            churning=dict.fromkeys(("tries", "next_try", "error", "handing"), "a try is no news; what became of it is"),
        ),
        "compliance_document": Audited(named_by="title", shown={"sha256": "by it one knows which file it was"}),
        "compliance_documentrequest": Audited(
            secret=dict.fromkeys(("name", "company", "email", "network"), "a stranger typed it, in whoever's name"),
            churning=dict.fromkeys(("confirm_digest", "link_digest"), "made anew with each mail that is sent"),
        ),
        "compliance_documentcopy": Audited(named_by="serial"),
    }

    def ready(self) -> None:
        from apps.compliance import notices, thread_notices  # noqa: F401  # their letters are found by being imported
        from apps.compliance.documents import asking, deciding  # noqa: F401  # and so are theirs
        from apps.compliance.reports import recipients  # noqa: F401  # and so are these
