from django.apps import AppConfig

from apps.audit.columns import Audited


class SpecsConfig(AppConfig):
    name = "apps.specs"
    label = "specs"
    verbose_name = "Specs"

    audited = {
        "specs_specversion": Audited(shown={"digest": "by it a version is approved, and found in an export"}),
    }

    def ready(self) -> None:
        from apps.recordings.signals import recording_failed, recording_received
        from apps.specs.queueing import ask_for, pass_on_failure

        recording_received.connect(ask_for, dispatch_uid="specs.ask_for")
        recording_failed.connect(pass_on_failure, dispatch_uid="specs.pass_on_failure")
