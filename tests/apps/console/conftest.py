"""What stands in Acme for the pages to show."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, sync_playwright

from apps.accounts import tokens
from apps.accounts.models import User
from apps.audit.models import Entry
from apps.recordings.models import State
from apps.siem import sinks
from apps.tenants.walls import behind
from apps.webhooks import endpoints
from tests.apps.console.asked import a_call
from tests.apps.console.exported import an_export
from tests.apps.console.looking import complaints
from tests.apps.console.papers import a_document, a_request
from tests.apps.console.posture.looked_at import looked_at
from tests.apps.console.recorded import a_recording, a_spec_of
from tests.apps.console.serving import Served, served
from tests.apps.signing_in import walls_of
from tests.cast import ACME, ALICE


@pytest.fixture
def ids(alice: User, bob: User, ada: User) -> dict[str, str]:
    """Ids of Acme's objects and of the platform's document room, by the names in the addresses of ``pages``."""
    document = a_document()
    with behind(walls_of(ALICE)):
        soon = timezone.now() + datetime.timedelta(days=9)
        made = tokens.make(alice, "CI of the shop", ["users.read"], soon, grantable=frozenset({"users.read"}))
        recording = a_recording("session.json", State.FAILED, reason="generation.worker_lost")
        spec = a_spec_of(a_recording("another session.json", State.SPECIFIED)).spec
        entry = Entry.objects.filter(object_type="accounts.token").latest("id")
        hook = endpoints.make("https://hooks.example/a-secret-path", ["spec.ready"], "The board")
        endpoints.try_out(hook)
        sink = sinks.make("https://siem.example/a-secret-path", "json", description="Our Splunk")
        return {
            "document": str(document.pk),
            "document_request": str(a_request(document).pk),
            "bob": str(bob.pk),
            "token": str(made.token.pk),
            "recording": str(recording.pk),
            "spec": str(spec.pk),
            "entry": str(entry.pk),
            "acme": str(ACME.id),
            "webhook": str(hook.pk),
            "sink": str(sink.pk),
            "call": str(a_call().pk),
            "export": str(an_export().pk),
            **looked_at(alice, ada),
        }


@pytest.fixture(scope="session")
def console(django_db_setup: None, worker_id: str) -> Iterator[Served]:
    """The console as it is served. Tests share it: each leaves it so that the others find what they look for."""
    with served(f"test_console_{worker_id}") as serving:
        yield serving


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    # Not for the session: while Playwright's loop runs in this thread, Django refuses to ask its database there.
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of nobody in particular; whatever its pages complain about fails the test."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    said = complaints(opened)
    yield opened
    context.close()
    assert said == []
