"""Controls of isolation, encryption, access and what we are built of."""

from __future__ import annotations

from typing import Final

from apps.compliance.controls import Control, Frequency, Owner

CONTROLS: Final[tuple[Control, ...]] = (
    Control(
        "C-ISO-1",
        "Row-level security on every table",
        "Every table of an account, and every shared one with rows of customers, is behind a policy of the database "
        "that compares the proven account's id; it holds the table's owner too.",
        ("P3", "T1"),
        ("CC6.1", "CC6.3"),
        Owner.PLATFORM,
        Frequency.HOURLY,
        ("isolation.rls", "isolation.policies", "isolation.shared_walls"),
    ),
    Control(
        "C-ISO-2",
        "Nothing leads past the walls",
        "No table is shared unless the code says so and why; no view, rule, key or child of a table shows what its "
        "policies hide.",
        ("P3", "T1"),
        ("CC6.1", "CC8.1"),
        Owner.PLATFORM,
        Frequency.DAILY,
        ("isolation.shared_tables", "isolation.ways_around"),
    ),
    Control(
        "C-ISO-3",
        "Cross-tenant access, attempted",
        "Each hour we try to read, write and fetch an account's data as somebody else, and expect to be refused.",
        ("P3", "T1"),
        ("CC4.1", "CC6.1", "CC7.1"),
        Owner.PLATFORM,
        Frequency.HOURLY,
        ("isolation.read", "isolation.write", "isolation.objects"),
    ),
    Control(
        "C-ENC-1",
        "A key of the account's own",
        "Each account has a key of its own in the key service; it is not the platform's, and what it sealed opens for "
        "nobody else.",
        ("P2", "P3", "T1"),
        ("CC6.1", "C1.1"),
        Owner.PLATFORM,
        Frequency.HOURLY,
        ("encryption.key", "encryption.key_apart", "encryption.opened_by_another"),
    ),
    Control(
        "C-ENC-2",
        "Encrypted at rest",
        "What an account keeps lies in the database and the object store as ciphertext of AES-256 alone.",
        ("P2", "T2"),
        ("CC6.1", "C1.1"),
        Owner.PLATFORM,
        Frequency.DAILY,
        ("encryption.aes_256", "encryption.rows", "encryption.objects"),
    ),
    Control(
        "C-TLS-1",
        "Encrypted in transit",
        "The edge speaks TLS 1.3 and nothing older; so does every link that leaves the machine; browsers are told to "
        "use https alone.",
        ("P2",),
        ("CC6.6", "CC6.7"),
        Owner.PLATFORM,
        Frequency.HOURLY,
        ("transit.edge", "transit.database", "transit.broker", "transit.browsers"),
    ),
    Control(
        "C-ACC-1",
        "The database gives the service no more than it needs",
        "The roles that serve requests and tasks own nothing, bypass nothing, and have single privileges on single "
        "tables.",
        ("P3", "T1", "T2"),
        ("CC6.1", "CC6.3"),
        Owner.PLATFORM,
        Frequency.HOURLY,
        ("access.roles", "access.owns_nothing", "access.privileges", "access.definers", "access.database"),
    ),
    Control(
        "C-ACC-2",
        "Every address says who may use it",
        "An address without a declared permission does not answer; what a person may do follows from their role in the "
        "account and from nothing else, and no role of a customer reaches the platform.",
        ("P3", "T1", "T2"),
        ("CC6.1", "CC6.2", "CC6.3"),
        Owner.PLATFORM,
        Frequency.DAILY,
        ("access.declared", "access.roles_only"),
    ),
    Control(
        "C-GRD-1",
        "What writes and guards the log is in place",
        "The triggers by which the database itself writes each change into the log, and refuses to rewrite it, are "
        "there and always fire.",
        ("P6", "T2"),
        ("CC7.2", "CC7.3"),
        Owner.PLATFORM,
        Frequency.HOURLY,
        ("log.guards",),
    ),
    Control(
        "C-SUP-1",
        "Dependencies pinned and compared",
        "Every dependency is pinned to one version and its hashes; what is installed is compared with the pins.",
        ("T4",),
        ("CC6.8", "CC7.1", "CC8.1"),
        Owner.PLATFORM,
        Frequency.DAILY,
        ("supply.pinned", "supply.installed"),
    ),
    Control(
        "C-OPS-1",
        "Processes run hardened",
        "The settings that would open something if they were others are read in the running process.",
        ("P3", "T1", "T4"),
        ("CC6.6", "CC7.1", "CC8.1"),
        Owner.PLATFORM,
        Frequency.DAILY,
        ("platform.settings",),
    ),
    Control(
        "C-OPS-2",
        "Backups are restored, not only made",
        "The database is dumped, restored beside and compared row by row, at least once a week.",
        ("P2", "P6"),
        ("A1.2", "A1.3"),
        Owner.PLATFORM,
        Frequency.DAILY,
        ("backups.restorable",),
    ),
)
