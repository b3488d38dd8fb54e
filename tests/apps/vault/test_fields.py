"""Sealed columns: secrets in Python, ciphertexts in PostgreSQL, each bound to its row."""

from __future__ import annotations

import json
import pickle
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from django.core import serializers
from django.db import connection, models, transaction
from django.db.models import F, Value
from django.db.models.functions import Lower
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.serializers import ModelSerializer

from apps.audit.models import Entry
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from apps.vault.errors import AnotherTenant, DoesNotOpen, SealedByRow, StaysHidden, VaultError
from apps.vault.fields import SealedField, SealedManager, SealedTextField
from apps.vault.secret import HIDDEN, Secret
from tests.apps.vault.conftest import CANARY
from tests.apps.vault.ledger import Page

pytestmark = pytest.mark.usefixtures("folder")
ONE = uuid.UUID("9a6e0000-0000-4000-8000-000000000001")
TWO = uuid.UUID("9a6e0000-0000-4000-8000-000000000002")


@pytest.fixture
def page(in_acme: Tenant) -> Page:
    return Page.objects.create(id=ONE, title="one", text=CANARY, scan=b"\0\xff", sums={"a": [1, None, "é"]})


def again(page: Page) -> Page:
    return Page.objects.get(id=page.id)


def stored(page: Page, column: str = "text") -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM vault_page WHERE id = %s", [page.id])
        return bytes(cursor.fetchone()[0])


def test_what_was_saved_is_read_by_its_row(page: Page) -> None:
    found = again(page)
    assert (found.text.reveal(), found.scan.reveal(), found.sums.reveal()) == (
        CANARY,
        b"\0\xff",
        {"a": [1, None, "é"]},
    )
    assert Page.objects.create(title="empty").text is None
    assert again(Page.objects.create(title="blank", text="")).text.reveal() == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    st.text(st.characters(codec=None), max_size=50),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    ),
)
def test_any_text_and_any_json_comes_back_as_it_was(in_acme: Tenant, text: str, value: Any) -> None:
    with transaction.atomic():
        found = again(Page.objects.create(title="any", text=text, sums=[value]))
        assert (found.text.reveal(), found.sums.reveal()) == (text, [value])
        transaction.set_rollback(True)


def test_the_database_holds_nothing_of_it(page: Page) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT vault_page::text, encode(text, 'escape') FROM vault_page")
        [(row, escaped)] = cursor.fetchall()
    assert "one" in row and CANARY not in row + escaped and CANARY.encode().hex() not in row
    with connection.cursor() as cursor:
        cursor.execute("SELECT data_type FROM information_schema.columns WHERE table_name = 'vault_page'")
        assert [kind for (kind,) in cursor.fetchall()].count("bytea") >= 3


def test_the_audit_log_shows_digests(page: Page) -> None:
    page.text = "changed"
    page.save()
    created, updated = Entry.objects.filter(object_type="vault.page", object_pk=str(ONE)).order_by("id")
    assert created.changes is not None and updated.changes is not None
    for changes in (created.changes, updated.changes):
        assert [set(side) for side in changes["text"] if side is not None][-1] == {"digest"}
    assert set(updated.changes) == {"text"}  # what was not assigned is not sealed anew
    assert CANARY not in str(created.changes) and "changed" not in str(updated.changes["text"])


# ---- one row's is not another's -------------------------------------------------------------------------------------


