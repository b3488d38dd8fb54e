"""The addresses of the console: those of a site, and those for people who have yet to prove who they are."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from apps.access.declarations import View, needs
from apps.access.permissions import Permission
from apps.console.pages import (
    account,
    audit,
    audit_proof,
    entering,
    exports,
    going,
    home,
    own_tokens,
    retention,
    saving,
)
from apps.console.posture.addresses import of_posture
from apps.console.reports.addresses import BY_MAIL, of_reports
from apps.console.sites import PLATFORM, TENANT, ConsoleSite
from apps.console.trust import pages as trust
from apps.console.trust import room


def of_site(site: ConsoleSite) -> list[URLPattern | URLResolver]:
    """The site's own pages, and those of the kinds that are registered with it."""

    def at(route: str, view: View, name: str) -> URLPattern:
        return path(route, site.admin_view(view), {"site": site}, name=name)

    own = needs(GET=Permission.ACCOUNT_OWN, POST=Permission.ACCOUNT_OWN)
    of_own_tokens = needs(GET=Permission.TOKENS_OWN, POST=Permission.TOKENS_OWN)
    of_exports = needs(GET=Permission.AUDIT_EXPORT, POST=Permission.AUDIT_EXPORT)
    kinds = [
        path(f"{model._meta.app_label}/{model._meta.model_name}/", include(admin.urls))
        for model, admin in site._registry.items()
    ]
    return [
        at("", needs(GET=Permission.ACCOUNT_OWN)(home.home), "index"),
        at("go/", needs(GET=Permission.ACCOUNT_OWN)(going.go), "go"),
        at("go/hits/", needs(GET=Permission.ACCOUNT_OWN)(going.hits), "go_hits"),
        at("saved/", needs(POST=Permission.ACCOUNT_OWN)(saving.keep), "saved"),
        at("saved/<uuid:saved_filter>/delete/", needs(POST=Permission.ACCOUNT_OWN)(saving.delete), "saved_delete"),
        at("audit/", needs(GET=Permission.AUDIT_READ)(audit.log), "audit"),
        at("audit/<int:entry>/", needs(GET=Permission.AUDIT_READ)(audit.entry), "audit_entry"),
        at("audit/<int:entry>/proof/", needs(GET=Permission.AUDIT_READ)(audit_proof.entry_proof), "audit_entry_proof"),
        at("audit/proof/", needs(GET=Permission.AUDIT_READ)(audit_proof.proof), "audit_proof"),
        at("audit/proof/rotate/", needs(POST=Permission.AUDIT_MANAGE)(audit_proof.rotate), "audit_proof_rotate"),
        at("audit/proof/<int:size>/", needs(GET=Permission.AUDIT_READ)(audit_proof.checkpoint), "audit_checkpoint"),
        at(
            "audit/retention/",
            needs(GET=Permission.AUDIT_READ, POST=Permission.AUDIT_MANAGE)(retention.retention),
            "audit_retention",
        ),
        at(
            "audit/retention/<uuid:log_hold>/lift/",
            needs(POST=Permission.AUDIT_MANAGE)(retention.lift),
            "audit_hold_lift",
        ),
        at("audit/exports/", of_exports(exports.exports), "audit_exports"),
        at("audit/exports/state/", needs(GET=Permission.AUDIT_EXPORT)(exports.state), "audit_exports_state"),
        at("audit/exports/<uuid:export>/file/", needs(GET=Permission.AUDIT_EXPORT)(exports.file), "audit_export_file"),
        at("account/", own(account.profile), "account"),
        at("account/password/", own(account.password), "account_password"),
        at("account/sessions/", own(account.sessions), "account_sessions"),
        at("account/tokens/", needs(GET=Permission.TOKENS_OWN)(own_tokens.tokens), "account_tokens"),
        at("account/tokens/new/", of_own_tokens(own_tokens.new), "account_token_new"),
        at("account/tokens/<uuid:token>/", of_own_tokens(own_tokens.detail), "account_token"),
        *of_posture(at),
        *of_reports(at),
        *kinds,
    ]


urlpatterns: list[URLPattern | URLResolver] = [
    path("", entering.front_door, name="front_door"),
    path("sign-in/", entering.sign_in, name="sign_in"),
    path("sign-out/", entering.sign_out, name="sign_out"),
    path("forgot/", entering.forgot, name="forgot"),
    path("reset/<str:reset_link>/", entering.reset, name="reset"),
    path("join/<str:invitation_link>/", entering.join, name="join"),
    *BY_MAIL,
    path("trust/", trust.trust, name="trust"),
    path("trust.json", trust.as_json, name="trust_json"),
    path("trust/specward-procurement-pack.pdf", trust.pack, name="trust_pack"),
    path("trust/docs/<slug:page>/", trust.docs, name="trust_docs"),
    path("trust/documents/", room.ask, name="trust_ask"),
    path("trust/confirm/<str:confirm_link>/", room.confirm, name="trust_confirm"),
    path("trust/documents/<str:document_link>/", room.download, name="trust_download"),
    path(".well-known/security.txt", trust.security, name="security_txt"),
    path("console/", TENANT.urls),
    path("platform/", PLATFORM.urls),
]
