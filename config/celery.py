"""The Celery application: every task of it stands behind both walls, or says that it acts for no tenant."""

from __future__ import annotations

import logging
import logging.config
import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("specward", task_cls="apps.tenants.walled_task:WalledTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect  # type: ignore[untyped-decorator]  # Celery has no types
def log_in_lines(loglevel: int, **_: object) -> None:
    """As everything of ours does; Celery's own handlers would write what they are given."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
    logging.getLogger().setLevel(loglevel)
