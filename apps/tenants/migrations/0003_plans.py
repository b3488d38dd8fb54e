"""What the three plans hold."""

from typing import Any

from django.db import migrations

PLANS = [
    {"code": "team", "seats": 10, "recording_days": 0, "audit_days": 90},
    {"code": "business", "seats": 100, "recording_days": 30, "audit_days": 365},
    {
        "code": "enterprise",
        "seats": 10_000,
        "recording_days": 365,
        "audit_days": 2555,
        "customer_keys": True,
        "customer_cloud": True,
    },
]


def put_in(apps: Any, schema_editor: Any) -> None:
    plan = apps.get_model("tenants", "Plan")
    for values in PLANS:
        plan.objects.update_or_create(code=values["code"], defaults=values)


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_routing")]

    operations = [migrations.RunPython(put_in, migrations.RunPython.noop)]
