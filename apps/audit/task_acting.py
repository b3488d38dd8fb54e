"""A Celery task acts as ``system``, by its own name."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Final

from apps.audit.acting import Acting, Actor, acting_as

_running: Final[dict[str, AbstractContextManager[Acting]]] = {}


def begin_task(task_id: str, task: Any, **_: object) -> None:
    """For ``celery.signals.task_prerun``."""
    acting = acting_as(Actor.system(task.name))
    acting.__enter__()
    _running[task_id] = acting


def end_task(task_id: str, **_: object) -> None:
    """For ``celery.signals.task_postrun``, which is sent whatever became of the task."""
    acting = _running.pop(task_id, None)
    if acting is not None:
        acting.__exit__(None, None, None)
