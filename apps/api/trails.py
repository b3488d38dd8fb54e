"""Which entries of the log each operation of the API leaves, by names of addresses (apps/api/urls.py)."""

from __future__ import annotations

from typing import Final

from apps.access.trail import leaves, nothing, reads, say, writes
from apps.audit.vocabulary import Action

_LIST: Final = nothing("a list says which there are and how far each is; what one holds is read one by one")
_OWN: Final = nothing("it says what the credential itself is good for")
_ACCOUNTS: Final = nothing("who has an account or a token is known to colleagues who may read it; changes are entries")
_SETTINGS: Final = nothing("settings hold nothing of the tenant's customers; each change is an entry")
_PROOF: Final = nothing("keys and checkpoints are there to be shown to everybody; they say nothing of an entry")
_READS_LOG: Final = reads("audit.entry")
_TOKENS: Final = writes("accounts.token")
_UPLOADS: Final = writes("recordings.upload", "recordings.recording", "vault.storedsecret")
_DISCARDS: Final = writes("recordings.recording", "recordings.upload", "recordings.certificate", "vault.storedsecret")
_USERS: Final = writes("accounts.user", "accounts.session", "accounts.passwordreset", "accounts.token")
_NEW_KEY: Final = leaves((Action.LOG_KEY, "")) | writes("audit.logkey", "audit.logseed")
_STANDS: Final = nothing("how controls stand is for all to see who may; what a check saw is an entry by itself")
_RUNS: Final = leaves((Action.CHECK, "compliance.run")) | writes("compliance.checkstate")
_TELLS: Final = writes("webhooks.event", "webhooks.delivery")

say("api:me", GET=_OWN)
say("api:own-token-list", GET=_OWN, POST=_TOKENS)
say("api:own-token-detail", GET=_OWN)
say("api:own-token-revoke", "api:own-token-rotate", "api:token-revoke", POST=_TOKENS)
say("api:token-list", "api:token-detail", GET=_ACCOUNTS)
say("api:user-list", GET=_ACCOUNTS)
say("api:user-detail", GET=_ACCOUNTS, PATCH=_USERS)
say("api:user-deactivate", "api:user-reactivate", POST=_USERS)
say("api:invitation-list", GET=_ACCOUNTS, POST=writes("accounts.invitation", "accounts.mail"))
say("api:invitation-detail", GET=_ACCOUNTS)
say("api:invitation-withdraw", POST=writes("accounts.invitation", "accounts.mail"))

say("api:upload-list", POST=_UPLOADS)
say("api:upload-detail", GET=nothing("how far one's own upload is"), PATCH=_UPLOADS, DELETE=_UPLOADS)
say("api:recording-list", GET=_LIST)
say("api:recording-detail", GET=reads("recordings.recording"))
say("api:recording-forget", "api:recording-discard", POST=_DISCARDS)
say("api:recording-hold", "api:recording-lift", "api:recording-retry", POST=writes("recordings.recording"))

say("api:spec-list", "api:version-list", GET=_LIST)
say("api:spec-detail", GET=reads("specs.spec"))
say("api:spec-export", GET=leaves((Action.EXPORT, "specs.specversion")))
say("api:spec-retire", POST=writes("specs.spec", "specs.specversion"))
say("api:version-detail", GET=reads("specs.specversion"))
say("api:version-check", POST=leaves((Action.CHECK, "specs.specversion")))
say("api:version-edit", POST=writes("specs.specversion", "specs.spec") | _TELLS)
say("api:version-approve", POST=writes("specs.specversion") | _TELLS)

say("api:webhook-key", GET=nothing("a public key, which receivers are to know") | writes("webhooks.signingkey"))
say("api:webhook-key-rotate", POST=writes("webhooks.signingkey"))
say("api:webhook-list", GET=_SETTINGS, POST=writes("webhooks.endpoint", "webhooks.signingkey"))
say(
    "api:webhook-detail",
    GET=_SETTINGS,
    PATCH=writes("webhooks.endpoint"),
    DELETE=writes("webhooks.endpoint", "webhooks.delivery"),
)
say("api:webhook-test", "api:delivery-redeliver", POST=_TELLS)
say("api:delivery-list", GET=_LIST)
say("api:delivery-detail", GET=reads("webhooks.delivery"))

say("api:sink-list", GET=_SETTINGS, POST=writes("siem.sink"))
say("api:sink-detail", GET=_SETTINGS, PATCH=writes("siem.sink"), DELETE=writes("siem.sink"))
say("api:sink-replay", POST=leaves((Action.EXPORT, "siem.sink")) | writes("siem.sink"))
say("api:sink-test", POST=leaves((Action.CHECK, "siem.sink")) | writes("siem.sink"))

say("api:inference-settings", GET=_SETTINGS, PATCH=writes("inference.modelsettings"))
say("api:inference-usage", GET=_LIST)
say("api:call-list", GET=_LIST)
say("api:call-detail", GET=reads("inference.modelcall"))

say("api:entry-list", "api:entry-detail", "api:entry-proof", GET=_READS_LOG)
say("api:log", "api:checkpoint-list", GET=_PROOF)
say("api:log-key-rotate", POST=_NEW_KEY)
say("api:log-hold-list", GET=_SETTINGS, POST=writes("audit.hold"))
say("api:log-hold-detail", GET=_SETTINGS)
say("api:log-hold-lift", POST=writes("audit.hold"))
say("api:export-list", GET=_LIST, POST=leaves((Action.EXPORT, "audit.export")) | writes("audit.export"))
say("api:export-detail", GET=_LIST)
say("api:export-file", GET=reads("audit.export"))

say("api:posture", "api:promise-list", "api:promise-detail", "api:control-list", "api:control-detail", GET=_STANDS)
say("api:check-list", "api:check-detail", GET=_STANDS)
say("api:promise-accept", POST=writes("compliance.acceptance"))
say("api:check-run", POST=_RUNS)
say("api:run-list", "api:run-detail", GET=_STANDS)
say("api:evidence", GET=leaves((Action.EXPORT, "compliance.run")))
say("api:exception-list", "api:exception-detail", GET=_STANDS)
say("api:exception-detail", PATCH=writes("compliance.exempt"))
say("api:exception-list", POST=writes("compliance.exempt"))
say("api:exception-end", POST=writes("compliance.exempt"))

say("api:report-schedule-list", GET=_SETTINGS, POST=writes("compliance.schedule"))
say(
    "api:report-schedule-detail",
    GET=_SETTINGS,
    PATCH=writes("compliance.schedule"),
    DELETE=writes("compliance.schedule", "compliance.mailing", "compliance.report"),
)
say("api:report-schedule-send", POST=writes("compliance.report"))
say("api:report-recipient-list", GET=_SETTINGS, POST=writes("compliance.recipient", "accounts.mail"))
say("api:report-recipient-detail", GET=_SETTINGS, DELETE=writes("compliance.recipient", "compliance.mailing"))
say("api:report-recipient-ask", POST=writes("accounts.mail"))
say("api:report-letterhead", GET=_SETTINGS, PUT=writes("compliance.letterhead"), DELETE=writes("compliance.letterhead"))
say("api:report-list", "api:report-mailing-list", GET=_LIST)
say("api:report-detail", GET=reads("compliance.report"))
say("api:report-mailing-again", POST=writes("compliance.mailing", "compliance.report"))