def move(page: Page, column: str, to: Page, onto: str | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE vault_page SET {onto or column} = %s WHERE id = %s", [stored(page, column), to.id])


def test_moved_to_another_row_or_column_it_does_not_open(page: Page) -> None:
    other = Page.objects.create(id=TWO, title="two", text="x", sums=1)
    move(page, "text", other)
    move(page, "text", page, "sums")
    with pytest.raises(DoesNotOpen):
        again(other).text.reveal()
    with pytest.raises(DoesNotOpen):
        again(page).sums.reveal()


def test_moved_to_another_tenant_it_does_not_open(page: Page, globex: Tenant) -> None:
    data = stored(page)
    with within(globex):
        theirs = Page.objects.create(id=ONE, title="one", text="x")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE vault_page SET text = %s WHERE id = %s", [data, ONE])
        with pytest.raises(DoesNotOpen):
            again(theirs).text.reveal()


def test_what_alice_loaded_mallory_does_not_open(page: Page, globex: Tenant) -> None:
    text = Page.objects.with_sealed().get(id=page.id).text
    with within(globex), pytest.raises(DoesNotOpen):
        text.reveal()
    from apps.tenants.walls import Walls, behind

    with behind(Walls(globex.schema_name, page_tenant())), pytest.raises(AnotherTenant):
        text.reveal()


def page_tenant() -> uuid.UUID:
    from tests.cast import ACME

    return ACME.id


def test_what_somebody_wrote_into_the_column_is_refused(page: Page) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE vault_page SET text = %s WHERE id = %s", [b"plain " + CANARY.encode(), page.id])
    with pytest.raises(DoesNotOpen):
        again(page).text.reveal()


def test_a_row_that_got_another_key_is_refused_until_its_content_is_assigned(page: Page) -> None:
    copied = Page.objects.with_sealed().get(id=page.id)
    text = copied.text
    copied.id, copied.title = TWO, "two"
    copied._state.adding = True
    with pytest.raises(DoesNotOpen, match="Assign what reveal"), transaction.atomic():
        copied.save()
    copied.text, copied.scan, copied.sums = None, None, None
    page.id = ONE
    copied.text = again(page).text  # another row's secret is content, sealed anew
    copied.save()
    assert again(copied).text.reveal() == CANARY
    with pytest.raises(DoesNotOpen):
        text.reveal()  # it was the row's, whose key is another one now


def test_a_name_for_the_kind_outlives_a_renaming(page: Page) -> None:
    scan, text = (Page._meta.get_field(name) for name in ("scan", "text"))
    assert isinstance(scan, SealedField) and isinstance(text, SealedField)
    assert (scan.kind, text.kind) == ("ledger.scan", "vault.page.text")
    assert scan.deconstruct()[3] == {"null": True, "sealed_as": "ledger.scan"}


# ---- loading and saving ---------------------------------------------------------------------------------------------


def test_it_is_loaded_when_it_is_asked_for(page: Page, django_assert_num_queries: Any) -> None:
    assert again(page).text.reveal() == CANARY  # from now on the data key is known
    with django_assert_num_queries(1):
        found = list(Page.objects.all())
    assert found[0].get_deferred_fields() == {"text", "scan", "sums"}
    with django_assert_num_queries(1):
        assert found[0].text.reveal() == CANARY
    with django_assert_num_queries(1):
        assert [each.text.reveal() for each in Page.objects.with_sealed()] == [CANARY]


def test_saving_without_touching_it_leaves_it_as_it_is(page: Page) -> None:
    before = stored(page)
    for found in (again(page), Page.objects.with_sealed().get(id=page.id)):
        found.title = "renamed"
        found.save()
        assert stored(page) == before
    found.refresh_from_db()
    found.save()
    assert stored(page) == before and found.text.reveal() == CANARY
    found.text = CANARY
    found.save(update_fields=["text"])
    assert stored(page) != before and again(page).text.reveal() == CANARY


def test_bulk_create_seals_each_for_its_row(in_acme: Tenant) -> None:
    Page.objects.bulk_create([Page(title=str(n), text=f"text {n}") for n in range(3)])
    assert {p.title: p.text.reveal() for p in Page.objects.all()} == {str(n): f"text {n}" for n in range(3)}


def test_get_or_create_and_update_or_create_seal(in_acme: Tenant) -> None:
    made, _ = Page.objects.get_or_create(title="t", defaults={"text": "one"})
    assert again(made).text.reveal() == "one"
    Page.objects.update_or_create(title="t", defaults={"text": "two"})
    assert again(made).text.reveal() == "two"


def test_a_row_gets_its_key_before_it_is_sealed(in_acme: Tenant) -> None:
    for key in (None, str(TWO)):
        made = Page(id=key, title=str(key), text="x")
        made.save()
        assert again(made).text.reveal() == "x"


def test_a_row_without_a_key_is_refused(page: Page) -> None:
    copied = Page(id=None, title="t", text=again(page).text)
    field = Page._meta.get_field("text")
    assert isinstance(field, SealedField)
    with pytest.raises(SealedByRow, match="primary key"):
        field.pre_save(copied, add=True)
    copied.save()
    assert again(copied).text.reveal() == CANARY


BY_VALUE: dict[str, Callable[[Page], object]] = {
    "filter": lambda p: list(Page.objects.filter(text=CANARY)),
    "filter with None": lambda p: list(Page.objects.filter(text=None)),
    "contains": lambda p: list(Page.objects.filter(text__contains="c")),
    "in": lambda p: list(Page.objects.exclude(text__in=[CANARY])),
    "a key of JSON": lambda p: list(Page.objects.filter(sums__a=1)),
    "a secret": lambda p: list(Page.objects.filter(text=Secret(CANARY))),
    "get_or_create by value": lambda p: Page.objects.get_or_create(text=CANARY),
    "update": lambda p: Page.objects.update(text="x"),
    "update with a secret": lambda p: Page.objects.update(text=p.text),
    "update with a column": lambda p: Page.objects.update(text=F("title")),
    "update past the manager": lambda p: models.QuerySet(Page).update(text="x"),
    "update with another row's, past the manager": lambda p: models.QuerySet(Page).update(text=p.text),
    "update with a value": lambda p: models.QuerySet(Page).update(text=Value("x", output_field=SealedTextField())),
    "bulk_update": lambda p: Page.objects.bulk_update([p], ["text"]),
    "bulk_update past the manager": lambda p: cast(Any, models.QuerySet(Page)).bulk_update([p], ["text"]),
    "upsert": lambda p: Page.objects.bulk_create(
        [Page(title="one", text="x")], update_conflicts=True, unique_fields=["title"], update_fields=["text"]
    ),
}


@pytest.mark.parametrize("asked", BY_VALUE.values(), ids=BY_VALUE)
def test_a_query_that_asks_for_it_or_sets_it_by_value_is_refused(page: Page, asked: Callable[[Page], object]) -> None:
    before = stored(page)
    with pytest.raises(SealedByRow) as refused, transaction.atomic():
        asked(page)
    assert refused.value.code == "vault.sealed_by_row" and CANARY not in str(refused.value)
    assert stored(page) == before and Page.objects.count() == 1


def test_whether_there_is_one_can_be_asked(page: Page) -> None:
    Page.objects.create(title="two")
    assert Page.objects.get(text__isnull=False).title == "one"
    assert Page.objects.get(text__isnull=True).title == "two"


def test_values_give_a_ciphertext_that_shows_nothing(page: Page) -> None:
    [text] = Page.objects.values_list("text", flat=True)
    assert repr(text).startswith("Sealed(") and CANARY not in repr(text)


# ---- shown nowhere --------------------------------------------------------------------------------------------------


def test_neither_a_new_nor_a_loaded_one_is_shown(page: Page) -> None:
    for text in (Page(text=CANARY).text, again(page).text):
        assert {repr(text), str(text), f"{text}", f"{text!s:>3}", "%s" % text} == {HIDDEN}  # noqa: UP031
        for shown in (lambda t: pickle.dumps(t), lambda t: json.dumps(t), lambda t: bytes(t), lambda t: list(t)):
            with pytest.raises(TypeError):
                shown(text)


def test_a_row_with_a_new_one_is_not_pickled_and_a_loaded_one_holds_its_ciphertext(page: Page) -> None:
    with pytest.raises(StaysHidden):
        pickle.dumps(Page(title="t", text=CANARY))
    pickled = pickle.dumps(Page.objects.with_sealed().get(id=page.id))
    assert CANARY.encode() not in pickled
    assert pickle.loads(pickled).text.reveal() == CANARY


def test_serializers_refuse_it(page: Page) -> None:
    for format_ in ("json", "python"):
        with pytest.raises((VaultError, TypeError)) as refused:
            str(json.dumps(serializers.serialize(format_, [again(page)])))
        assert CANARY not in str(refused.value)

    class Shown(ModelSerializer):
        class Meta:
            model = Page
            fields = ("title", "text")

    with pytest.raises(SealedByRow):
        _ = Shown(again(page)).data


def test_no_form_asks_for_it() -> None:
    from django.forms import modelform_factory

    assert list(modelform_factory(Page, fields=["title"]).base_fields) == ["title"]
    text: Any = Page._meta.get_field("text")
    assert text.formfield() is None and not text.editable


@pytest.mark.parametrize(
    ("column", "value"), [("text", CANARY.encode()), ("scan", CANARY), ("sums", {CANARY}), ("sums", float("nan"))]
)
def test_content_of_another_type_is_refused_and_not_quoted(in_acme: Tenant, column: str, value: object) -> None:
    with pytest.raises(TypeError) as refused:
        Page.objects.create(title="t", **{column: value})
    assert CANARY not in str(refused.value) and refused.value.__context__ is None


# ---- what the checks say --------------------------------------------------------------------------------------------


def test_a_model_without_a_uuid_or_its_manager_fails_the_check() -> None:
    class Loose(models.Model):
        text = SealedTextField()

        class Meta:
            app_label = "vault"
            managed = False

    from django.apps import apps

    try:
        assert {error.id for error in Loose.check()} == {"vault.E001", "vault.E002"}
        assert Page.check() == []
    finally:
        del apps.all_models["vault"]["loose"]
        apps.clear_cache()


@pytest.mark.parametrize("option", [{"unique": True}, {"db_index": True}, {"primary_key": True}, {"choices": [(1, 1)]}])
def test_a_sealed_field_has_no_index_and_no_choices(option: dict[str, Any]) -> None:
    with pytest.raises(SealedByRow):
        SealedTextField(**option)


def test_the_manager_gives_the_querysets_that_refuse(folder: Path) -> None:
    assert isinstance(Page.objects, SealedManager)
    with pytest.raises(SealedByRow):
        Page.objects.order_by("title").update(text=Lower("title"))
