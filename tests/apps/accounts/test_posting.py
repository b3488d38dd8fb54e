"""Mail goes out over SMTP, after the transaction, and a server that is away breaks nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import transaction

from apps.accounts.posting import post, wait_until_posted
from tests.apps.accounts.mail_server import mail_server

SMTP = "django.core.mail.backends.smtp.EmailBackend"


def a_mail(subject: str) -> EmailMultiAlternatives:
    return EmailMultiAlternatives(subject, "Hello Bob", to=["bob@acme.example"])


def test_a_mail_arrives_when_the_transaction_has_committed(
    db: None, settings, django_capture_on_commit_callbacks: Callable
) -> None:
    with mail_server() as server:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", server.port
        settings.EMAIL_USE_TLS = False
        with django_capture_on_commit_callbacks(execute=True):
            post(a_mail("kept"))
            with transaction.atomic():
                post(a_mail("taken back"))
                transaction.set_rollback(True)
        wait_until_posted()
        assert ["Subject: kept" in text and "To: bob@acme.example" in text for text in server.kept] == [True]


def test_a_server_that_is_away_is_logged_without_the_link(
    db: None, settings, django_capture_on_commit_callbacks: Callable, caplog: pytest.LogCaptureFixture
) -> None:
    with mail_server() as server:
        port = server.port
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", port
    settings.EMAIL_USE_TLS = False
    with caplog.at_level(logging.ERROR), django_capture_on_commit_callbacks(execute=True):
        post(a_mail("nobody is there"))
    wait_until_posted()
    assert "nobody is there" in caplog.text
    assert "Hello Bob" not in caplog.text and "bob@acme.example" not in caplog.text
