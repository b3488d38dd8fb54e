"""Calls of models: for generation alone, as the tenant has set it, within its budget, and each counted once."""

from __future__ import annotations

import datetime
from typing import Final

from django.db import transaction

from apps.compliance.checking import Check, Result, check, failed, passed, some
from apps.inference import configuring, standing
from apps.inference.models import ModelCall

LATE: Final = datetime.timedelta(minutes=15)
"""The schedule settles lost calls every minute."""
_MOST: Final = 10_000


@check
class CallsAreForSpecs(Check):
    key = "models.purpose"
    title = "Models are asked for specs and for nothing else"
    words = (
        "Each call of a model was made for the spec of a recording of this tenant's that was there at that time, or "
        "was a trial of the settings that holds no data."
    )
    mend = (
        "Take the model away (settings of models: none) and find out which process made the call: its row has the time "
        "and the digest of what was asked, and the audit log the entry of it."
    )

    def look(self) -> Result:
        with transaction.atomic():
            calls = some(standing.beyond_generation().values_list("id", flat=True)[:_MOST])
            made = ModelCall.objects.count()
        if calls["count"]:
            return failed(f"{calls['count']} calls of a model were not for the spec of a recording.", calls=calls)
        return passed(calls=made)


@check
class RetentionModeIsKept(Check):
    key = "models.retention_mode"
    title = "Models are asked under the retention mode that was chosen"
    words = "Compares the calls since the settings were last changed with the retention mode that they name."
    mend = (
        "Take the model away until it is known why; ask the provider to delete what the calls have left there. A call "
        "is told to the provider by its time and digest."
    )

    def look(self) -> Result:
        with transaction.atomic():
            settings = configuring.current()
            calls = some(standing.with_another_retention(settings).values_list("id", flat=True)[:_MOST])
            made = standing.since_settings(settings).count()
        if calls["count"]:
            because = f"{calls['count']} calls were made under another retention mode than {settings.retention}."
            return failed(because, calls=calls, retention=settings.retention)
        return passed(calls=made, retention=settings.retention)


@check
class CallsGoWhereSet(Check):
    key = "models.place"
    title = "Models are asked where the settings say, and shown no more than they allow"
    words = (
        "Compares the calls since the settings were last changed with the client, model and region that they name, and "
        "with whether names of controls may be shown."
    )
    mend = "Take the model away until it is known which process asked another one; its row says which and when."

    def look(self) -> Result:
        with transaction.atomic():
            settings = configuring.current()
            calls = some(standing.elsewhere(settings).values_list("id", flat=True)[:_MOST])
            made = standing.since_settings(settings).count()
        where = {"client": settings.client, "model": settings.model, "region": settings.region}
        if calls["count"]:
            because = f"{calls['count']} calls went elsewhere than the settings say, or showed more."
            return failed(because, calls=calls, **where)
        return passed(calls=made, **where)


@check
class BudgetHolds(Check):
    key = "models.budget"
    title = "No call is made beyond the month's budget"
    words = (
        "Adds up what this month's calls took and have reserved, and looks for calls that were made, since the "
        "settings were last changed, although that is more than the budget."
    )
    mend = "Set the budget to 0, which stops all calls, and find out why the reservation let these pass."

    def look(self) -> Result:
        with transaction.atomic():
            spent = standing.spent(configuring.current())
        seen = {"month": spent.month.isoformat(), "used": spent.used, "reserved": spent.reserved}
        if spent.is_over:
            because = f"{spent.calls_beyond} calls were made although the month's budget of {spent.budget} was spent."
            return failed(because, budget=spent.budget, calls_beyond=spent.calls_beyond, **seen)
        return passed(budget=spent.budget, **seen)


@check
class MonthsAddUp(Check):
    key = "models.counted"
    title = "A month's use is the sum of its calls"
    words = "Adds up the calls of each month and compares that with what the month is said to have taken."
    mend = (
        "Only somebody with the database's own rights can change either. Verify the audit log: each call that was made "
        "and each that ended is an entry of it."
    )

    def look(self) -> Result:
        with transaction.atomic():
            months = some(month.isoformat() for month in standing.miscounted())
        if months["count"]:
            return failed(f"In {months['count']} months calls are missing or were counted wrongly.", months=months)
        return passed()


@check
class CallsAreSettled(Check):
    key = "models.settled"
    title = "Each call of a model is settled"
    words = "Looks for calls whose worker is taken for dead and that still count as under way, a quarter of an hour on."
    mend = "See that the schedule runs: it settles them within a minute, with all that they could have taken."

    def look(self) -> Result:
        with transaction.atomic():
            calls = some(standing.unsettled(LATE).values_list("id", flat=True)[:_MOST])
        if calls["count"]:
            return failed(f"{calls['count']} calls were never settled.", calls=calls)
        return passed()
