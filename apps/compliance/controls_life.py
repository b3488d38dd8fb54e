"""Controls of the life of recordings, what writes specs, the log, and the people."""

from __future__ import annotations

from typing import Final

from apps.compliance.controls import Control, Frequency, Owner

_RECORDINGS: Final = (
    Control(
        "C-LIFE-1",
        "Recordings end when their retention ends",
        "A recording is discarded by the date that its plan gave it as it came; nobody moves that date, and a discard "
        "that was begun is carried on until it has ended.",
        ("P1",),
        ("C1.2", "P4.2", "P4.3"),
        Owner.PLATFORM,
        Frequency.HOURLY,
        ("recordings.retention", "recordings.retention_of_plan", "recordings.discards_end"),
    ),
    Control(
        "C-LIFE-2",
        "A discard leaves a certificate and no content",
        "Each discarded recording has a certificate of its bytes that nobody changes, and no object of it lies in the "
        "store.",
        ("P1",),
        ("C1.2", "P4.3", "CC6.5"),
        Owner.PLATFORM,
        Frequency.DAILY,
        ("recordings.certificates", "recordings.objects"),
    ),
    Control(
        "C-LIFE-3",
        "What is kept for longer is kept for a reason",
        "A legal hold says who placed it and why; nothing else keeps a recording.",
        ("P1",),
        ("C1.1", "P4.2"),
        Owner.COMPLIANCE_OFFICER,
        Frequency.DAILY,
        ("recordings.holds",),
    ),
)

_MODELS: Final = (
    Control(
        "C-MODEL-1",
        "Session data goes to a model for specs alone",
        "Every call is a row that is made before anything is sent. None has another purpose than the spec of one "
        "recording of the tenant's, and the sums of the months show that none was taken away.",
        ("P1", "P3"),
        ("C1.1", "P4.1", "P6.1"),
        Owner.PLATFORM,
        Frequency.HOURLY,
        ("models.purpose", "models.counted", "models.settled"),
    ),
    Control(
        "C-MODEL-2",
        "Models are asked as the tenant has chosen",
        "Client, model, region, retention mode and what may be shown are settings of the tenant; a call under other "
        "ones is not made.",
        ("P1",),
        ("P4.1", "P6.1", "P6.4", "CC9.2"),
        Owner.PLATFORM,
        Frequency.HOURLY,
        ("models.retention_mode", "models.place"),
    ),
    Control(
        "C-MODEL-3",
        "A month's calls stay within its budget",
        "What a call may take at most is reserved before it is made; beyond the budget none is.",
        ("P1", "T5"),
        ("A1.1", "CC9.1"),
        Owner.TENANT_OWNER,
        Frequency.HOURLY,
        ("models.budget",),
    ),
    Control(
        "C-MODEL-4",
        "Instructions and content are structurally apart",
        "System prompt, schema and instruction are the same bytes for every session and tenant, and were reviewed; "
        "what a session says stands in one document that is marked as untrusted.",
        ("P5", "T5", "P3"),
        ("CC6.8", "CC8.1", "PI1.3"),
        Owner.PLATFORM,
        Frequency.DAILY,
        ("prompts.apart",),
    ),
)

_SPECS: Final = (
    Control(
        "C-SPEC-1",
        "A spec in use passes the gate as it is today",
        "A gate that learns is asked again about what it took before: the text, its digest and its grounding sheet.",
        ("P5", "T1", "T5"),
        ("CC6.8", "CC8.1", "PI1.3"),
        Owner.ENGINEER,
        Frequency.DAILY,
        ("specs.gate",),
    ),
    Control(
        "C-SPEC-2",
        "Only what somebody else has approved is handed out",
        "What goes beyond a recording is approved by somebody who did not write it, by the digest of the text, and "
        "only an approved version is exported.",
        ("P5", "T1"),
        ("CC5.2", "CC8.1", "PI1.4"),
        Owner.ENGINEER,
        Frequency.DAILY,
        ("specs.vouched", "specs.exports"),
    ),
    Control(
        "C-SPEC-3",
        "What survives a recording is small and ends with its spec",
        "A grounding sheet has candidates and assertable texts, no page, and goes with its spec.",
        ("P1",),
        ("C1.2", "P4.2"),
        Owner.PLATFORM,
        Frequency.DAILY,
        ("specs.sheets",),
    ),
)

