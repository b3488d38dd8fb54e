"""``python -m bench``: the whole table."""

from __future__ import annotations

from bench.asking import asking
from bench.auditing import auditing
from bench.gating import against_ast
from bench.generating import generating
from bench.proving import proving
from bench.pruning import pruning
from bench.replaying import against_the_replayer
from bench.requesting import requests
from bench.running import running
from bench.sealing import sealing
from bench.searching import searching
from bench.table import show
from bench.tracing import against_json, large_recording
from bench.walls import walls


def main() -> None:
    show("Reading a recording, against decoding its JSON", against_json())
    show("A recording of 200 MB", large_recording())
    show("Reading a recording, against replaying it in Chromium", against_the_replayer())
    show("The gate, against parsing", against_ast())
    show("What a model is sent, against what it could be sent", asking())
    show("Running a spec, against the same steps by hand", running())
    show("The service: both walls, and a new tenant", walls())
    show("The vault: sealing and opening", sealing())
    show("The audit log: proving", proving())
    show("The audit log under load", auditing())
    show("The audit log: searching a million entries", searching())
    show("The audit log: pruning", pruning())
    show("The service: recordings become specs", generating())
    show("The service: requests by token, through gunicorn", requests())


if __name__ == "__main__":
    main()
