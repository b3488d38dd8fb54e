"""The addresses of ``/api/v1/``. A change that could break a client gets another number; a new field does not."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.api.entries import Entries
from apps.api.evidence import Evidence, Runs
from apps.api.exceptions import Exceptions
from apps.api.exports import Exports
from apps.api.inference import Calls, Settings, Usage
from apps.api.invitations import Invitations
from apps.api.log_holds import LogHolds
from apps.api.log_proofs import Checkpoints, EntryProofs, Log
from apps.api.postures import Checks, Controls, Postures, Promises
from apps.api.recordings import Recordings
from apps.api.report_schedules import Letterheads, Recipients, Schedules
from apps.api.reports import Mailings, Reports
from apps.api.siem import Sinks
from apps.api.specs import Specs
from apps.api.tokens import OwnTokens, Tokens
from apps.api.uploads import Uploads
from apps.api.users import Me, Users
from apps.api.versions import Versions
from apps.api.webhooks import Deliveries, SigningKeys, Webhooks

app_name = "api"

router = SimpleRouter(trailing_slash=False)
router.register("me/tokens", OwnTokens, "own-token")
router.register("tokens", Tokens, "token")
router.register("users", Users, "user")
router.register("invitations", Invitations, "invitation")
router.register("recordings/uploads", Uploads, "upload")
router.register("recordings", Recordings, "recording")
router.register("specs", Specs, "spec")
router.register("versions", Versions, "version")
router.register("webhooks/deliveries", Deliveries, "delivery")
router.register("webhooks", Webhooks, "webhook")
router.register("siem/sinks", Sinks, "sink")
router.register("compliance/promises", Promises, "promise")
router.register("compliance/controls", Controls, "control")
router.register("compliance/checks", Checks, "check")
router.register("compliance/runs", Runs, "run")
router.register("compliance/exceptions", Exceptions, "exception")
router.register("reports/schedules", Schedules, "report-schedule")
router.register("reports/recipients", Recipients, "report-recipient")
router.register("reports/mailings", Mailings, "report-mailing")
router.register("reports", Reports, "report")
router.register("inference/calls", Calls, "call")
router.register("audit/entries", Entries, "entry")
router.register("audit/exports", Exports, "export")
router.register("audit/holds", LogHolds, "log-hold")
router.register("audit/checkpoints", Checkpoints, "checkpoint")

urlpatterns = [
    path("me", Me.as_view({"get": "show"}), name="me"),
    path("webhooks/key", SigningKeys.as_view({"get": "show"}), name="webhook-key"),
    path("webhooks/key/rotate", SigningKeys.as_view({"post": "rotate"}), name="webhook-key-rotate"),
    path("inference/settings", Settings.as_view({"get": "show", "patch": "change"}), name="inference-settings"),
    path("inference/usage", Usage.as_view({"get": "show"}), name="inference-usage"),
    path("compliance/posture", Postures.as_view({"get": "show"}), name="posture"),
    path("compliance/evidence", Evidence.as_view({"get": "file"}), name="evidence"),
    path(
        "reports/letterhead",
        Letterheads.as_view({"get": "show", "put": "put", "delete": "drop"}),
        name="report-letterhead",
    ),
    path("audit/log", Log.as_view({"get": "show"}), name="log"),
    path("audit/log/key/rotate", Log.as_view({"post": "rotate"}), name="log-key-rotate"),
    path("audit/entries/<str:entry_id>/proof", EntryProofs.as_view({"get": "show"}), name="entry-proof"),
    *router.urls,
]
