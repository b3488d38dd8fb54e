"""The live list of addresses: what the URLconf leads to, with what each needs, as far as it says so."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize

from apps.access.declarations import ANY, Declared

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ADMIN_PAGES: Final = {"changelist": "view", "add": "add", "history": "view", "delete": "delete", "change": "change"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address and what answers there. ``path`` has its parameters as ``%(name)s``."""

    path: str
    parameters: tuple[str, ...]
    callback: Any
    name: str
    declared: Mapping[str, Declared] = field(default_factory=dict)
    """By method, or ``*``; empty: it says nothing."""
    undeclared: tuple[str, ...] = ()
    """What of it says nothing, in words."""

    @property
    def at_platform(self) -> bool | None:
        """Whether it answers at the platform's own host alone (True) or at customers' alone (False); None: at both."""
        site = getattr(getattr(self.callback, "model_admin", None), "admin_site", None) or self.callback
        found: bool | None = getattr(site, "for_platform", None)
        return found

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that may be answered with something else than 405, as far as that can be known."""
        if ANY in self.declared:
            return METHODS
        return tuple(method for method in METHODS if method in self.declared)

    def needs(self, method: str) -> Declared | None:
        """What a method needs; None where it says nothing."""
        return self.declared.get(method, self.declared.get(ANY))

    def __str__(self) -> str:
        return "/" + self.path.replace("%(", "<").replace(")s", ">")


def endpoints(urlconf: str | None = None) -> Iterator[Endpoint]:
    """Every address of a URLconf (the project's own by default), in its order."""
    yield from _under(get_resolver(urlconf).url_patterns, "", (), "")


def _under(patterns: Any, before: str, parameters: tuple[str, ...], namespace: str) -> Iterator[Endpoint]:
    for pattern in patterns:
        path, own = _spelled(pattern)
        names = (*parameters, *own)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _under(pattern.url_patterns, before + path, names, inner)
        else:
            declared, undeclared = _declaration(pattern)
            yield Endpoint(before + path, names, pattern.callback, f"{namespace}{pattern.name}", declared, undeclared)


def _spelled(pattern: URLPattern | URLResolver) -> tuple[str, tuple[str, ...]]:
    regex: str = pattern.pattern.regex.pattern
    spelled, names = normalize(regex)[-1]  # of a pattern with optional parts the longest
    return spelled, tuple(names)


def _declaration(pattern: URLPattern) -> tuple[Mapping[str, Declared], tuple[str, ...]]:
    """What a pattern's view says, and what of it says nothing."""
    view: Any = pattern.callback
    declared: Mapping[str, Declared] | None = getattr(view, "declared", None)
    if declared is not None:
        return declared, ()
    if hasattr(view, "cls"):
        return _of_rest_view(view)
    admin = getattr(view, "model_admin", None)
    if admin is not None:
        return _of_admin_page(getattr(admin, "permissions", {}), pattern.name or "")
    site = getattr(view, "admin_site", None) or getattr(view, "__self__", None)
    if site is not None:
        return _by_key(getattr(site, "permissions", {}), pattern.name or view.__name__, METHODS)
    return {}, ("the view",)


def _of_rest_view(view: Any) -> tuple[Mapping[str, Declared], tuple[str, ...]]:
    permissions = getattr(view.cls, "permissions", {})
    actions: Mapping[str, str] = getattr(view, "actions", None) or {
        method.lower(): method.lower() for method in METHODS if hasattr(view.cls, method.lower())
    }
    declared = {m.upper(): permissions[a] for m, a in actions.items() if a in permissions and m.upper() in METHODS}
    missing = sorted({a for m, a in actions.items() if a not in permissions and m.upper() in METHODS})
    return declared, tuple(f"the action {action!r} of {view.cls.__name__}" for action in missing)


def _of_admin_page(permissions: Mapping[str, Declared], name: str) -> tuple[Mapping[str, Declared], tuple[str, ...]]:
    page = name.rsplit("_", 1)[-1]
    key = _ADMIN_PAGES.get(page, page)
    if not name:  # Django's redirect from an old address: it shows nothing by itself
        key = "view"
    if key not in permissions and key in _ADMIN_PAGES.values() and permissions:
        return {}, ()  # nobody may: DeclaredAdmin refuses what is not named
    if page == "change" and "view" in permissions:
        return {"GET": permissions["view"], "POST": permissions[key]}, ()
    return _by_key(permissions, key, ("GET", "POST"))


def _by_key(
    permissions: Mapping[str, Declared], key: str, methods: tuple[str, ...]
) -> tuple[Mapping[str, Declared], tuple[str, ...]]:
    if key not in permissions:
        return {}, (f"the page {key!r}",)
    return dict.fromkeys(methods, permissions[key]), ()


def where(endpoint: Endpoint) -> str:
    """The place of a view in the code, for a message."""
    view = inspect.unwrap(getattr(endpoint.callback, "cls", endpoint.callback))
    return f"{getattr(view, '__module__', '?')}.{getattr(view, '__qualname__', type(view).__qualname__)}"
