"""Pages for those who come from a mail, and need no account: yes to reports, and no more of them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from apps.access.declarations import public
from apps.accounts.errors import LinkRefused
from apps.accounts.signing_in import as_claimed
from apps.compliance.reports import recipients
from apps.tenants.models import Tenant
from apps.tenants.walls import connection


@public("the link of the mail is the credential here", "GET", "POST")
def confirm(request: HttpRequest, report_link: str) -> HttpResponse:
    """A page that asks; what looks at links on its way to a mailbox says yes to nothing."""
    try:
        if request.method == "POST":
            recipient, done = recipients.confirm(request, report_link), True
        else:
            recipient, done = recipients.asked_by(request, report_link), False
    except LinkRefused:
        return _spent(request)
    return _page(request, "report_confirm", "Compliance reports", recipient=recipient, done=done)


@csrf_exempt  # RFC 8058: the mailbox's own server asks, with neither cookie nor page; the link alone proves it
@public("the link of the mail is the credential here", "GET", "POST")
def unsubscribe(request: HttpRequest, unsubscribe_link: str) -> HttpResponse:
    """By POST at once, whatever its body says; by GET a page that asks."""
    try:
        if request.method == "POST":
            recipient, done = recipients.unsubscribe(request, unsubscribe_link), True
        else:
            recipient = recipients.reached_by(request, unsubscribe_link)
            done = recipient.unsubscribed is not None
    except LinkRefused:
        return _spent(request)
    return _page(request, "report_unsubscribe", "Compliance reports", recipient=recipient, done=done)


def _page(request: HttpRequest, template: str, title: str, status: int = 200, **context: object) -> HttpResponse:
    with as_claimed(request):
        tenant = Tenant.objects.filter(id=connection().walls.proven).order_by().values_list("name", flat=True)[0]
    whole = {"title": title, "tenant_name": tenant, **context}
    return render(request, f"console/reports/{template}.html", whole, status=status)


def _spent(request: HttpRequest) -> HttpResponse:
    return _page(request, "report_link_spent", "This link is not valid any more", status=404)
