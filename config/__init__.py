"""Settings, addresses, the task queue and the embedded services of the SaaS."""

from config.celery import app

__all__ = ["app"]
