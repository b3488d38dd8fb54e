"""The promises, and the threats that they stand against: in our words, as what is accepted and checked.

A change of a word is a change of what was promised: :data:`VERSION` goes up with it (a test holds the digest), and
each tenant is asked to accept the new ones.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Promise:
    """What we promise. ``docs``: where it is told in full, as file#heading. ``not_yet``: why there is nothing of it to
    be looked at; empty where there is."""

    key: str
    title: str
    words: str
    how: str
    docs: tuple[str, ...]
    not_yet: str = ""


@dataclass(frozen=True, slots=True)
class Threat:
    """Somebody who wants something, and what stands against it."""

    key: str
    title: str
    words: str
    answer: str
    docs: tuple[str, ...]
    not_yet: str = ""


VERSION: Final = 1
"""Of all promises together: they are accepted as one."""

PROMISES: Final = (
    Promise(
        "P1",
        "Your data trains no model",
        "What a session holds is used to write the specs of your account and for nothing else. It trains no model, "
        "ours or anybody's, and is discarded by your retention policy.",
        "Each recording ends discarded, with a certificate. Each call of a model is a row: what for, which model, how "
        "many tokens, the digest of what was asked, and under which retention.",
        ("docs/05-security.md#4-no-training",),
    ),
    Promise(
        "P2",
        "Sealed under your key",
        "Everything of yours is encrypted at rest with AES-256 under a key of your own, and travels under TLS 1.3. "
        "Tokens of connected services are kept apart and renewed every 90 days.",
        "Envelope encryption with one key per tenant; an edge that speaks nothing older than TLS 1.3.",
        ("docs/05-security.md#2-encryption",),
    ),
    Promise(
        "P3",
        "Isolated twice",
        "Your data stands in a schema of its own and behind row-level security. Neither follows from the other: what "
        "gets past one meets the other. No prompt holds data of two tenants.",
        "The host picks the schema, the credentials pick the tenant that row-level security compares. Objects lie "
        "under the tenant's prefix and key.",
        ("docs/03-architecture.md#3-isolation",),
    ),
    Promise(
        "P4",
        "In your own cloud, if you want",
        "Enterprise customers run the agent in their own network, under their own model key. Sessions never leave it; "
        "we see what is metered and billed, and nothing else.",
        "A closed form for what is metered: ids, choices and whole numbers, held on both sides.",
        ("docs/05-security.md#6-customer-cloud",),
        "The agent for customers' clouds is not released: nobody runs one, and nothing of it can be looked at.",
    ),
    Promise(
        "P5",
        "A hostile page cannot make a spec do harm",
        "What a recorded page says is data. A spec is made of a closed set of primitives and is never executed as "
        "code; what a page says can neither add a step nor leave the recorded site.",
        "A gate parses each spec and refuses all that is no primitive or has no ground in the recording; instructions "
        "to a model and content of a session stand apart.",
        ("docs/04-generation.md#6-the-gate",),
    ),
    Promise(
        "P6",
        "Every action stands in a log that nobody rewrites unseen",
        "Each action in your account is an entry of your own log, which only grows. You can take it home, and verify "
        "there that nothing was changed, dropped, added or moved.",
        "Written by the database itself, sealed into a Merkle tree whose signed heads leave the house, kept as long as "
        "your plan says.",
        ("docs/05-security.md#3-audit",),
    ),
)

THREATS: Final = (
    Threat(
        "T1",
        "A malicious tenant",
        "Another customer wants to read yours, or to smuggle a spec past its gate by the API.",
        "Two walls in the database, objects under each tenant's key, ids that say nothing, and one gate for every way "
        "in.",
        ("docs/05-security.md#1-threat-model",),
    ),
    Threat(
        "T2",
        "A malicious insider",
        "Somebody of ours wants to look at a customer, or takes a token along.",
        "Staff hold no role in a customer's account. Tokens are kept as digests, expire, and what is done with them is "
        "an entry of the customer's log.",
        ("docs/05-security.md#1-threat-model",),
    ),
    Threat(
        "T3",
        "A stolen token of a connected service",
        "Somebody has the credential by which we fetch your recordings.",
        "Credentials are sealed apart, renewed, and dropped when their use looks strange.",
        ("docs/05-security.md#1-threat-model",),
        "No service is connected by a credential in this release: recordings are uploaded.",
    ),
    Threat(
        "T4",
        "The supply chain",
        "Somebody can publish a package that we use.",
        "Every dependency is pinned to one version and its hash; what runs is compared with what was pinned.",
        ("docs/05-security.md#1-threat-model",),
    ),
    Threat(
        "T5",
        "Words in a session that address the model",
        "Somebody writes instructions into a page and has it recorded.",
        "A model that refines answers with ids of what was recorded, and has nothing to write with; a spec by a model "
        "passes the whole gate.",
        ("docs/04-generation.md#6-the-gate",),
    ),
    Threat(
        "T6",
        "A fault that nobody hears of",
        "Somebody finds a hole and has nowhere to tell it, or it is told and forgotten.",
        "Reports are acknowledged within two business days, critical faults mended within thirty days.",
        ("docs/05-security.md#5-disclosure-and-incidents",),
    ),
)


def as_data() -> list[dict[str, Any]]:
    """All that is promised, word by word."""
    return [{**asdict(one), "docs": list(one.docs)} for one in (*PROMISES, *THREATS)]


def digest() -> str:
    """SHA-256 over all that is promised, in hexadecimal: what was accepted is told by it."""
    return hashlib.sha256(json.dumps([VERSION, as_data()], sort_keys=True, ensure_ascii=False).encode()).hexdigest()
