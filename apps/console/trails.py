"""Which entries of the log each page of the console leaves, by names of addresses without their site."""

from __future__ import annotations

from typing import Final

from apps.access.trail import leaves, nothing, reads, say, writes
from apps.audit.vocabulary import Action

_LIST: Final = nothing("a list says which there are and how far each is; what one holds is read one by one")
_FORM: Final = nothing("it shows a form; what is done by it is an entry")
_NO_ACTION: Final = nothing("nothing can be done with those chosen in this list")
_OWN: Final = nothing("what is one's own, seen by oneself")
_FAR: Final = nothing("how far it is, asked every few seconds by a page whose reading was recorded")
_ACCOUNTS: Final = nothing("who has an account or a token is known to colleagues who may read it; changes are entries")
_SETTINGS: Final = nothing("settings hold nothing of the tenant's customers; each change is an entry")
_PROOF: Final = nothing("keys and checkpoints are there to be shown to everybody; they say nothing of an entry")
_READS_LOG: Final = reads("audit.entry")
_SESSIONS: Final = writes("accounts.session")
_USERS: Final = writes("accounts.user", "accounts.session", "accounts.passwordreset", "accounts.signinfailures")
_TOKENS: Final = writes("accounts.token")
_MAIL: Final = writes("accounts.mail")
_JOINS: Final = _USERS | writes("accounts.invitation") | leaves((Action.SIGN_IN, "accounts.user"))
_DISCARDS: Final = writes("recordings.recording", "recordings.upload", "recordings.certificate", "vault.storedsecret")
_VERSIONS: Final = writes("specs.spec", "specs.specversion", "webhooks.event", "webhooks.delivery")
_NEW_KEY: Final = leaves((Action.LOG_KEY, "")) | writes("audit.logkey", "audit.logseed")
_CHANGES: Final = leaves((Action.STATE_CHANGE, "tenants.tenant"))

# ---- people who have yet to prove who they are ----------------------------------------------------------------------
say("front_door", GET=nothing("it leads to the page where one signs in"))
say("sign_in", GET=_FORM, POST=leaves((Action.SIGN_IN, "accounts.user"), (Action.SIGN_IN_FAILED, "accounts.user"),
    (Action.SIGN_IN_FAILED, "")) | _USERS)  # fmt: skip
say("sign_out", POST=leaves((Action.SIGN_OUT, "accounts.user")) | _SESSIONS)
say("forgot", GET=_FORM, POST=writes("accounts.passwordreset") | _MAIL)
say("reset", GET=_FORM, POST=_JOINS | _MAIL)
say("join", GET=_FORM, POST=_JOINS | _MAIL)

# ---- one's own ------------------------------------------------------------------------------------------------------
say("index", GET=nothing("figures, and the last lines of the log for those who may read it"))
say("go", "go_hits", GET=nothing("names of what may be read anyway; what one holds is read one by one"))
say("saved", "saved_delete", POST=writes("console.savedfilter"))
say("account", GET=_OWN, POST=writes("accounts.user"))
say("account_password", GET=_OWN, POST=_USERS | _MAIL)
say("account_sessions", GET=_OWN, POST=_SESSIONS)
say("account_tokens", GET=_OWN)
say("account_token_new", "account_token", GET=_OWN, POST=_TOKENS)

# ---- the log --------------------------------------------------------------------------------------------------------
say("audit", GET=_READS_LOG)
say("audit_entry", GET=_READS_LOG | leaves((Action.CHECK, "audit.entry")))
say("audit_entry_proof", GET=nothing("the file of a proof, whose entry was read on its page"))
say("audit_proof", "audit_checkpoint", GET=_PROOF)
say("audit_proof_rotate", POST=_NEW_KEY)
say("audit_retention", GET=_SETTINGS, POST=writes("audit.hold"))
say("audit_hold_lift", POST=writes("audit.hold"))
say("audit_exports", GET=_LIST, POST=leaves((Action.EXPORT, "audit.export")) | writes("audit.export"))
say("audit_exports_state", GET=_FAR)
say("audit_export_file", GET=reads("audit.export"))

