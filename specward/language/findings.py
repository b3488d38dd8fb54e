"""What the gate has to say about a text: one value per finding, and the table of rules they name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from specward.errors import SpecwardError

MAX_FINDINGS: Final = 50
"""After this many the rest is left out: a text that is wrong this often is not a spec with mistakes in it."""


class Rule(StrEnum):
    """The rules a text can break. The ids are stable: API, console and docs show them; ``doc`` says what each asks."""

    doc: str

    def __new__(cls, value: str, doc: str) -> Self:
        rule = str.__new__(cls, value)
        rule._value_ = value
        rule.doc = doc
        return rule

    TOO_LARGE = "too-large", "A spec is at most 64 KiB of UTF-8, as written and as printed."
    NOT_UTF8 = "not-utf8", "A spec is strict UTF-8 without a byte order mark."
    FORBIDDEN_CHARACTER = "forbidden-character", "No control, bidirectional, invisible or noncharacter code points."
    TOKEN = "token", "Only names, one-line strings, decimal numbers, ( ) , = : and # comments make up a spec."
    STRING = "string", "A string is plain: one line, no prefix, no triple quotes, and only the simple escapes."
    JOINED_STRINGS = "joined-strings", "Two strings never stand side by side."
    NAME = "name", "Only the names of the language's own primitives and parameters occur."
    LIMIT = "limit", "Counts and depths stay within the language's limits."
    SYNTAX = "syntax", "The text parses."
    NODE = "node", "The parsed text holds nothing but calls of primitives, strings, numbers, True and False."
    STRUCTURE = "structure", "spec(...), then requires(...), then steps, each with calls."
    ARGUMENT = "argument", "Each argument is known, given once, and none that is needed is missing."
    TYPE = "type", "Each argument has exactly the type its parameter takes."
    RANGE = "range", "Each argument is within its parameter's bounds or choices."
    TEXT = "text", "A decoded string holds no forbidden character and is not too long."
    ORIGIN = "origin", "The spec's origin is canonical and allowed."
    URL = "url", "A URL is a path, or lies on an allowed origin, and is written plainly."
    ROLE = "role", "A role is one of the ARIA roles that Playwright knows."
    KEY = "key", "A key is one of the allowed keys, with allowed modifiers."
    CSS = "css", "A CSS selector is within the restricted grammar."
    SECRET = "secret", "A secret's name is capitals, digits and underscores."
    FIXTURE = "fixture", "A fixture's name is a short safe file name."
    ROUND_TRIP = "round-trip", "Printed and parsed again, the spec is the same spec."
    UNGROUNDED_LOCATOR = "ungrounded-locator", "Each locator was seen in the recording."
    UNGROUNDED_TEXT = "ungrounded-text", "Each asserted text was seen in the recording at its locator."
    UNGROUNDED_VALUE = "ungrounded-value", "Each typed, chosen or asserted value was seen in the recording."
    UNGROUNDED_URL = "ungrounded-url", "Each URL was visited in the recording."
    UNGROUNDED_TITLE = "ungrounded-title", "Each asserted page title was seen in the recording."
    UNGROUNDED_COUNT = "ungrounded-count", "Each asserted count was seen in the recording at its locator."
    UNGROUNDED_ACTION = "ungrounded-action", "Each action was done in the recording, in this order."
    UNGROUNDED_STATE = "ungrounded-state", "What is asserted to be gone or ticked was seen so in the recording."
    UNGROUNDED_START = "ungrounded-start", "The page's size and the set-up are those of the recording."
    UNFAITHFUL = "unfaithful", "What a model writes has the recorded actions: each, once, in their order, and no other."
    VACUOUS = "vacuous-assertion", "What a model has asserted after an action is what that action changed."
    DROPPED = "dropped-assertion", "What a person would check in any case stays asserted, after its action."
    IMPORT = "import", "An imported file is well formed, and everything in it can be said in the spec language."


UNGROUNDED: Final = frozenset(rule for rule in Rule if rule.startswith("ungrounded-"))
"""The rules that a person may overrule by an approval: all others are final."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was refused: which rule, where (``line`` and ``column`` count from 1), why, and the way out."""

    rule: Rule
    line: int
    column: int
    message: str
    hint: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}"


class SpecRefused(SpecwardError):
    """A text that is not a spec. ``findings`` says why, in the order of the text; there is at least one."""

    code = "spec-refused"

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        first = self.findings[0]
        more = len(self.findings) - 1
        super().__init__(f"{first}" + (f" (and {more} more)" if more else ""), hint=first.hint)
