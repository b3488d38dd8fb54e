from django.apps import AppConfig

from apps.audit.columns import Audited
from apps.tenants.privileges import Privilege
from apps.tenants.roles import Role


class WebhooksConfig(AppConfig):
    name = "apps.webhooks"
    label = "webhooks"
    verbose_name = "Webhooks"

    table_privileges = {
        "webhooks_attempt": {Role.APP: frozenset({Privilege.SELECT, Privilege.INSERT, Privilege.DELETE})},
    }
    audited = {
        "webhooks_endpoint": Audited(
            named_by="origin",
            churning={"failing_since": "each attempt has a row of its own; the end is an entry"},
        ),
        "webhooks_signingkey": Audited(named_by="public", shown={"public": "it is what receivers are given"}),
        "webhooks_delivery": Audited(
            churning={
                "tries": "each attempt has a row of its own",
                "next_try": "each attempt has a row of its own",
            }
        ),
    }

    def ready(self) -> None:
        from apps.specs.signals import spec_failed, spec_ready
        from apps.webhooks import notices  # noqa: F401  # its letter is found by being imported
        from apps.webhooks.outbox import on_spec_failed, on_spec_ready

        spec_ready.connect(on_spec_ready, dispatch_uid="webhooks.spec_ready")
        spec_failed.connect(on_spec_failed, dispatch_uid="webhooks.spec_failed")
