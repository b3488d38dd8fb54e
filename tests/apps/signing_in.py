"""The cast at their computers."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client

from apps.accounts.models import User
from apps.accounts.session_store import SessionStore
from apps.tenants.walls import Walls, behind, schema_of
from tests.cast import Person


def walls_of(person: Person) -> Walls:
    return Walls(schema_of(person.tenant.id), person.tenant.id)


def user(person: Person) -> User:
    """The account of a person, as their own tenant sees it."""
    with behind(walls_of(person)):
        return User.objects.get(email=person.email)


def cookie_of(person: Person) -> str:
    """The cookie of a fresh session; without the form, whose hashing takes its time."""
    account = user(person)
    with behind(walls_of(person)):
        store = SessionStore()
        store.create()
        store[SESSION_KEY] = str(account.id)
        store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        store[HASH_SESSION_KEY] = account.get_session_auth_hash()
        store.save()
    cookie = store.session_key
    assert cookie is not None
    return cookie


def signed_in(person: Person) -> Client:
    """A browser at the person's own host, signed in."""
    client = Client(SERVER_NAME=person.tenant.host)
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie_of(person)
    return client
