"""The pages of a site that whoever asks may open: for the menu, the command palette and the home page alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.urls import reverse

from apps.access.permissions import Permission, permissions


@dataclass(frozen=True, slots=True)
class Page:
    """A page or an action, by its address's name in the namespace ``admin``."""

    title: str
    name: str
    needs: Permission
    group: str
    in_menu: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """A page at its address; ``is_here`` is the place in the menu where whoever asks stands."""

    title: str
    address: str
    group: str
    name: str
    in_menu: bool
    is_here: bool


_P = Permission
_OVERVIEW: Final = Page("Home", "index", _P.ACCOUNT_OWN, "Overview")
_SEARCH: Final = Page("Search", "go", _P.ACCOUNT_OWN, "Overview")
_POSTURE: Final = (
    Page("Promises", "posture", _P.COMPLIANCE_READ, "Posture"),
    Page("Controls", "posture_controls", _P.COMPLIANCE_READ, "Posture"),
    Page("Exceptions", "posture_exceptions", _P.COMPLIANCE_READ, "Posture"),
    Page("Evidence", "posture_evidence", _P.COMPLIANCE_READ, "Posture"),
    Page("Reports", "reports", _P.REPORTS_READ, "Posture"),
    Page("New schedule of reports", "reports_new", _P.REPORTS_MANAGE, "Posture", in_menu=False),
    Page("Picture on reports", "reports_letterhead", _P.REPORTS_MANAGE, "Posture", in_menu=False),
    Page("The promises in full", "posture_acceptance", _P.COMPLIANCE_READ, "Posture", in_menu=False),
    Page("Observation windows", "posture_observations", _P.COMPLIANCE_MANAGE, "Posture", in_menu=False),
)
_WORK: Final = (
    Page("Recordings", "recordings_recording_changelist", _P.RECORDINGS_READ, "Work"),
    Page("Specs", "specs_spec_changelist", _P.SPECS_READ, "Work"),
    Page("Webhooks", "webhooks_endpoint_changelist", _P.WEBHOOKS_READ, "Work"),
    Page("Models", "inference_modelcall_changelist", _P.INFERENCE_READ, "Work"),
    Page("Settings of models", "inference_modelcall_settings", _P.INFERENCE_READ, "Work", in_menu=False),
    Page("New endpoint", "webhooks_endpoint_new", _P.WEBHOOKS_MANAGE, "Work", in_menu=False),
    Page("Upload recordings", "recordings_recording_upload", _P.RECORDINGS_UPLOAD, "Work", in_menu=False),
    Page("Forget a recorded person", "recordings_recording_forget", _P.RECORDINGS_DISCARD, "Work", in_menu=False),
)
_TENANT: Final = (
    Page("People", "accounts_user_changelist", _P.USERS_READ, "Access"),
    Page("Invite somebody", "accounts_user_invite", _P.USERS_MANAGE, "Access", in_menu=False),
    Page("Access tokens", "accounts_token_changelist", _P.TOKENS_READ, "Access"),
    Page("Audit log", "audit", _P.AUDIT_READ, "Evidence"),
    Page("Retention of the log", "audit_retention", _P.AUDIT_READ, "Evidence", in_menu=False),
    Page("Exports", "audit_exports", _P.AUDIT_EXPORT, "Evidence"),
    Page("SIEM", "siem_sink_changelist", _P.SIEM_READ, "Evidence"),
    Page("New sink", "siem_sink_new", _P.SIEM_MANAGE, "Evidence", in_menu=False),
    Page("Profile", "account", _P.ACCOUNT_OWN, "Your account"),
    Page("Your tokens", "account_tokens", _P.TOKENS_OWN, "Your account"),
    Page("New token", "account_token_new", _P.TOKENS_OWN, "Your account", in_menu=False),
    Page("Sessions", "account_sessions", _P.ACCOUNT_OWN, "Your account"),
)
_PLATFORM: Final = (
    Page("Tenants", "tenants_tenant_changelist", _P.PLATFORM_TENANTS_READ, "Customers"),
    Page("Provisioning", "tenants_provisioning_changelist", _P.PLATFORM_TENANTS_READ, "Customers"),
    Page("Changes", "tenants_statechange_changelist", _P.PLATFORM_TENANTS_READ, "Customers"),
    Page("New tenant", "tenants_provisioning_new", _P.PLATFORM_TENANTS_MANAGE, "Customers", in_menu=False),
    Page("Documents", "compliance_document_changelist", _P.PLATFORM_DOCUMENTS_MANAGE, "Document room"),
    Page("Requests", "compliance_documentrequest_changelist", _P.PLATFORM_DOCUMENTS_MANAGE, "Document room"),
    Page("New document", "compliance_document_new", _P.PLATFORM_DOCUMENTS_MANAGE, "Document room", in_menu=False),
)
TENANT_PAGES: Final = (_OVERVIEW, _SEARCH, *_POSTURE, *_WORK, *_TENANT)
PLATFORM_PAGES: Final = (_OVERVIEW, _SEARCH, *_POSTURE, *_PLATFORM, *_TENANT)


def links(request: HttpRequest, pages: tuple[Page, ...], site: str) -> list[Link]:
    """The pages that this request may open, in their order."""
    allowed = permissions(request)
    found = []
    for page in pages:
        if page.needs in allowed:
            address = reverse(f"admin:{page.name}", current_app=site)
            here = page.in_menu and (
                request.path == address or (page.name != "index" and request.path.startswith(address))
            )
            found.append(Link(page.title, address, page.group, page.name, page.in_menu, here))
    longest = max((len(link.address) for link in found if link.is_here), default=0)
    return [
        link if not link.is_here or len(link.address) == longest
        else Link(link.title, link.address, link.group, link.name, link.in_menu, is_here=False)
        for link in found
    ]  # fmt: skip
