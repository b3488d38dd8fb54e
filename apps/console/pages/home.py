"""Home: what needs whoever is signed in, and what happened last."""

from __future__ import annotations

import datetime
from typing import Any, Final

from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from apps.access.objects import invitations_visible_to, tokens_visible_to, users_visible_to
from apps.access.permissions import Permission, may
from apps.audit import search
from apps.console import dashboard, month_use, telling
from apps.console.posture import overview
from apps.console.sites import ConsoleSite
from apps.tenants.models import Provisioning, Tenant
from apps.tenants.walls import PLATFORM_ID

SOON: Final = datetime.timedelta(days=30)


def home(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    now = timezone.now()
    shown: dict[str, Any] = {"now": now}
    if may(request, Permission.USERS_READ):
        users = users_visible_to(request)
        shown["people"] = users.filter(is_active=True).count()
        shown["windows"] = list(users.filter(is_active=True, window_until__gt=now, window_until__lt=now + SOON)[:5])
        invited = invitations_visible_to(request).filter(accepted=None, withdrawn=None, expires__gt=now)
        shown["invited"] = invited.count()
    if may(request, Permission.PLATFORM_TENANTS_READ):
        shown["customers"] = Tenant.objects.exclude(id=PLATFORM_ID).filter(state=Tenant.State.ACTIVE).count()
        unfinished = Provisioning.objects.exclude(state=Provisioning.State.DONE)
        shown["unfinished"] = list(unfinished.order_by("asked")[:5])
    shown["sees_all_tokens"] = may(request, Permission.TOKENS_READ)
    shown["shows_plan"] = may(request, Permission.TENANT_READ)
    if may(request, Permission.TOKENS_READ) or may(request, Permission.TOKENS_OWN):
        good = tokens_visible_to(request).filter(Q(revoked=None), expires__gt=now)
        shown["tokens"] = good.count()
        shown["expiring"] = list(good.filter(expires__lt=now + SOON).order_by("expires")[:5])
    shown["posture"] = overview.brief(request, site)
    recordings = dashboard.recordings_now(request, site)
    shown |= {"recordings": recordings, "specs": dashboard.specs_now(request, site)}
    shown["is_new_here"] = dashboard.is_new_here(request, recordings)
    shown["may_hold"] = may(request, Permission.RECORDINGS_HOLD)
    shown["may_upload"] = may(request, Permission.RECORDINGS_UPLOAD)
    if may(request, Permission.INFERENCE_MANAGE) and site.has_page("inference_modelcall_changelist"):
        shown["budget"] = month_use.near_its_end()
    if may(request, Permission.AUDIT_READ):
        shown["lines"] = telling.lines(search.page(search.Wanted(), size=8).entries, site)
    return site.render(request, "console/home.html", "Home", **shown)
