"""Counting, for the schedule."""

from __future__ import annotations

from celery import shared_task

from apps.watching import figures, merge_delays, standings


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]  # Celery has no types
def count_recordings() -> None:
    """Counts the recordings of all tenants that are open, each behind its own walls."""
    figures.count_recordings()


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]
def count_model_calls() -> None:
    """Counts what the calls of models took this month, of all tenants that are open, each behind its own walls."""
    figures.count_model_calls()


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]
def measure_merge_delays() -> None:
    """Asks how far the sequencer is behind, in the log of each tenant that is open."""
    merge_delays.measure()


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]
def count_sinks() -> None:
    """Counts how the sinks of the SIEM do, of all tenants that are open, each behind its own walls."""
    figures.count_sinks()


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]
def count_standings() -> None:
    """Counts how the checks of all tenants that are open stand, each behind its own walls."""
    standings.count()
