"""The addresses of the posture: what is promised, what is done for it, what was seen, what is accepted, who watches."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import URLPattern

from apps.access.declarations import View, needs
from apps.access.permissions import Permission
from apps.console.pages import (
    acceptance,
    check,
    control,
    evidence,
    exceptions,
    observations,
    posture,
    promise,
    requests,
    run,
)

P = Permission


def of_posture(at: Callable[[str, View, str], URLPattern]) -> list[URLPattern]:
    """Below ``posture/``."""
    read = needs(GET=P.COMPLIANCE_READ)
    keep = needs(POST=P.COMPLIANCE_MANAGE)
    form = needs(GET=P.COMPLIANCE_MANAGE, POST=P.COMPLIANCE_MANAGE)
    return [
        at("posture/", read(posture.posture), "posture"),
        at("posture/promises/<str:promise>/", read(promise.promise), "posture_promise"),
        at("posture/controls/", read(control.controls), "posture_controls"),
        at("posture/controls/<str:control>/", read(control.control), "posture_control"),
        at("posture/controls/<str:control>/ask/", needs(POST=P.COMPLIANCE_ASK)(requests.ask), "posture_ask"),
        at("posture/controls/<str:control>/answer/", keep(requests.answer), "posture_answer"),
        at("posture/checks/<str:check>/", read(check.check), "posture_check"),
        at("posture/checks/<str:check>/run/", keep(run.run_now), "posture_run_now"),
        at("posture/checks/<str:check>/state/", read(run.state), "posture_state"),
        at("posture/checks/<str:check>/accept/", form(exceptions.accept), "posture_accept"),
        at("posture/runs/<uuid:run>/", read(run.run), "posture_run"),
        at("posture/exceptions/", read(exceptions.exceptions), "posture_exceptions"),
        at(
            "posture/exceptions/<uuid:exception>/",
            needs(GET=P.COMPLIANCE_READ, POST=P.COMPLIANCE_MANAGE)(exceptions.exception),
            "posture_exception",
        ),
        at("posture/exceptions/<uuid:exception>/end/", keep(exceptions.end), "posture_exception_end"),
        at(
            "posture/acceptance/",
            needs(GET=P.COMPLIANCE_READ, POST=P.COMPLIANCE_ACCEPT)(acceptance.acceptance),
            "posture_acceptance",
        ),
        at("posture/observations/", form(observations.observations), "posture_observations"),
        at("posture/observations/<uuid:observation>/end/", keep(observations.end), "posture_observation_end"),
        at("posture/evidence/", read(evidence.evidence), "posture_evidence"),
        at("posture/evidence/file/", read(evidence.file), "posture_evidence_file"),
    ]