# ---- lists, their exports, histories --------------------------------------------------------------------------------
for _kind, _done in {
    "accounts_user": _USERS | _MAIL,
    "accounts_token": _TOKENS,
    "recordings_recording": _DISCARDS,
    "specs_spec": leaves((Action.EXPORT, "specs.specversion")),
    "webhooks_endpoint": _NO_ACTION,
    "siem_sink": _NO_ACTION,
    "inference_modelcall": _NO_ACTION,
    "tenants_tenant": _NO_ACTION,
    "tenants_provisioning": _NO_ACTION,
    "tenants_statechange": _NO_ACTION,
    "compliance_document": _NO_ACTION,
    "compliance_documentrequest": _NO_ACTION,
}.items():
    say(f"{_kind}_changelist", GET=_LIST, POST=_done)
    _exported = leaves((Action.EXPORT, _kind.replace("_", ".")))
    say(f"{_kind}_export_csv", f"{_kind}_export_jsonl", GET=_exported)
    if _kind not in ("tenants_provisioning", "tenants_statechange"):
        say(f"{_kind}_history", GET=_READS_LOG)

# ---- people and tokens ----------------------------------------------------------------------------------------------
say("accounts_user_invite", GET=_FORM, POST=writes("accounts.invitation") | _MAIL)
say("accounts_user_change", GET=_ACCOUNTS, POST=_USERS | _MAIL)
say("accounts_user_withdraw", POST=writes("accounts.invitation", "accounts.mail"))
say("accounts_token_change", GET=_ACCOUNTS, POST=_TOKENS)

# ---- recordings and specs -------------------------------------------------------------------------------------------
say("recordings_recording_upload", GET=_FORM)
say("recordings_recording_forget", GET=_FORM, POST=_DISCARDS)
say("recordings_recording_change", GET=reads("recordings.recording"))
say("recordings_recording_state", GET=_FAR)
say("recordings_recording_again", "recordings_recording_lift", POST=writes("recordings.recording"))
say("recordings_recording_hold", GET=_FORM, POST=writes("recordings.recording"))
say("recordings_recording_discard", GET=_FORM, POST=_DISCARDS)
say("specs_spec_change", "specs_spec_changes", GET=reads("specs.specversion"))
say("specs_spec_edit", GET=reads("specs.specversion"), POST=_VERSIONS)
say("specs_spec_retire", "specs_spec_approve", POST=_VERSIONS)
say("specs_spec_export", GET=leaves((Action.EXPORT, "specs.specversion")))

# ---- webhooks and models --------------------------------------------------------------------------------------------
say("webhooks_endpoint_new", GET=_FORM, POST=writes("webhooks.endpoint", "webhooks.signingkey"))
say("webhooks_endpoint_key", POST=writes("webhooks.signingkey"))
say("webhooks_endpoint_change", GET=_SETTINGS, POST=writes("webhooks.endpoint", "webhooks.event", "webhooks.delivery"))
say("webhooks_endpoint_again", POST=writes("webhooks.delivery"))
say("inference_modelcall_change", GET=reads("inference.modelcall"))
say("inference_modelcall_settings", GET=_SETTINGS, POST=writes("inference.modelsettings"))
say("inference_modelcall_settings_history", GET=nothing("it leads to the log, which is read there"))
say("inference_modelcall_try", POST=writes("inference.modelcall", "inference.monthlyuse"))

# ---- the SIEM -------------------------------------------------------------------------------------------------------
say("siem_sink_change", GET=_SETTINGS, POST=leaves((Action.CHECK, "siem.sink")) | writes("siem.sink"))
say("siem_sink_settings", "siem_sink_new", GET=_FORM, POST=writes("siem.sink"))
say("siem_sink_test", GET=_FAR)
say("siem_sink_replay", POST=leaves((Action.EXPORT, "siem.sink")) | writes("siem.sink"))

