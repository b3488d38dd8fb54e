"""What is taken out of what is done afterwards, one at a time, and the test that must see it
(``tests/apps/mutations.py``)."""

from __future__ import annotations

from typing import Final

_AFTER: Final = "test_afterwards.py::test_"

STONES: Final = (
    # name, module, text, the text in its place, test
    (
        "what is done afterwards is done within a transaction",
        "host_wall",
        "    with behind(walls):\n        answer",
        "    with behind(walls), transaction.atomic():\n        answer",
        _AFTER + "it_runs_once_all_is_saved_behind_the_same_walls_and_in_no_transaction",
    ),
    (
        "what is done afterwards has no walls",
        "host_wall",
        "    with behind(walls):\n        answer",
        "    with behind(Walls()):\n        answer",
        _AFTER + "it_runs_once_all_is_saved_behind_the_same_walls_and_in_no_transaction",
    ),
    (
        "what is refused is done afterwards",
        "host_wall",
        "isinstance(response, Afterwards) and not refused",
        "isinstance(response, Afterwards)",
        _AFTER + "nothing_runs_where_the_view_refuses",
    ),
    (
        "a refusal afterwards is not told of",
        "host_wall",
        "            refused = response.status_code >= 400\n        if refused:",
        "        if refused:",
        _AFTER + "a_refusal_is_told_of_and_takes_nothing_back",
    ),
)
