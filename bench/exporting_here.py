"""One export of a long log, written to nowhere: ``python -m bench.exporting_here DATABASE FORMAT``; what it took."""

from __future__ import annotations

import json
import resource
import sys
import time


class _Nowhere:
    """Counts what is written to it."""

    def __init__(self) -> None:
        self.bytes = 0

    def write(self, data: bytes, /) -> int:
        self.bytes += len(data)
        return len(data)

    def flush(self) -> None:
        """There is nothing to flush."""


def main(database: str, name: str) -> None:
    import django

    django.setup()
    from django.utils import timezone

    from apps.audit.exports import bundles, lines
    from apps.audit.exports.models import Export, Format
    from apps.audit.placed import signed_size
    from apps.tenants.walls import behind
    from tests.apps.tenants.connecting import OF_ACME, through, wrapper

    with through(wrapper(database)), behind(OF_ACME):
        export = Export(format=Format(name), size=signed_size(), created=timezone.now(), wanted={})
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.perf_counter()
        out = _Nowhere()
        write = bundles.write_bundle if export.format == Format.BUNDLE else lines.write_lines
        entries = write(export, out, lambda _: None)
        seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = {"entries": entries, "bytes": out.bytes, "seconds": seconds, "before_mb": before / 1024, "mb": peak / 1024}
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:3])