# ---- the posture ----------------------------------------------------------------------------------------------------
say(
    "posture", "posture_promise", "posture_controls", "posture_control", "posture_check", "posture_exceptions",
    "posture_exception", "posture_acceptance",
    GET=nothing("how the promises stand is there to be read; what a run saw is read one by one"),
)  # fmt: skip
say("posture_run", GET=reads("compliance.run"))
say("posture_state", GET=_FAR)
say("posture_run_now", POST=writes("compliance.checkstate") | leaves((Action.CHECK, "compliance.run")))
say("posture_ask", POST=writes("compliance.message") | _MAIL)
say("posture_answer", POST=writes("compliance.message") | _MAIL)
say("posture_accept", GET=_FORM, POST=writes("compliance.exempt"))
say("posture_exception", "posture_exception_end", POST=writes("compliance.exempt"))
say("posture_acceptance", POST=writes("compliance.acceptance"))
say("posture_observations", GET=_FORM, POST=writes("compliance.observation"))
say("posture_observation_end", POST=writes("compliance.observation"))
say("posture_evidence", GET=_FORM)
say("posture_evidence_file", GET=leaves((Action.EXPORT, "compliance.run")))

# ---- reports --------------------------------------------------------------------------------------------------------
_ASKED: Final = writes("compliance.recipient") | _MAIL
say("reports", "reports_schedule", GET=_LIST)
say("reports_new", "reports_settings", GET=_FORM, POST=writes("compliance.schedule"))
say("reports_schedule", POST=writes("compliance.schedule", "compliance.report", "compliance.mailing"))
say("reports_add", POST=_ASKED)
say("reports_recipient", POST=_ASKED | writes("compliance.mailing"))
say(
    "reports_preview", "reports_preview_text", "reports_preview_pdf",
    GET=nothing("how things stand now, as the page of the posture shows it; nothing is kept or mailed"),
)  # fmt: skip
say("reports_report", GET=_LIST)
say("reports_report_mail", "reports_report_text", "reports_report_pdf", GET=reads("compliance.report"))
say("reports_again", POST=writes("compliance.mailing", "compliance.report"))
say("reports_letterhead", GET=_FORM, POST=writes("compliance.letterhead"))
say("report_confirm", GET=_FORM, POST=writes("compliance.recipient"))
say("report_unsubscribe", GET=_FORM, POST=writes("compliance.recipient", "compliance.mailing"))

# ---- what everybody may know, and the document room -----------------------------------------------------------------
say(
    "trust", "trust_json", "trust_pack", "trust_docs", "security_txt",
    GET=nothing("it is the same for everybody, and says nothing of anybody"),
)  # fmt: skip
say("trust_ask", GET=_FORM, POST=writes("compliance.documentrequest") | _MAIL)
say("trust_confirm", GET=_FORM, POST=writes("compliance.documentrequest"))
say(
    "trust_download", GET=_FORM,
    POST=leaves((Action.EXPORT, "compliance.documentcopy"))
    | writes("compliance.documentrequest", "compliance.documentcopy"),
)  # fmt: skip
say("compliance_document_new", GET=_FORM, POST=writes("compliance.document"))
say("compliance_document_change", GET=_LIST, POST=writes("compliance.document"))
say("compliance_document_file", POST=writes("compliance.document"))
say("compliance_documentrequest_change", GET=reads("compliance.documentrequest"),
    POST=writes("compliance.documentrequest") | reads("compliance.documentrequest") | _MAIL)  # fmt: skip

# ---- staff ----------------------------------------------------------------------------------------------------------
say("tenants_tenant_change", GET=reads("tenants.tenant"))
say(
    "tenants_tenant_suspend", "tenants_tenant_resume", "tenants_tenant_close", "tenants_tenant_call_off",
    GET=_FORM, POST=_CHANGES, PUT=_FORM, PATCH=_FORM, DELETE=_FORM,
)  # fmt: skip
say("tenants_provisioning_new", GET=_FORM, POST=leaves((Action.STATE_CHANGE, "tenants.provisioning")))
say("tenants_provisioning_change", "tenants_statechange_change", GET=_LIST)
say("tenants_provisioning_state", "tenants_statechange_state", GET=_FAR)
