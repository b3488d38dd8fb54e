"""Who may do what: one table. A role has what stands here, and nothing else gives anybody anything."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from django.http import HttpRequest

from apps.accounts.credentials import ANONYMOUS, Credential, Kind
from apps.accounts.models import Role
from apps.tenants.walls import PLATFORM_ID


class Permission(StrEnum):
    """What can be allowed. A token's scopes are written the same."""

    ACCOUNT_OWN = "account.own"
    """One's own name, password and sessions."""
    TOKENS_OWN = "tokens.own"
    """Making, rotating and revoking tokens of one's own."""
    TOKENS_READ = "tokens.read"
    """Everybody's tokens: whose, what for, when last used."""
    TOKENS_MANAGE = "tokens.manage"
    """Revoking anybody's token."""
    USERS_READ = "users.read"
    USERS_MANAGE = "users.manage"
    """Inviting, roles, windows, deactivating."""
    AUDIT_READ = "audit.read"
    AUDIT_EXPORT = "audit.export"
    AUDIT_MANAGE = "audit.manage"
    """Placing and lifting a legal hold of the log, and giving it a new key."""
    TENANT_READ = "tenant.read"
    """Plan, hosts and settings of the tenant."""
    TENANT_MANAGE = "tenant.manage"

    RECORDINGS_READ = "recordings.read"
    """Which recordings there were, how far each is, and the certificates of their discard: never what they hold."""
    RECORDINGS_UPLOAD = "recordings.upload"
    """Bringing recordings in, and having another try at those that failed."""
    RECORDINGS_DISCARD = "recordings.discard"
    """Discarding before the retention ends, also all of a recorded person."""
    RECORDINGS_HOLD = "recordings.hold"
    """Placing and lifting a legal hold."""
    SPECS_READ = "specs.read"
    SPECS_EDIT = "specs.edit"
    """Writing another version."""
    SPECS_APPROVE = "specs.approve"
    """Approving a version, and retiring a spec."""
    SPECS_EXPORT = "specs.export"
    """Taking specs out as tests."""
    WEBHOOKS_READ = "webhooks.read"
    WEBHOOKS_MANAGE = "webhooks.manage"
    SIEM_READ = "siem.read"
    """Where the log is pushed to, and how that goes."""
    SIEM_MANAGE = "siem.manage"
    INFERENCE_READ = "inference.read"
    """Which model may write specs, every call of one, and what a month's took."""
    INFERENCE_MANAGE = "inference.manage"
    """Choosing the writer, the model, where it runs, what it sees and what it may take."""

    COMPLIANCE_READ = "compliance.read"
    """Which promises are kept, by which controls and checks, and the evidence; an auditor: of their days alone."""
    COMPLIANCE_MANAGE = "compliance.manage"
    """Accepting a failing check for a while, having one run, an auditor's days, answers to their requests."""
    COMPLIANCE_ASK = "compliance.ask"
    """An auditor's own requests."""
    COMPLIANCE_ACCEPT = "compliance.accept"
    """Accepting the promises for the tenant."""
    REPORTS_READ = "reports.read"
    """Which reports were mailed, to whom, and what stood in them."""
    REPORTS_MANAGE = "reports.manage"
    """When reports are mailed, to whom, and sending one now."""

    PLATFORM_DOCUMENTS_MANAGE = "platform.documents.manage"
    """The document room: what lies in it, and who may have it. In the platform's own tenant only."""
    PLATFORM_TENANTS_READ = "platform.tenants.read"
    """All customers. In the platform's own tenant only."""
    PLATFORM_TENANTS_MANAGE = "platform.tenants.manage"
    """Provisioning, suspending, off-boarding."""

    @property
    def is_platforms(self) -> bool:
        """Whether it exists in the platform's own tenant only."""
        return self.value.startswith("platform.")


_P = Permission
_EVERYBODY: Final = frozenset({_P.ACCOUNT_OWN})

