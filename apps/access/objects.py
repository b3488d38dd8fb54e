"""The one way to an object by its id: a helper for each kind, and what of it a request may see at all.

Whoever may not read a kind gets 404 without a query, for an id that is there as for one that is not. Whoever may read
gets 404 for what is missing, or not theirs to see, or another tenant's: all the same query, and all the same answer.
Whoever may read and not do what is asked gets 403.
"""

from __future__ import annotations

import uuid
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest

from apps.access.permissions import Permission, may
from apps.accounts.models import Invitation, Session, Token, User
from apps.audit.models import Export, Hold

M = TypeVar("M", bound=Model)
Id = uuid.UUID | str


def users_visible_to(request: HttpRequest) -> QuerySet[User]:
    """Everybody of the tenant, for those who may read them; otherwise oneself."""
    if may(request, Permission.USERS_READ):
        return User.objects.all()
    return User.objects.filter(id=own_id(request)) if may(request, Permission.ACCOUNT_OWN) else User.objects.none()


def tokens_visible_to(request: HttpRequest) -> QuerySet[Token]:
    """Everybody's tokens, or one's own."""
    if may(request, Permission.TOKENS_READ):
        return Token.objects.select_related("user")
    if may(request, Permission.TOKENS_OWN):
        return Token.objects.select_related("user").filter(user_id=own_id(request))
    return Token.objects.none()


def sessions_visible_to(request: HttpRequest) -> QuerySet[Session]:
    """The sessions of all people for those who manage them; otherwise one's own."""
    if may(request, Permission.USERS_MANAGE):
        return Session.objects.select_related("user")
    if may(request, Permission.ACCOUNT_OWN):
        return Session.objects.select_related("user").filter(user_id=own_id(request))
    return Session.objects.none()


def invitations_visible_to(request: HttpRequest) -> QuerySet[Invitation]:
    """All of the tenant's, for those who may read its people."""
    return Invitation.objects.all() if may(request, Permission.USERS_READ) else Invitation.objects.none()


def exports_visible_to(request: HttpRequest) -> QuerySet[Export]:
    """All exports of the tenant's log, for those who may have some made: each is of the same log."""
    return Export.objects.all() if may(request, Permission.AUDIT_EXPORT) else Export.objects.none()


def own_id(request: HttpRequest) -> uuid.UUID:
    """The id of whoever asks; one that nobody has where a stranger asks."""
    return request.user.pk or uuid.UUID(int=0)


def user_for(request: HttpRequest, id: Id, permission: Permission) -> User:
    """The person with this id. Raises Http404 and PermissionDenied, as said above."""
    return one_for(request, users_visible_to(request), id, permission)


def token_for(request: HttpRequest, id: Id, permission: Permission) -> Token:
    """The token with this id. ``tokens.own`` is enough for one's own, where ``tokens.manage`` is asked for."""
    token = _found(tokens_visible_to(request), id)
    own = token.user_id == request.user.pk and permission in (Permission.TOKENS_MANAGE, Permission.TOKENS_READ)
    if own and may(request, Permission.TOKENS_OWN):
        return token
    if permission is Permission.TOKENS_OWN and token.user_id != request.user.pk:
        raise PermissionDenied
    return _allowed(request, token, permission)


def session_for(request: HttpRequest, id: Id, permission: Permission) -> Session:
    """The session with this id. ``account.own`` is enough for one's own, and for nobody else's."""
    session = _found(sessions_visible_to(request), id)
    if session.user_id == request.user.pk and may(request, Permission.ACCOUNT_OWN):
        return session
    if permission is Permission.ACCOUNT_OWN:
        raise PermissionDenied
    return _allowed(request, session, permission)


def invitation_for(request: HttpRequest, id: Id, permission: Permission) -> Invitation:
    """The invitation with this id."""
    return one_for(request, invitations_visible_to(request), id, permission)


def log_holds_visible_to(request: HttpRequest) -> QuerySet[Hold]:
    """The legal holds of the log, for those who may read it."""
    return Hold.objects.all() if may(request, Permission.AUDIT_READ) else Hold.objects.none()


def log_hold_for(request: HttpRequest, id: Id, permission: Permission) -> Hold:
    """The legal hold of the log with this id."""
    return one_for(request, log_holds_visible_to(request), id, permission)


def export_for(request: HttpRequest, id: Id, permission: Permission) -> Export:
    """The export of the log with this id."""
    return one_for(request, exports_visible_to(request), id, permission)


def one_for(request: HttpRequest, visible: QuerySet[M], id: Id, permission: Permission) -> M:
    """The object with this id out of those that may be seen. For the helpers of apps that stand after this one."""
    return _allowed(request, _found(visible, id), permission)


def _found(visible: QuerySet[M], id: Id) -> M:
    try:
        # An id that is no id is asked for as one that nothing has: it costs the same query.
        known = id if isinstance(id, uuid.UUID) else uuid.UUID(id)
    except (ValueError, AttributeError, TypeError):
        known = uuid.UUID(int=0)
    found = visible.filter(pk=known).order_by().first()
    if found is None:
        raise Http404
    return found


def _allowed(request: HttpRequest, found: M, permission: Permission) -> M:
    if not may(request, permission):
        raise PermissionDenied
    return found
