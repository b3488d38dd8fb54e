"""What of compliance a request may see, and the object that it names (see ``apps.access.objects``).

Who keeps the controls sees all of it. An auditor sees the days that were given to them: runs of those days alone, and
how things stand now only while today is one of them.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from apps.access.objects import Id, one_for, own_id
from apps.access.permissions import Permission, may
from apps.accounts.models import Role
from apps.compliance.models import Exempt, Message, Observation, Run
from apps.compliance.observing import bounds, window_of


def is_auditor(request: HttpRequest) -> bool:
    """Whether whoever asks sees their own days only."""
    return getattr(request.user, "role", None) == Role.AUDITOR


def window_for(request: HttpRequest) -> Observation | None:
    """The days of the auditor who asks; None where they have none, and for everybody else."""
    return window_of(request.user) if is_auditor(request) else None  # type: ignore[arg-type]  # an auditor is a user


def sees_now(request: HttpRequest) -> bool:
    """Whether how things stand now may be seen: not by an auditor of other days."""
    if not may(request, Permission.COMPLIANCE_READ):
        return False
    if not is_auditor(request):
        return True
    window = window_for(request)
    return window is not None and window.first <= timezone.now().date() <= window.last


def require_now(request: HttpRequest) -> None:
    """Raises PermissionDenied where :func:`sees_now` is false."""
    if not sees_now(request):
        raise PermissionDenied


def runs_visible_to(request: HttpRequest) -> QuerySet[Run]:
    """All runs, or those of an auditor's days."""
    if not may(request, Permission.COMPLIANCE_READ):
        return Run.objects.none()
    if not is_auditor(request):
        return Run.objects.all()
    window = window_for(request)
    if window is None:
        return Run.objects.none()
    begin, end = bounds(window.first, window.last)
    return Run.objects.filter(at__gte=begin, at__lt=end)


def run_for(request: HttpRequest, id: Id, permission: Permission) -> Run:
    """The run with this id. Raises Http404 and PermissionDenied."""
    return one_for(request, runs_visible_to(request), id, permission)


def exceptions_visible_to(request: HttpRequest) -> QuerySet[Exempt]:
    """All exceptions, or those that held on a day of the auditor's."""
    found = Exempt.objects.select_related("owner", "made_by", "ended_by")
    if not may(request, Permission.COMPLIANCE_READ):
        return found.none()
    if not is_auditor(request):
        return found
    window = window_for(request)
    if window is None:
        return found.none()
    begin, end = bounds(window.first, window.last)
    return found.filter(made__lt=end, expires__gte=begin).exclude(ended__lt=begin)


def exception_for(request: HttpRequest, id: Id, permission: Permission) -> Exempt:
    """The exception with this id. Raises Http404 and PermissionDenied."""
    return one_for(request, exceptions_visible_to(request), id, permission)


def observations_visible_to(request: HttpRequest) -> QuerySet[Observation]:
    """All windows for those who give them, their own for an auditor."""
    found = Observation.objects.select_related("auditor", "made_by")
    if may(request, Permission.COMPLIANCE_MANAGE):
        return found
    if may(request, Permission.COMPLIANCE_ASK):
        return found.filter(auditor_id=own_id(request))
    return found.none()


def observation_for(request: HttpRequest, id: Id, permission: Permission) -> Observation:
    """The window with this id. Raises Http404 and PermissionDenied."""
    return one_for(request, observations_visible_to(request), id, permission)


def messages_visible_to(request: HttpRequest) -> QuerySet[Message]:
    """All threads for those who answer, their own for an auditor, and none for anybody else."""
    found = Message.objects.select_related("author", "auditor")
    if may(request, Permission.COMPLIANCE_MANAGE):
        return found
    if may(request, Permission.COMPLIANCE_ASK):
        return found.filter(auditor_id=own_id(request))
    return found.none()
