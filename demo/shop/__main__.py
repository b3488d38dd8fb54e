"""``python -m demo.shop [--port N] [--fault NAME]... [--change NAME]... [--list]``: runs a shop and prints its URL."""

from __future__ import annotations

import argparse
import contextlib

from demo.shop.changes import CHANGES
from demo.shop.faults import FAULTS
from demo.shop.server import Shop


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.shop", description="A shop to look at, whole or broken.")
    parser.add_argument("--port", type=int, default=0, help="a free one unless given")
    parser.add_argument("--fault", action="append", default=[], choices=FAULTS, metavar="NAME")
    parser.add_argument("--change", action="append", default=[], choices=CHANGES, metavar="NAME")
    parser.add_argument("--list", action="store_true", help="print the faults and the changes, and stop")
    given = parser.parse_args()
    if given.list:
        for fault in FAULTS.values():
            print(f"--fault {fault.name:22} {fault.notice}")
        for change in CHANGES.values():
            print(f"--change {change.name:21} {change.notice}")
        return
    shop = Shop(port=given.port, faults=given.fault, changes=given.change)
    with shop.open() as server, contextlib.suppress(KeyboardInterrupt):
        print(shop.url, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
