"""Taking one stone out of the walls makes a named test fail."""

from __future__ import annotations

import pytest

from tests.apps.mutations import MUTATIONS, ROOT, Mutation, goes_red


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutation", MUTATIONS, ids=[each.name for each in MUTATIONS])
def test_a_named_test_goes_red(mutation: Mutation, soak: bool) -> None:
    if not soak:
        pytest.skip("each takes a process of its own: script/soak")
    red, said = goes_red(mutation)
    assert red, said


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[each.name for each in MUTATIONS])
def test_each_mutation_still_fits_the_code(mutation: Mutation) -> None:
    file, _, test = mutation.test.partition("::")
    assert f"def {test.rpartition('::')[2]}(" in (ROOT / file).read_text("utf-8")
    if mutation.module:
        assert mutation.old in (ROOT / f"{mutation.module.replace('.', '/')}.py").read_text("utf-8")
    else:
        assert mutation.sql
