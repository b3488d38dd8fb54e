"""The mirror keeps the page as rrweb's own replayer would, and a hostile recording never makes it crash or crawl."""

from __future__ import annotations

from typing import Any

import pytest

from specward.errors import RecordingRefused
from specward.recording.dom import Limits, Page


def element(id: int, tag: str, children: list[Any] | None = None, **attributes: Any) -> dict[str, Any]:
    return {"type": 2, "tagName": tag, "attributes": attributes, "childNodes": children or [], "id": id}


def text(id: int, words: str) -> dict[str, Any]:
    return {"type": 3, "textContent": words, "id": id}


def page(*children: dict[str, Any], limits: Limits | None = None) -> Page:
    made = Page(limits)
    made.load({"node": {"type": 0, "id": 1, "childNodes": [element(2, "body", list(children))]}})
    return made


def add(parent: int, node: dict[str, Any], before: int | None = None, **more: Any) -> dict[str, Any]:
    return {"parentId": parent, "nextId": before, "node": node, **more}


def tags(made: Page, id: int = 2) -> list[str]:
    return [child.tag or child.text for child in made.nodes[id].children]


def test_adds_land_before_their_next_sibling() -> None:
    made = page(element(3, "a"), element(4, "b"))
    made.mutate({"adds": [add(2, element(5, "i"), before=4)]})
    assert tags(made) == ["a", "i", "b"]


def test_adds_may_come_in_any_order() -> None:
    made = page()
    made.mutate(
        {
            "adds": [
                add(11, text(12, "late")),
                add(2, element(10, "a"), before=11),
                add(2, element(11, "b"), before=13),
                add(2, element(13, "c")),
            ]
        }
    )
    assert tags(made) == ["a", "b", "c"]
    assert tags(made, 11) == ["late"]


def test_an_old_recorders_previous_id_is_followed() -> None:
    made = page(element(3, "a"), element(4, "b"))
    made.mutate({"adds": [add(2, element(5, "i"), previousId=3)]})
    assert tags(made) == ["a", "i", "b"]


def test_a_next_sibling_that_never_comes_is_the_end() -> None:
    made = page(element(3, "a"))
    made.mutate({"adds": [add(2, element(5, "i"), before=99)]})
    assert tags(made) == ["a", "i"]


def test_a_parent_that_never_comes_is_counted_not_fatal() -> None:
    made = page()
    made.mutate({"adds": [add(99, element(5, "i"))]})
    assert made.unknown_ids == 1 and 5 not in made.nodes


def test_a_removed_tree_is_forgotten_whole() -> None:
    made = page(element(3, "ul", [element(4, "li", [text(5, "Mug")])]))
    made.mutate({"removes": [{"parentId": 2, "id": 3}]})
    assert set(made.nodes) == {1, 2}


def test_an_id_used_again_replaces_the_element_that_had_it() -> None:
    made = page(element(3, "ul", [element(4, "li")]), element(6, "p"))
    made.mutate({"adds": [add(6, element(3, "b"))]})
    assert tags(made) == ["p"] and tags(made, 6) == ["b"] and 4 not in made.nodes


def test_an_element_cannot_be_put_inside_itself() -> None:
    made = page(element(3, "ul", [element(4, "li")]))
    made.mutate({"adds": [add(4, element(3, "ul"))]})
    assert 3 not in made.nodes and made.unknown_ids == 1


def test_a_snapshot_that_uses_an_id_inside_itself_is_refused() -> None:
    with pytest.raises(RecordingRefused, match="stands inside itself"):
        page(element(3, "ul", [element(4, "li", [element(3, "b")])]))


def test_inline_style_updates_are_merged() -> None:
    made = page(element(3, "div", style="color: red; display: none"))
    made.mutate({"attributes": [{"id": 3, "attributes": {"style": {"display": False, "top": ["0", "important"]}}}]})
    assert made.nodes[3].attr("style") == "color: red; top: 0 !important"


def test_the_title_follows_its_text() -> None:
    made = Page()
    head = element(3, "head", [element(4, "title", [text(5, "  The\n shop ")])])
    made.load({"node": {"type": 0, "id": 1, "childNodes": [element(2, "html", [head])]}})
    assert made.title == "The shop"
    made.mutate({"texts": [{"id": 5, "value": "Cart"}]})
    assert made.title == "Cart"


@pytest.mark.parametrize(
    ("mutation", "said"),
    [
        ({"adds": 3}, "adds is a number"),
        ({"adds": [3]}, r"adds\[0\]: an entry is a number"),
        ({"adds": [{"parentId": "x", "node": {}}]}, "parentId is a text"),
        ({"adds": [add(2, {"type": 2, "id": "7"})]}, "a node has id '7'"),
        ({"adds": [add(2, {"type": 9, "id": 7})]}, "type 9"),
        ({"adds": [add(2, {"type": 2, "id": 7})]}, "no tagName"),
        ({"adds": [add(2, {"type": 2, "id": 7, "tagName": "p", "attributes": [1]})]}, "a list for attributes"),
        ({"adds": [add(2, {"type": 2, "id": 7, "tagName": "p", "childNodes": {"a": 1}})]}, "an object for childNodes"),
        ({"removes": [{"id": True}]}, "id is a boolean"),
        ({"texts": [{"id": 3, "value": {}}]}, "value is an object"),
        ({"attributes": [{"id": 3, "attributes": None}]}, "attributes is nothing"),
    ],
)
def test_what_is_no_mutation_is_refused_with_its_place(mutation: dict[str, Any], said: str) -> None:
    with pytest.raises(RecordingRefused, match=said):
        page(element(3, "p")).mutate(mutation, where="event 7")


def test_a_page_of_too_many_nodes_is_refused() -> None:
    with pytest.raises(RecordingRefused, match="over 100 nodes"):
        page(*[element(i, "p") for i in range(10, 200)], limits=Limits(nodes=100))


def test_a_page_nested_too_deep_is_refused() -> None:
    made = page(limits=Limits(depth=50))
    with pytest.raises(RecordingRefused, match="nested over 50 deep"):
        made.mutate({"adds": [add(2 if i == 10 else i - 1, element(i, "div")) for i in range(10, 200)]})


def test_a_page_of_too_much_text_is_refused() -> None:
    with pytest.raises(RecordingRefused, match="1,000 characters"):
        page(text(3, "x" * 2_000), limits=Limits(text=1_000))


def test_shuffling_a_long_list_forever_is_refused() -> None:
    made = page(*[element(i, "p") for i in range(10, 1_010)], limits=Limits(work=100_000))
    shuffle = {"removes": [{"parentId": 2, "id": 500}], "adds": [add(2, element(500, "p"), before=501)]}

    def forever() -> None:
        for _ in range(500):
            made.mutate(shuffle)

    with pytest.raises(RecordingRefused, match="more work"):
        forever()


def test_the_list_of_changes_stays_short() -> None:
    made = page(element(3, "p", [text(4, "0")]))
    for i in range(10_000):
        made.mutate({"texts": [{"id": 4, "value": str(i + 1)}]})
    assert len(made.changes.texts) == made.changes.CAP and made.changes.overflow
