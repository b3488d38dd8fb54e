"""Versions that the gate would not take today, that a writer approved, that left unapproved: each is seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts.models import User
from apps.compliance.checks import specs as checks
from apps.specs.approving import retire
from apps.specs.editing import edit
from apps.specs.exporting import Form, export
from apps.specs.models import Spec
from apps.tenants.models import Tenant
from specward.language import parsing, registry
from tests.apps.compliance.breaking import assert_only_fails, last
from tests.apps.compliance.past_triggers import Kept, past_triggers
from tests.apps.specs.test_review import approved, made_of, said_otherwise, text_of, titled

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "asked")]
VERSIONS = "specs_specversion"


@pytest.fixture
def spec(in_acme: Tenant, alice: User) -> Spec:
    return made_of("sign-in", alice)


@pytest.fixture
def changed(spec: Spec, in_acme: Tenant) -> Callable[..., tuple[Callable[[], object], Callable[[], object]]]:
    """A column of a version is changed as the owner of the database can; and how it is put back."""

    def both(what: str, *given: Any, table: str = VERSIONS) -> tuple[Callable[[], object], Callable[[], object]]:
        kept = Kept(in_acme, table, "true")
        return (lambda: past_triggers(in_acme, table, f"UPDATE {table} SET {what}", *given), kept.put_back)

    return both


Changed = Callable[..., tuple[Callable[[], object], Callable[[], object]]]


def test_a_gate_that_learnt_finds_what_it_took_before(spec: Spec, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    approved(spec, alice)
    before = registry.MAX_CALLS

    def take_at_most(calls: int) -> None:
        monkeypatch.setattr(parsing, "MAX_CALLS", calls)

    assert_only_fails("specs.gate", lambda: take_at_most(1), lambda: take_at_most(before))
    assert last("specs.gate").evidence["looked_at"] == 1


def test_a_text_that_is_another_than_was_approved_is_seen(spec: Spec, alice: User) -> None:
    version = approved(spec, alice)
    before = version.text.reveal()

    def say(text: str) -> None:
        version.text = text
        version.save(update_fields=["text"])

    assert_only_fails("specs.gate", lambda: say(titled(before, "Another")), lambda: say(before))


def test_a_ciphertext_of_another_row_is_seen(spec: Spec, alice: User, changed: Changed) -> None:
    made_of("buy-by-courier", alice)
    assert_only_fails("specs.gate", *changed("text = (SELECT text FROM specs_specversion ORDER BY id LIMIT 1)"))
    assert last("specs.gate").evidence["looked_at"] == 2


def test_a_retired_spec_is_not_held_against_todays_gate(spec: Spec, alice: User) -> None:
    retire(spec, by=alice)
    assert checks.VersionsPassTheGate().look().evidence == {"looked_at": 0, "in_use": 0}


def test_what_cannot_be_opened_in_time_is_told(spec: Spec, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    made_of("buy-by-courier", alice)
    monkeypatch.setattr(checks, "SECONDS", 0.0)
    assert checks.VersionsPassTheGate().look().evidence == {"looked_at": 1, "in_use": 2}


def test_a_writer_who_approved_what_is_beyond_the_recording_is_seen(
    spec: Spec, alice: User, bob: User, cora: User, changed: Changed
) -> None:
    edit(spec, said_otherwise(text_of(spec)), by=bob, based_on=1)
    edit(spec, titled(text_of(spec), "Emil signs in"), by=alice, based_on=2)
    approved(spec, cora)
    breaks, mends = changed("approved_by_id = %s WHERE number = 3", bob.id)
    assert_only_fails("specs.vouched", breaks, mends)


def test_an_export_of_what_was_never_approved_is_seen(spec: Spec, alice: User, changed: Changed) -> None:
    approved(spec, alice)
    export([spec], Form.TYPESCRIPT)
    breaks = "state = 'draft', approved = NULL, approved_by_id = NULL, approved_by_name = ''"
    assert_only_fails("specs.exports", *changed(breaks))
    assert last("specs.exports").evidence["exports"] == 1


def test_an_export_before_its_approval_is_seen(spec: Spec, alice: User, changed: Changed) -> None:
    approved(spec, alice)
    export([spec], Form.SPEC)
    assert_only_fails("specs.exports", *changed("approved = approved + interval '1 minute'"))


def test_an_export_of_another_text_is_seen(spec: Spec, alice: User, in_acme: Tenant) -> None:
    approved(spec, alice)
    export([spec], Form.SPEC)
    kept = Kept(in_acme, "audit_entry", "action = 9")
    assert_only_fails(
        "specs.exports",
        lambda: past_triggers(
            in_acme,
            "audit_entry",
            "UPDATE audit_entry SET additional_data = jsonb_set(additional_data, '{digest}', '\"0\"') WHERE action = 9",
        ),
        kept.put_back,
    )


def test_a_sheet_that_outlived_its_spec_is_seen(spec: Spec, in_acme: Tenant) -> None:
    kept = Kept(in_acme, "specs_spec", "id = %s", spec.id)
    assert_only_fails(
        "specs.sheets",
        lambda: past_triggers(in_acme, "specs_spec", "DELETE FROM specs_spec WHERE id = %s", spec.id),
        kept.put_back,
        also=frozenset({"specs.gate"}),
    )


def test_a_sheet_that_holds_more_than_a_sheet_can_is_seen(spec: Spec, changed: Changed, alice: User) -> None:
    retire(spec, by=alice)  # of one in use the gate would see it too: it opens it
    assert_only_fails("specs.sheets", *changed("sheet = sheet || decode(repeat('00', 70000), 'hex')"))