_LOG: Final = (
    Control(
        "C-LOG-1",
        "The log only grows",
        "The application may add entries and read them; changing, deleting, locking and emptying are refused by "
        "privilege and by triggers that always fire.",
        ("P6", "T2"),
        ("CC6.1", "CC7.2", "PI1.5"),
        Owner.PLATFORM,
        Frequency.HOURLY,
        ("log.only_grows",),
    ),
    Control(
        "C-LOG-2",
        "What happens is in the signed log within a minute",
        "A sequencer gives each entry its place and signs the head; an entry that waits for longer raises an alarm, "
        "and none is left out.",
        ("P6",),
        ("CC7.2", "CC7.3"),
        Owner.PLATFORM,
        Frequency.HOURLY,
        ("log.delay", "log.sequenced"),
    ),
    Control(
        "C-LOG-3",
        "The log is what was signed, and continues what left the house",
        "Tree, head, signature and entries are held against each other, and against the checkpoints that were mailed: "
        "whoever writes the log anew, with all its keys, contradicts a mail that others have.",
        ("P6", "T2"),
        ("CC7.1", "CC7.2", "PI1.5"),
        Owner.PLATFORM,
        Frequency.DAILY,
        ("log.head", "log.mailed", "log.entries", "log.complete"),
    ),
    Control(
        "C-LOG-4",
        "The log is kept as the plan says, and whole under a hold",
        "Nothing is pruned before the plan's days, nor while a legal hold stands; what is past them goes.",
        ("P6",),
        ("C1.1", "C1.2", "PI1.5"),
        Owner.COMPLIANCE_OFFICER,
        Frequency.DAILY,
        ("log.retention", "log.holds"),
    ),
)

_PEOPLE: Final = (
    Control(
        "C-TOKEN-1",
        "A token ends, and proves nobody after its end",
        "Tokens expire within 366 days; one that is expired, revoked or from elsewhere is refused.",
        ("T2", "P3"),
        ("CC6.1", "CC6.2", "CC6.6"),
        Owner.PLATFORM,
        Frequency.HOURLY,
        ("tokens.refused", "tokens.expire"),
    ),
    Control(
        "C-TOKEN-2",
        "Tokens that nobody needs are revoked",
        "A token that was not used for 90 days, or whose owner has left, is revoked by the tenant.",
        ("T2",),
        ("CC6.2", "CC6.3"),
        Owner.TENANT_OWNER,
        Frequency.DAILY,
        ("tokens.unused", "tokens.people"),
    ),
    Control(
        "C-PEOPLE-1",
        "Who leaves is out at once",
        "Sessions end with the access of their person: by deactivation, by the end of an auditor's window, by time.",
        ("T2", "P3"),
        ("CC6.1", "CC6.2", "CC6.3"),
        Owner.PLATFORM,
        Frequency.HOURLY,
        ("people.sessions",),
    ),
    Control(
        "C-PEOPLE-2",
        "Access is given by somebody, to somebody, for a time",
        "An auditor has a window; an invitation is good once and for a week; an account has an active owner.",
        ("T2",),
        ("CC6.2", "CC6.3", "CC1.3"),
        Owner.TENANT_OWNER,
        Frequency.DAILY,
        ("people.auditors", "people.invitations", "people.owners"),
    ),
    Control(
        "C-STAFF-1",
        "Staff of the platform stays outside of accounts",
        "Staff have no role in a tenant. What they do with an account as a whole stands in its own log.",
        ("T2", "P3"),
        ("CC6.1", "CC6.3", "CC7.2"),
        Owner.PLATFORM,
        Frequency.HOURLY,
        ("staff.access",),
    ),
)

_ADDRESSES: Final = (
    Control(
        "C-OUT-1",
        "What is sent out goes by TLS to where it is said to go",
        "Addresses of webhooks and of the SIEM are https, are none of a private network, and are those that are shown.",
        ("P2", "T1"),
        ("CC6.6", "CC6.7"),
        Owner.TENANT_OWNER,
        Frequency.DAILY,
        ("webhooks.https", "siem.https"),
    ),
    Control(
        "C-OUT-2",
        "Whoever wants to be told is told",
        "An endpoint or a sink that takes nothing any more is mended or taken away: a SIEM without the log is blind.",
        ("P6",),
        ("CC7.2", "CC2.3"),
        Owner.ENGINEER,
        Frequency.DAILY,
        ("webhooks.delivering", "siem.delivering"),
    ),
)

_DISCLOSURE: Final = (
    Control(
        "C-DISC-1",
        "Whoever finds a hole has somewhere to tell it",
        "SECURITY.md and security.txt name an address that is read, and say how soon a report is acknowledged and what "
        "is critical is mended.",
        ("T6",),
        ("CC2.3", "CC7.3", "CC7.4"),
        Owner.PLATFORM,
        Frequency.DAILY,
        ("disclosure.policy", "disclosure.security_txt"),
    ),
)

CONTROLS: Final[tuple[Control, ...]] = (
    *_RECORDINGS,
    *_MODELS,
    *_SPECS,
    *_LOG,
    *_PEOPLE,
    *_ADDRESSES,
    *_DISCLOSURE,
)
