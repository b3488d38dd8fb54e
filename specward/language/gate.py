"""The gate: what every spec passes, whoever wrote it. Nothing behind it looks at spec text again, only at the IR.

In order: size, strict UTF-8, forbidden characters, the lexical scan, parse, nodes and fields, registry, decoded
strings, URLs, grounding, and last the proof that the printed spec is the same spec.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from specward.language import lexis
from specward.language.characters import FORBIDDEN_IN_TEXT, character_name
from specward.language.findings import MAX_FINDINGS, UNGROUNDED, Finding, Rule, SpecRefused
from specward.language.grounding import Sheet, ground_parsed
from specward.language.ir import Spec
from specward.language.parsing import Parsed, parse_text
from specward.language.printer import print_spec
from specward.language.registry import MAX_SOURCE_BYTES
from specward.language.urls import UrlRefused, canonical_origin


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict on one text.

    ``spec`` and its canonical ``text`` are there as soon as the text is a spec at all; findings that remain then are
    of grounding only, which a person may approve. ``ok`` means that nothing is left to say.
    """

    spec: Spec | None
    text: str | None
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether this is a spec, and nothing was found."""
        return self.spec is not None and not self.findings

    @property
    def ungrounded(self) -> tuple[Finding, ...]:
        """The findings that an approval may overrule."""
        return tuple(finding for finding in self.findings if finding.rule in UNGROUNDED)


def check(source: bytes | str, *, origins: Sequence[str] | None = None, sheet: Sheet | None = None) -> Checked:
    """Runs the whole gate over ``source``; never raises, whatever it holds.

    ``origins`` is the allow-list of origins that a spec may name and visit; ``None`` means the one the spec declares.
    ``sheet`` is the grounding sheet of the recording; without one, grounding is not judged. At most 50 findings come
    back, in the order of the text.
    """
    text, findings = _decode(source)
    if findings:
        return _refused(findings)
    allowed, findings = _origins(origins)
    if findings:
        return _refused(findings)
    parsed = _read(text, allowed)
    spec = parsed.spec
    if spec is None:
        return _refused(parsed.findings)
    printed = print_spec(spec)
    if printed != text:
        # A text that is its own printed form needs no second reading: it has just been read.
        findings = _round_trip(printed, spec, allowed)
        if findings:
            return _refused(findings)
    if sheet is None:
        return Checked(spec, printed, ())
    return Checked(spec, printed, ground_parsed(spec, sheet, parsed.place)[:MAX_FINDINGS])


def parse(source: bytes | str, origins: Sequence[str] | None = None) -> Spec:
    """The spec that ``source`` holds, by the whole gate but grounding. Raises :class:`SpecRefused` with findings."""
    checked = check(source, origins=origins)
    if checked.spec is None:
        raise SpecRefused(checked.findings)
    return checked.spec


def _decode(source: bytes | str) -> tuple[str, list[Finding]]:
    if len(source) > MAX_SOURCE_BYTES:
        return "", [_too_large(len(source))]
    if isinstance(source, str):
        size = len(source.encode("utf-8", "surrogatepass"))
        return (source, []) if size <= MAX_SOURCE_BYTES else ("", [_too_large(size)])
    if source.startswith(b"\xef\xbb\xbf"):
        return "", [Finding(Rule.NOT_UTF8, 1, 1, "The text begins with a byte order mark.", "Save it without one.")]
    try:
        return source.decode("utf-8", "strict"), []
    except UnicodeDecodeError as error:
        before = source[: error.start].decode("utf-8", "replace")
        line, column = lexis.place(before, len(before))
        message = f"The text is not UTF-8: byte 0x{source[error.start]:02x} cannot stand there."
        return "", [Finding(Rule.NOT_UTF8, line, column, message, "Save it as UTF-8.")]


def _origins(origins: Sequence[str] | None) -> tuple[tuple[str, ...] | None, list[Finding]]:
    if origins is None:
        return None, []
    allowed: list[str] = []
    for origin in origins:
        try:
            allowed.append(canonical_origin(origin))
        except UrlRefused as refused:
            return None, [Finding(Rule.ORIGIN, 1, 1, f"In the list of allowed origins: {refused}", refused.hint)]
    return tuple(allowed), []


def _read(text: str, allowed: tuple[str, ...] | None) -> Parsed:
    """The stages from forbidden characters to URLs; each stage runs only if the one before found nothing."""
    findings = _forbidden(text) or lexis.scan(text)
    if findings:
        refused = Parsed("")
        refused.findings = findings
        return refused
    return parse_text(text, allowed)


def _forbidden(text: str) -> list[Finding]:
    # Most texts are ASCII; for those, "printable" is the range from space to tilde, on every Python.
    if text.isascii() and text.replace("\n", "").isprintable():
        return []
    findings: list[Finding] = []
    for match in FORBIDDEN_IN_TEXT.finditer(text):
        line, column = lexis.place(text, match.start())
        message = f"The text holds {character_name(match.group())}, which may not stand in a spec."
        hint = "Take it out."
        if match.group() == "\r":
            hint = "End lines with a line feed alone."
        elif match.group() == "\t":
            hint = r"Indent with four spaces; inside a string write \t."
        elif match.group() in "\xad\u200c\u200d":
            hint = f"Inside a string, write it as the escape \\u{ord(match.group()):04x}."
        findings.append(Finding(Rule.FORBIDDEN_CHARACTER, line, column, message, hint))
        if len(findings) >= MAX_FINDINGS:
            break
    return findings


def _round_trip(printed: str, spec: Spec, allowed: tuple[str, ...] | None) -> list[Finding]:
    size = len(printed.encode())
    if size > MAX_SOURCE_BYTES:
        return [_too_large(size, "In its canonical form, the text")]
    again = _read(printed, allowed)
    if again.spec == spec:
        return []
    why = f" ({again.findings[0].message})" if again.findings else ""
    message = f"Printed and read again, this is not the same spec{why}."
    return [Finding(Rule.ROUND_TRIP, 1, 1, message, "Please report this text: the fault is in Specward.")]


def _too_large(size: int, what: str = "The text") -> Finding:
    message = f"{what} has {size} bytes or more; the limit is {MAX_SOURCE_BYTES}."
    return Finding(Rule.TOO_LARGE, 1, 1, message, "Split the flow into several specs.")


def _refused(findings: list[Finding]) -> Checked:
    return Checked(None, None, tuple(findings[:MAX_FINDINGS]))
