"""The rules a text can break, and how a refusal is told."""

from __future__ import annotations

import re

from specward.language.findings import UNGROUNDED, Finding, Rule, SpecRefused


def test_the_ids_of_the_rules_do_not_change():
    # API, console and docs show them; a rule is added here, never renamed.
    assert {rule.value for rule in Rule} == {
        *("too-large", "not-utf8", "forbidden-character", "token", "string", "joined-strings", "name", "limit"),
        *("syntax", "node", "structure", "argument", "type", "range", "text", "origin", "url", "role", "key", "css"),
        *("secret", "fixture", "round-trip", "import"),
        *("ungrounded-locator", "ungrounded-text", "ungrounded-value", "ungrounded-url", "ungrounded-title"),
        *("ungrounded-count", "ungrounded-action", "ungrounded-state", "ungrounded-start"),
        *("unfaithful", "vacuous-assertion", "dropped-assertion"),
    }


def test_every_rule_says_in_a_sentence_what_it_asks():
    for rule in Rule:
        assert re.fullmatch(r"[A-Zs].+\.", rule.doc), rule


def test_only_grounding_can_be_overruled_by_an_approval():
    assert {rule for rule in Rule if rule.name.startswith("UNGROUNDED")} == UNGROUNDED


def test_a_finding_and_a_refusal_say_where():
    finding = Finding(Rule.NAME, 3, 5, "There is no such name.", "Use another.")
    assert str(finding) == "line 3, column 5: There is no such name."
    assert str(SpecRefused([finding])) == str(finding)
    assert SpecRefused([finding, finding]).hint == "Use another."
