"""The lexical scan: proves, before anything is parsed, that a text is made of a spec's tokens and nothing else.

``ast.parse`` accepts all of Python and pays for it (a megabyte of ``1;`` costs 756 MB). What passes here holds only
the language's own names, plain one-line strings, small decimal numbers and ``( ) , = :``, no deeper than
``MAX_NESTING`` and no more than ``MAX_TOKENS``, so what the parser can be made to do is bounded by these numbers. No
escape passes that the parser would warn of, so the verdict does not depend on warning filters either.
"""

from __future__ import annotations

import difflib
import keyword
import re
from itertools import accumulate
from typing import Final

from specward.language.characters import character_name, shown
from specward.language.findings import MAX_FINDINGS, Finding, Rule
from specward.language.registry import WORDS

MAX_TOKENS: Final = 30_000
MAX_LINES: Final = 6_000
MAX_NESTING: Final = 24

_ESCAPE: Final = r"\\(?:[\"'\\nt]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})"
_DOUBLE: Final = rf'"(?:[^"\\\n]++|{_ESCAPE})*+"'
_SINGLE: Final = rf"'(?:[^'\\\n]++|{_ESCAPE})*+'"
_COMMENT: Final = r"\#[^\n]*+"
# A second string after a string, whatever white space and comments stand between, is one string to Python.
_NOT_JOINED: Final = rf"(?!(?:[ \n]++|{_COMMENT})*+[\"'])"
_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*+(?![\"'])"
_NUMBER: Final = r"(?:0|[1-9][0-9]{0,8}+)(?![A-Za-z0-9_.])"
_TOKEN: Final = rf"(?:{_NAME}|{_NUMBER}|(?:{_DOUBLE}|{_SINGLE}){_NOT_JOINED}|[(),=:]|[ \n]++|{_COMMENT})"
_TEXT: Final = re.compile(rf"{_TOKEN}*+")
_HIDDEN: Final = re.compile(rf"{_DOUBLE}|{_SINGLE}|{_COMMENT}")
_WORD: Final = re.compile("[A-Za-z_][A-Za-z0-9_]*+")
_PIECE: Final = re.compile('[A-Za-z0-9_]++|[(),=:"]')
_NOT_PAREN: Final = re.compile("[^()]++")

_HINTS: Final = {
    ".": "Attributes, methods and fractions are not part of the language.",
    "[": "Lists and subscripts are not part of the language.",
    "{": "Braces are not part of the language.",
    ";": "Write one call a line.",
    "\\": "Line joining is not part of the language; write the call on one line.",
    "*": "Unpacking is not part of the language; write each argument.",
    "@": "Decorators are not part of the language.",
    "-": "Negative numbers and arithmetic are not part of the language.",
    "+": "Strings are not joined and nothing is computed; write the whole string.",
}


def scan(text: str) -> list[Finding]:
    """What stands in ``text`` that is no token of the language, or too much of it; empty means it may be parsed.

    Linear in the length of ``text``. Findings are at most one a line for tokens, and one for each unknown name.
    """
    match = _TEXT.match(text)
    if match is None or match.end() != len(text):
        return _bad_tokens(text)
    # Strings become `"` and comments vanish, so what is left can be counted without looking into either.
    skeleton = _HIDDEN.sub(_blank, text)
    if text.count("\n") >= MAX_LINES:
        return [_limit(MAX_LINES, "lines", MAX_LINES + 1, 1)]
    if len(skeleton) > MAX_TOKENS and len(_PIECE.findall(skeleton)) > MAX_TOKENS:
        return [_limit(MAX_TOKENS, "tokens", 1, 1)]
    depth = max(accumulate(map(_DEPTH.__getitem__, _NOT_PAREN.sub("", skeleton)), initial=0))
    if depth > MAX_NESTING:
        return [_too_deep(text)]
    unknown = set(_WORD.findall(skeleton)) - WORDS
    return _bad_names(text, unknown) if unknown else []


_DEPTH: Final = {"(": 1, ")": -1}


def _blank(match: re.Match[str]) -> str:
    return "" if match.group()[0] == "#" else '"'


def _limit(most: int, what: str, line: int, column: int) -> Finding:
    return Finding(
        Rule.LIMIT, line, column, f"The text has more than {most} {what}.", "Split the flow into several specs."
    )


def place(text: str, position: int) -> tuple[int, int]:
    """Line and column, both from 1, of the character at ``position``."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def _too_deep(text: str) -> Finding:
    depth = 0
    for match in re.finditer(rf"{_HIDDEN.pattern}|[()]", text):
        depth += _DEPTH.get(match.group(), 0)
        if depth > MAX_NESTING:
            return Finding(
                Rule.LIMIT,
                *place(text, match.start()),
                f"Parentheses are nested deeper than {MAX_NESTING}.",
                "A locator needs a few levels of within= at most.",
            )
    raise AssertionError("called for a text that is not too deep")


def _bad_names(text: str, unknown: set[str]) -> list[Finding]:
    findings: list[Finding] = []
    for match in re.finditer(rf"{_HIDDEN.pattern}|(?P<word>{_WORD.pattern})", text):
        word = match.group("word")
        if word not in unknown:
            continue
        unknown.discard(word)
        if keyword.iskeyword(word):
            message, hint = (
                f"`{word}` is not part of the spec language.",
                "A spec holds calls only; see the primitives.",
            )
        else:
            near = difflib.get_close_matches(word[:40], WORDS, n=1)
            message = f"There is no primitive or parameter {shown(word)}."
            hint = f"Did you mean {near[0]}?" if near else "Use the language's own primitives only."
        findings.append(Finding(Rule.NAME, *place(text, match.start()), message, hint))
        if len(findings) >= MAX_FINDINGS:
            break
    return findings


def _bad_tokens(text: str) -> list[Finding]:
    """One finding for each line that holds something else than tokens: the scan goes on a line after a bad one."""
    findings: list[Finding] = []
    position, line, line_start = 0, 1, 0
    while len(findings) < MAX_FINDINGS:
        match = _TEXT.match(text, position)
        bad = match.end() if match else position
        if bad >= len(text):
            break
        newlines = text.count("\n", line_start, bad)
        if newlines:
            line += newlines
            line_start = text.rfind("\n", line_start, bad) + 1
        findings.append(_describe(text, bad, line, bad - line_start + 1))
        next_line = text.find("\n", bad)
        if next_line < 0:
            break
        position = next_line
    return findings


def _describe(text: str, position: int, line: int, column: int) -> Finding:
    character = text[position]
    if character in "\"'":
        return _describe_string(text, position, line, column)
    if character.isascii() and (character.isalpha() or character == "_"):
        return Finding(
            Rule.STRING,
            line,
            column,
            "A string has a prefix.",
            "Write the string without letters before its quotes; f-strings, bytes and raw strings are not allowed.",
        )
    if character.isdigit() and character.isascii():
        return Finding(
            Rule.TOKEN,
            line,
            column,
            "A number is not a plain decimal of at most nine digits.",
            "Write digits only, with no leading zero, underscore, point or exponent.",
        )
    what = shown(character) if " " < character <= "~" else character_name(character)
    hint = _HINTS.get(character, "Only names, strings, numbers, ( ) , = : and # comments make up a spec.")
    return Finding(Rule.TOKEN, line, column, f"The character {what} is not part of the spec language.", hint)


def _describe_string(text: str, position: int, line: int, column: int) -> Finding:
    if text.startswith(text[position] * 3, position):
        return Finding(Rule.STRING, line, column, "A string has triple quotes.", "Write it on one line, in one pair.")
    if re.compile(f"{_DOUBLE}|{_SINGLE}").match(text, position):
        return Finding(
            Rule.JOINED_STRINGS,
            line,
            column,
            "Two strings stand side by side, which would join them.",
            "Write one string, or put a comma between two arguments.",
        )
    end = text.find("\n", position)
    rest = text[position + 1 : end if end >= 0 else None]
    plain = re.match(rf"(?:[^\\{text[position]}]++|{_ESCAPE})*+", rest)
    stop = plain.end() if plain else 0
    if stop < len(rest) and rest[stop] == "\\":
        return Finding(
            Rule.STRING,
            line,
            column + 1 + stop,
            "A string holds an escape that is not allowed.",
            r"Allowed are \\ \" \' \n \t \xHH \uHHHH \UHHHHHHHH; a backslash itself is written \\.",
        )
    return Finding(Rule.STRING, line, column, "A string does not end on its line.", "Close the quotes.")
