"""What a view, a viewset's action or an admin page needs, said at the place itself.

::

    @needs(Permission.USERS_READ)                                  # a view, whatever the method
    @needs(GET=Permission.USERS_READ, POST=Permission.USERS_MANAGE)
    @public("signing in is how somebody becomes known", "GET", "POST")   # a view for strangers

    class UserViewSet(GenericViewSet):
        permissions = {"list": Permission.USERS_READ, "create": Permission.USERS_MANAGE}

    class UserAdmin(DeclaredAdmin, ModelAdmin):
        permissions = {"view": Permission.USERS_READ, "change": Permission.USERS_MANAGE}
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from apps.access.permissions import Permission, may

View = Callable[..., HttpResponseBase]
ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class Public:
    """Open to strangers, and why."""

    because: str

    def __post_init__(self) -> None:
        if len(self.because.split()) < 3:
            raise ValueError("Say why it is open to strangers, in a sentence.")


Declared = Permission | Public


def needs(permission: Permission | None = None, **by_method: Permission) -> Callable[[View], View]:
    """Lets a view be asked by those who have the permission: of the method, or of every method.

    A stranger gets 404, somebody without the permission 403, before the view looks at anything. A method that is not
    named, where methods are named, is 405 for everybody who may use another one.
    """
    if (permission is None) == (not by_method):
        raise TypeError("needs() takes one permission, or one for each method.")
    declared: Mapping[str, Declared] = {ANY: permission} if permission is not None else dict(by_method)

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            enforce(request, declared)
            if ANY not in declared and _method(request) not in declared:
                return HttpResponseNotAllowed(sorted(declared))
            return view(request, *args, **kwargs)

        guarded.declared = declared  # type: ignore[attr-defined]
        return guarded

    return decorate


def enforce(request: HttpRequest, declared: Mapping[str, Declared]) -> None:
    """Raises Http404 for a stranger and PermissionDenied for somebody who may not."""
    if not request.user.is_authenticated:
        raise Http404
    wanted = declared.get(_method(request), declared.get(ANY))
    wanted_one_of = declared.values() if wanted is None else (wanted,)
    if not any(isinstance(one, Permission) and may(request, one) for one in wanted_one_of):
        raise PermissionDenied


def _method(request: HttpRequest) -> str:
    return "GET" if request.method == "HEAD" else request.method or ""


def public(because: str, *methods: str) -> Callable[[View], View]:
    """Declares a view open to strangers, and says why. Wraps a view of somebody else's too.

    Where methods are named, every other one is 405.
    """

    declared = {method: Public(because) for method in methods or (ANY,)}

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if methods and _method(request) not in methods:
                return HttpResponseNotAllowed(sorted(methods))
            return view(request, *args, **kwargs)

        opened.declared = declared  # type: ignore[attr-defined]
        return opened

    return decorate


class DeclaredAdmin:
    """For an admin class, before ``ModelAdmin``: pages as ``permissions`` says. What it does not name, nobody may.

    The keys are Django's own (view, add, change, delete) and one for each further page, which goes through ``page``.
    """

    permissions: ClassVar[Mapping[str, Declared]] = {}

    def _may(self, request: HttpRequest, key: str) -> bool:
        wanted = self.permissions.get(key)
        return isinstance(wanted, Permission) and may(request, wanted)

    def page(self, view: View, key: str) -> View:
        """A further page of this class, for its ``get_urls``: those who have ``permissions[key]`` may ask it."""

        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not self._may(request, key):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.declared = {ANY: self.permissions[key]}  # type: ignore[attr-defined]
        return self.admin_site.admin_view(guarded)  # type: ignore[attr-defined]

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return self._may(request, "view")  # Django lets those who may change look too; here each is a right of its own

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return self._may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return self._may(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return self._may(request, "delete")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return any(self._may(request, key) for key in ("view", "add", "change", "delete"))
