"""Prints a digest of the gate's verdicts over all corpora, so that two Pythons can be compared.

    python -m tests.language.verdicts

Run it with each supported Python; the lines must be equal. Positions and messages of syntax errors are Python's own
and differ between releases, so for those only the rule counts.
"""

from __future__ import annotations

import hashlib
import json
import sys

from specward.language import Rule, check
from tests.language import corpora


def verdict(source: str | bytes, origins: list[str] | None = None) -> list[object]:
    """What the gate says, without what Python itself words."""
    checked = check(source, origins=origins)
    said: list[object] = [checked.ok, checked.text]
    for finding in checked.findings:
        if finding.rule is Rule.SYNTAX:
            said.append(finding.rule.value)
        else:
            said.append([finding.rule.value, finding.line, finding.column, finding.message, finding.hint])
    return said


def main() -> None:
    """Prints one line a corpus: its name, the number of verdicts, and their digest."""
    groups: dict[str, list[list[object]]] = {"spec-escapes": [], "url-abuse": [], "literal-abuse": []}
    for row in corpora.escapes():
        for source in (row.source, row.in_step(), row.at_top()):
            groups["spec-escapes"].append(verdict(source))
    for url in corpora.read("url-abuse.jsonl"):
        groups["url-abuse"].append(verdict(corpora.HEAD + f"    goto({url['text']!a})\n", ["https://app.example"]))
    for literal in corpora.read("literal-abuse.jsonl"):
        for call in ("fill(label('x'), {})", "click(role('button', name={}))", "click(css({}))"):
            groups["literal-abuse"].append(verdict(corpora.HEAD + "    " + call.format(ascii(literal["text"])) + "\n"))
    print(sys.version.split()[0], file=sys.stderr)
    for name, verdicts in groups.items():
        digest = hashlib.sha256(json.dumps(verdicts, ensure_ascii=True).encode()).hexdigest()
        print(name, len(verdicts), sum(1 for v in verdicts if v[0]), digest)


if __name__ == "__main__":
    main()
