from django.apps import AppConfig

from apps.audit.columns import Audited
from apps.tenants.privileges import Privilege
from apps.tenants.roles import Role

_NUMBER = "a number of tokens, which opens nothing"


class InferenceConfig(AppConfig):
    name = "apps.inference"
    label = "inference"
    verbose_name = "Models"

    table_privileges = {
        table: {Role.APP: frozenset({Privilege.SELECT, Privilege.INSERT, Privilege.UPDATE})}
        for table in ("inference_modelsettings", "inference_monthlyuse", "inference_modelcall")
    }
    audited = {
        "inference_modelsettings": Audited(shown={"monthly_tokens": _NUMBER}),
        "inference_monthlyuse": Audited(
            churning=dict.fromkeys(("used", "reserved"), "each call has a row of its own, whose end is an entry")
        ),
        "inference_modelcall": Audited(
            named_by="purpose",
            shown={
                **dict.fromkeys(
                    ("input_tokens", "output_tokens", "cache_read_tokens", "cache_written_tokens"), _NUMBER
                ),
                "prompt_digest": "by it a customer finds the request in what a proxy of theirs has seen",
            },
        ),
    }
