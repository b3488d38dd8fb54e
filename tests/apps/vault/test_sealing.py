"""What is sealed for one tenant, one kind of thing and one of them opens as that, unaltered, and as nothing else."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from apps.tenants.errors import NobodyProven
from apps.tenants.models import Tenant
from apps.tenants.walls import Walls, behind, schema_of, within
from apps.vault.binding import Binding, joined
from apps.vault.errors import AnotherTenant, DoesNotOpen, NameRefused, VaultError
from apps.vault.sealed import Sealed
from apps.vault.sealing import open_sealed, seal
from apps.vault.secret import Secret
from tests.apps.vault.conftest import CANARY
from tests.cast import ACME, GLOBEX

SHEET = uuid.UUID("5ee70000-0000-4000-8000-000000000001")
each_time = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def sealed_by_acme(content: bytes = CANARY.encode(), kind: str = "specs.sheet", one: object = SHEET) -> Sealed:
    return seal(content, tenant=ACME.id, kind=kind, object_id=str(one))


def opens(sealed: Sealed, tenant: uuid.UUID = ACME.id, kind: str = "specs.sheet", one: object = SHEET) -> bytes:
    return open_sealed(sealed, tenant=tenant, kind=kind, object_id=str(one)).reveal()


@pytest.mark.usefixtures("in_acme", "folder")
class TestAcme:
    @each_time
    @given(st.binary(max_size=2000), st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
    def test_what_was_sealed_opens_as_what_it_was(self, content: bytes, kind: str, one: str) -> None:
        sealed = sealed_by_acme(content, kind, one)
        assert opens(Sealed(sealed.to_bytes()), kind=kind, one=one) == content
        assert len(content) < 8 or content not in sealed.to_bytes()

    def test_the_same_content_is_never_sealed_the_same_way(self) -> None:
        assert len({sealed_by_acme().to_bytes() for _ in range(50)}) == 50

    @each_time
    @given(st.data())
    def test_a_flipped_bit_is_refused(self, data: st.DataObject) -> None:
        whole = bytearray(sealed_by_acme().to_bytes())
        bit = data.draw(st.integers(0, len(whole) * 8 - 1))
        whole[bit // 8] ^= 1 << bit % 8
        with pytest.raises(DoesNotOpen):
            opens(Sealed(bytes(whole)))

    def test_every_byte_counts(self) -> None:
        whole = sealed_by_acme().to_bytes()
        for place in range(len(whole)):
            altered = whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :]
            with pytest.raises(DoesNotOpen):
                opens(Sealed(altered))
        for length in range(len(whole)):
            with pytest.raises(DoesNotOpen):
                opens(Sealed(whole[:length]))
        with pytest.raises(DoesNotOpen):
            opens(Sealed(whole + b"\0"))

    @each_time
    @given(st.tuples(st.text(min_size=1, max_size=9), st.text(min_size=1, max_size=9)), st.text(max_size=9))
    def test_as_another_kind_or_another_one_it_is_refused(self, said: tuple[str, str], other: str) -> None:
        kind, one = said
        assume(other and other not in said)
        sealed = sealed_by_acme(kind=kind, one=one)
        for wrong in ((other, one), (kind, other), (kind + one[:1], one[1:] or "-"), (f"{kind}{one}", one)):
            with pytest.raises(DoesNotOpen):
                opens(sealed, kind=wrong[0], one=wrong[1])

    @pytest.mark.parametrize("told", ["tenant", "kind", "object"])
    def test_a_digest_that_was_made_to_fit_does_not_help(self, told: str, globex: Tenant) -> None:
        """Whoever moves a ciphertext can also write the digest in front of it."""
        wrong = {
            "tenant": Binding(GLOBEX.id, "specs.sheet", str(SHEET)),
            "kind": Binding(ACME.id, "specs.spec", str(SHEET)),
            "object": Binding(ACME.id, "specs.sheet", str(uuid.uuid4())),
        }[told]
        whole = sealed_by_acme().to_bytes()
        moved = Sealed(whole[:19] + wrong.digest + whole[35:])
        with within(globex if told == "tenant" else tenant_like(ACME.id)), pytest.raises(DoesNotOpen):
            opens(moved, wrong.tenant, wrong.kind, wrong.object_id)

    def test_parts_of_two_do_not_make_a_third(self) -> None:
        one, two = sealed_by_acme(b"one").to_bytes(), sealed_by_acme(b"two").to_bytes()
        with pytest.raises(DoesNotOpen):
            opens(Sealed(one[:-16] + two[-16:]))

    def test_a_secret_is_sealed_as_what_it_holds(self) -> None:
        assert opens(seal(Secret(b"x"), tenant=ACME.id, kind="specs.sheet", object_id=SHEET)) == b"x"

    @pytest.mark.parametrize("wrong", ["", "x" * 501])
    def test_a_kind_and_an_id_are_neither_empty_nor_endless(self, wrong: str) -> None:
        for kind, one in ((wrong, "1"), ("kind", wrong)):
            with pytest.raises(NameRefused):
                seal(b"", tenant=ACME.id, kind=kind, object_id=one)

    def test_mallory_cannot_be_sealed_for_or_opened_for(self) -> None:
        with pytest.raises(AnotherTenant):
            seal(b"", tenant=GLOBEX.id, kind="k", object_id="1")
        with pytest.raises(AnotherTenant):
            opens(sealed_by_acme(), GLOBEX.id)


def tenant_like(id_: uuid.UUID) -> Tenant:
    return Tenant(id=id_, schema_name=schema_of(id_))


def test_mallory_opens_nothing_of_alices(acme: Tenant, globex: Tenant, folder: Path) -> None:
    with within(acme):
        sealed = sealed_by_acme()
    with within(globex):
        with pytest.raises(AnotherTenant) as refused:
            opens(sealed, ACME.id)
        assert refused.value.code == "vault.another_tenant"
        with pytest.raises(DoesNotOpen) as refused_too:
            opens(sealed, GLOBEX.id)
        assert refused_too.value.code == "vault.does_not_open"
    with behind(Walls(schema_of(ACME.id), GLOBEX.id)), pytest.raises(AnotherTenant):
        opens(sealed, GLOBEX.id)
    with behind(Walls()), pytest.raises(NobodyProven):
        opens(sealed, ACME.id)


@given(st.lists(st.binary(max_size=5), max_size=4), st.lists(st.binary(max_size=5), max_size=4))
def test_two_lists_of_parts_are_never_joined_to_the_same(one: list[bytes], other: list[bytes]) -> None:
    assert (joined(*one) == joined(*other)) == (one == other)


def every_error() -> list[type[VaultError]]:
    return VaultError.__subclasses__()


def test_each_refusal_has_a_code_of_its_own_and_a_way_out() -> None:
    codes = [error.code for error in every_error()]
    assert len(set(codes)) == len(codes) > 10
    assert all(code.startswith("vault.") for code in codes)
    assert str(DoesNotOpen("It is broken.")).startswith("It is broken. Nothing of it is used.")
