"""The words at the head of the OpenAPI document, for the settings: it reads no model and no setting."""

from __future__ import annotations

from typing import Any, Final

_DESCRIPTION: Final = """\
Each tenant has a host, and this API is there below `/api/v1/`. A token is good at its own tenant's host only.

**Refusals** are problems (RFC 9457): `code` is for programs and stays as it is, `detail` says what to do, `errors` say
where. An address that does not exist and a failure of ours (5xx) have this form too. What may not be seen is answered
like what is not there.

**Bodies** are JSON of 64 KiB at most, of 512 KiB where they hold a spec, but for the parts of an upload, which are
octets. A field or parameter that is not known is refused.

**Pages** hold `items` and `next`, a cursor that nobody else can read anything from. What is added or removed between
two pages neither repeats nor hides what was there.

**Limits** are counted for a token, a person and a network each minute; `RateLimit` says what is left, and a 429 when to
come back.

**Sending again** is safe for POST with an `Idempotency-Key`. Only what succeeded is kept.
"""

SPECTACULAR: Final[dict[str, Any]] = {
    "TITLE": "Specward",
    "VERSION": "1",
    "DESCRIPTION": _DESCRIPTION,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "COMPONENT_SPLIT_REQUEST": False,
    "COMPONENT_SPLIT_PATCH": False,
    "ENUM_NAME_OVERRIDES": {
        "RoleEnum": "apps.accounts.models.Role.choices",
        "RecordingStateEnum": "apps.recordings.models.State.choices",
        "SinkStateEnum": "apps.siem.health.STATES",
        "SinkFormatEnum": "apps.siem.models.FORMATS",
        "ExportStateEnum": "apps.audit.exports.models.State.choices",
        "ExportFormatEnum": "apps.audit.exports.models.Format.choices",
        "StandingEnum": "apps.api.postures.STANDINGS",
        "OutcomeEnum": "apps.api.postures.OUTCOMES",
        "ReportStateEnum": "apps.api.reports.REPORT_STATES",
        "MailingStateEnum": "apps.api.reports.MAILING_STATES",
        "RecipientStateEnum": [("asked", "asked"), ("confirmed", "confirmed"), ("unsubscribed", "unsubscribed")],
        "VersionStateEnum": [("draft", "Draft"), ("approved", "Approved"), ("retired", "Retired")],
    },
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "TAGS": [
        {"name": "Who asks", "description": "What a credential is good for."},
        {"name": "Own tokens", "description": "Made, rotated and revoked by their own user. Scope `tokens.own`."},
        {"name": "Tokens", "description": "Everybody's. Scopes `tokens.read`, `tokens.manage`."},
        {"name": "Users", "description": "The people of the tenant. Scopes `users.read`, `users.manage`."},
        {"name": "Invitations", "description": "Who was asked to join. Scopes `users.read`, `users.manage`."},
        {
            "name": "Recordings",
            "description": "How far each is, and its end. Scopes `recordings.read`, `recordings.upload`, "
            "`recordings.discard`, `recordings.hold`.",
        },
        {"name": "Uploads", "description": "Bringing a recording in, in parts. Scope `recordings.upload`."},
        {
            "name": "Specs",
            "description": "Reading, editing, approving and exporting. Scopes `specs.read`, `specs.edit`, "
            "`specs.approve`, `specs.export`.",
        },
        {
            "name": "Models",
            "description": "Which model may write specs, every call of one, and what a month's took. Scopes "
            "`inference.read`, `inference.manage`.",
        },
        {
            "name": "SIEM",
            "description": "Where the audit log is pushed to, as OCSF events. Scopes `siem.read`, `siem.manage`.",
        },
        {
            "name": "Audit log",
            "description": "What was done, by whom. It only grows, and is signed. Scopes `audit.read`, `audit.export`, "
            "`audit.manage`.",
        },
        {
            "name": "Compliance",
            "description": "Which promises are kept, by which controls and checks, with the evidence. Scopes "
            "`compliance.read`, `compliance.manage`, `compliance.accept`.",
        },
        {
            "name": "Reports",
            "description": "What stands in the mails about it: when they come, to whom, and which were mailed. Scopes "
            "`reports.read`, `reports.manage`.",
        },
    ],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.api.schema.add_components",
    ],
}
