"""The Celery application: every task of it stands behind both walls, or says that it acts for no tenant."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("specward", task_cls="apps.tenants.walled_task:WalledTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
