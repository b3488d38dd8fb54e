"""``python -m tests.house house|pins|shell|secrets|stamp [FOLDER]``: prints the findings; 1 when there are any."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.house.tree import ROOT, Finding, Tree


def rules_of(name: str) -> Sequence[Callable[[Tree], Iterator[Finding]]]:
    # Imported when asked for: each check needs its own tools only.
    match name:
        case "house":
            from tests.house.rules import HOUSE

            return HOUSE
        case "shell":
            from tests.house.rules import shell_parses

            return [shell_parses]
        case "secrets":
            from tests.house.secret_scan import no_secrets

            return [no_secrets]
        case "pins":
            from tests.house.pins import PINS

            return PINS
    raise SystemExit(__doc__)


def findings(name: str, tree: Tree) -> list[Finding]:
    return sorted(finding for rule in rules_of(name) for finding in rule(tree))


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] in {"-h", "--help"}:
        sys.stdout.write(f"{__doc__}\n")
        return 0
    tree = Tree.at(Path(arguments[1]) if arguments[1:] else ROOT)
    if arguments[0] == "stamp":
        from tests.house.pins import write_stamps

        write_stamps(tree)
        return 0
    found = findings(arguments[0], tree)
    for finding in found:
        sys.stdout.write(f"{finding}\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
