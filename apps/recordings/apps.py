from django.apps import AppConfig

from apps.audit.columns import Audited
from apps.tenants.privileges import Privilege
from apps.tenants.roles import Role


class RecordingsConfig(AppConfig):
    name = "apps.recordings"
    label = "recordings"
    verbose_name = "Recordings"

    table_privileges = {
        "recordings_certificate": {Role.APP: frozenset({Privilege.SELECT, Privilege.INSERT})},
    }
    audited = {
        "recordings_recording": Audited(
            shown={"digest": "the digest of a recording is what its certificate is about"},
            churning={"next_look": "it moves while a worker is at it; its steps are entries"},
        ),
        "recordings_upload": Audited(
            churning=dict.fromkeys(
                ("offset", "parts", "expires", "completing"),
                "it moves with each part; that it was begun, and what it has become, are entries",
            ),
        ),
        "recordings_certificate": Audited(shown={"digest": "what the certificate is about"}),
    }