TABLE: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.OWNER: _EVERYBODY
    | {
        _P.TOKENS_OWN, _P.TOKENS_READ, _P.TOKENS_MANAGE,
        _P.USERS_READ, _P.USERS_MANAGE,
        _P.AUDIT_READ, _P.AUDIT_EXPORT, _P.AUDIT_MANAGE,
        _P.TENANT_READ, _P.TENANT_MANAGE,
        _P.RECORDINGS_READ, _P.RECORDINGS_UPLOAD, _P.RECORDINGS_DISCARD, _P.RECORDINGS_HOLD,
        _P.SPECS_READ, _P.SPECS_EDIT, _P.SPECS_APPROVE, _P.SPECS_EXPORT,
        _P.WEBHOOKS_READ, _P.WEBHOOKS_MANAGE,
        _P.SIEM_READ, _P.SIEM_MANAGE,
        _P.INFERENCE_READ, _P.INFERENCE_MANAGE,
        _P.COMPLIANCE_READ, _P.COMPLIANCE_MANAGE, _P.COMPLIANCE_ACCEPT, _P.REPORTS_READ, _P.REPORTS_MANAGE,
    },
    Role.ENGINEER: _EVERYBODY
    | {
        _P.TOKENS_OWN,
        _P.USERS_READ,
        _P.TENANT_READ,
        _P.RECORDINGS_READ, _P.RECORDINGS_UPLOAD, _P.RECORDINGS_DISCARD,
        _P.SPECS_READ, _P.SPECS_EDIT, _P.SPECS_APPROVE, _P.SPECS_EXPORT,
        _P.WEBHOOKS_READ, _P.WEBHOOKS_MANAGE,
        _P.SIEM_READ,
        _P.INFERENCE_READ,
        _P.COMPLIANCE_READ,
    },
    Role.COMPLIANCE_OFFICER: _EVERYBODY
    | {
        _P.TOKENS_OWN, _P.TOKENS_READ, _P.TOKENS_MANAGE,
        _P.USERS_READ,
        _P.AUDIT_READ, _P.AUDIT_EXPORT, _P.AUDIT_MANAGE,
        _P.TENANT_READ,
        _P.RECORDINGS_READ, _P.RECORDINGS_DISCARD, _P.RECORDINGS_HOLD,
        _P.SPECS_READ,
        _P.WEBHOOKS_READ,
        _P.SIEM_READ,
        _P.INFERENCE_READ,
        _P.COMPLIANCE_READ, _P.COMPLIANCE_MANAGE, _P.REPORTS_READ, _P.REPORTS_MANAGE,
    },
    Role.AUDITOR: _EVERYBODY
    | {
        _P.TOKENS_READ,
        _P.USERS_READ,
        _P.AUDIT_READ, _P.AUDIT_EXPORT,
        _P.TENANT_READ,
        _P.RECORDINGS_READ,
        _P.SIEM_READ,
        _P.INFERENCE_READ,
        _P.COMPLIANCE_READ, _P.COMPLIANCE_ASK, _P.REPORTS_READ,
    },
}  # fmt: skip
"""What each role may do, in every tenant."""

PLATFORM_TABLE: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.OWNER: frozenset({_P.PLATFORM_TENANTS_READ, _P.PLATFORM_TENANTS_MANAGE, _P.PLATFORM_DOCUMENTS_MANAGE}),
    Role.ENGINEER: frozenset({_P.PLATFORM_TENANTS_READ}),
    Role.COMPLIANCE_OFFICER: frozenset({_P.PLATFORM_TENANTS_READ, _P.PLATFORM_DOCUMENTS_MANAGE}),
    Role.AUDITOR: frozenset({_P.PLATFORM_TENANTS_READ}),
}
"""What each role may do besides, in the platform's own tenant."""

NEVER_A_SCOPE: Final = frozenset({_P.ACCOUNT_OWN})
"""A program changes nobody's password."""


def of_role(role: Role, *, on_platform: bool = False) -> frozenset[Permission]:
    """What a role may do, in a customer's tenant or in the platform's own."""
    everywhere = frozenset(p for p in TABLE[role] if not p.is_platforms)
    return everywhere | PLATFORM_TABLE[role] if on_platform else everywhere


def permissions(request: HttpRequest) -> frozenset[Permission]:
    """What this request may do: by its user's role as it is now, and for a token by its scopes as well."""
    credential: Credential = getattr(request, "credential", ANONYMOUS)
    if credential.kind is Kind.ANONYMOUS or not request.user.is_authenticated:
        return frozenset()
    on_platform = request.route.tenant_id == PLATFORM_ID  # type: ignore[attr-defined]
    of_the_role = of_role(Role(request.user.role), on_platform=on_platform)
    if credential.kind is Kind.TOKEN:
        return frozenset(p for p in of_the_role - NEVER_A_SCOPE if p.value in credential.scopes)
    return of_the_role


def may(request: HttpRequest, permission: Permission) -> bool:
    """Whether this request may do it. Anonymous may nothing."""
    return permission in permissions(request)


def grantable(request: HttpRequest) -> frozenset[Permission]:
    """The scopes that whoever asks may give to a token: never more than they have themselves."""
    return permissions(request) - NEVER_A_SCOPE
