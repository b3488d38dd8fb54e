"""The other side: the same rows, and the stock django-auditlog, as its documentation says to set it up."""

from __future__ import annotations

import os
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit


def main() -> None:
    import django
    from django.conf import settings

    url = urlsplit(os.environ["BENCH_DATABASE_URL"])
    (folder,) = parse_qs(url.query)["host"]
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "auditlog"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": url.path[1:],
                "USER": url.username,
                "PASSWORD": unquote(url.password or ""),
                "HOST": folder,
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()
    from auditlog.registry import auditlog
    from django.core.management import call_command
    from django.db import connection, models, transaction

    from bench.auditing import answer

    class Ship(models.Model):
        """As tests/apps/audit/fleet.py has it."""

        objects: ClassVar[models.Manager[Ship]] = models.Manager()
        name = models.CharField(max_length=50)
        bearing = models.IntegerField(default=0)
        api_key = models.CharField(max_length=50, default="")
        sealed_log = models.BinaryField(null=True)
        story = models.TextField(default="")

        class Meta:
            app_label = "stock"

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Ship)
    auditlog.register(Ship, mask_fields=["api_key"])

    def write(rows: int) -> None:
        for number in range(rows // 2):
            with transaction.atomic():
                ship = Ship.objects.create(name=f"Ship {number}")
            with transaction.atomic():
                ship.bearing = number + 1
                ship.save()

    answer(write)


if __name__ == "__main__":
    main()
