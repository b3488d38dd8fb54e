"""The network namespace around the browser: what is inside, who gets one, and what is said where there is none."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import playwright
import pytest

from specward.execution.running import RunSettings, run_spec
from specward.execution.wall import namespace
from specward.execution.wall.namespace import Door, Namespace, NamespaceUnavailable, probe
from specward.language import parse
from tests.execution.site import serving, text

ROOT = Path(__file__).parents[2]
NOBODY = 65534

INSIDE = """
import os, socket
print("interfaces", *sorted(name for _, name in socket.if_nameindex()))
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines())
print("may", status["CapEff"], status["CapBnd"])
print("run", *os.listdir("/run"))
for where in ("127.0.0.1", "192.0.2.1"):
    try:
        socket.create_connection((where, PORT), timeout=5)
        print("reached", where)
    except OSError as failed:
        print("not", where, failed.strerror)
try:
    open("/proc/PARENT/ns/net").close()
    print("the namespace outside can be opened")
except OSError as failed:
    print("outside", failed.strerror)
"""


@pytest.fixture
def available() -> None:
    if probe():
        pytest.skip(f"this machine allows no network namespace: {probe()}")


def look_around(tmp_path: Path, port: int) -> dict[str, str]:
    code = INSIDE.replace("PORT", str(port)).replace("PARENT", str(os.getpid()))
    with Door(tmp_path) as door:
        command = [door.way_in(sys.executable), "-I", "-S", "-c", code]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as inside:
            listening = door.take()
            with listening:
                said, _ = inside.communicate(timeout=60)
                assert listening.getsockname() == ("127.0.0.1", namespace.PORT)
    assert inside.returncode == 0
    return dict(line.partition(" ")[::2] for line in said.splitlines() if not line.startswith("not"))


@pytest.mark.usefixtures("available")
def test_inside_there_is_a_loopback_and_no_right_and_no_way_out(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as outside:
        seen = look_around(tmp_path, outside.getsockname()[1])
    assert seen["interfaces"] == "lo"
    assert {int(rights, 16) for rights in seen["may"].split()} == {0}
    assert seen["run"] == ""
    assert seen["outside"] == "Permission denied"
    assert "reached" not in seen


@pytest.mark.chromium
@pytest.mark.usefixtures("available")
def test_the_door_opens_once_and_nothing_can_be_asked_of_it_after(tmp_path: Path, chromium: str):
    doors: list[Path] = []

    class Known(Door):
        def take(self) -> socket.socket:
            doors.append(self.path)
            return super().take()

    with pytest.MonkeyPatch.context() as patched, serving({"/": text("<h1>Fine</h1>")}) as site:
        patched.setattr("specward.execution.running.Door", Known)
        spec = parse('spec("Go", origin="https://a.example")\n\nwith step("Go"):\n    goto("/")\n    goto("/")\n')
        settings = RunSettings(base_url=site.origin, chromium=chromium, namespace=Namespace.REQUIRED)
        result = run_spec(spec, settings)
    assert result.passed and result.wall == "proxy+netns"
    assert len(doors) == 1 and not doors[0].exists()


def test_where_the_host_allows_none_a_run_that_requires_it_is_refused_and_another_says_so():
    """A real host that allows none: a user namespace whose limit of network namespaces is nought."""
    code = (
        "from specward.execution.wall.namespace import *\n"
        "print(inside(Namespace.AUTO), inside(Namespace.OFF))\n"
        "try: inside(Namespace.REQUIRED)\n"
        "except NamespaceUnavailable as refused: print(refused.code, refused, refused.hint)"
    )
    shell = 'for limit in net mnt user; do echo 0 > /proc/sys/user/max_${limit}_namespaces; done && exec "$0" -c "$1"'
    command = ["unshare", "--user", "--map-root-user", "sh", "-c", shell, sys.executable, code]
    if subprocess.run([*command[:3], "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine allows no user namespace to make such a host in")
    said = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert said.returncode == 0, said.stderr
    plain, refused = said.stdout.splitlines()
    assert plain == "False False"
    assert refused.startswith("namespace-unavailable A network namespace is required, and this machine allows none")
    assert "unshare: " in refused and "--namespace auto" in refused


def test_a_required_namespace_that_is_not_to_be_had_starts_no_browser(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(namespace, "probe", lambda: "unshare: Operation not permitted")
    monkeypatch.setattr("specward.execution.running.Proxy", None)
    spec = parse('spec("Go", origin="https://a.example")\n\nwith step("Go"):\n    goto("/")\n')
    with pytest.raises(NamespaceUnavailable, match="allows none: unshare: Operation not permitted"):
        run_spec(spec, RunSettings(chromium=sys.executable, namespace=Namespace.REQUIRED))


@pytest.mark.chromium
def test_an_ordinary_user_has_the_namespace_and_chromiums_own_sandbox_inside_it(chromium: str, tmp_path_factory):
    if os.geteuid() != 0:
        become, home = [], str(tmp_path_factory.mktemp("home"))
    else:
        become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        home = "/nonexistent"
    packages = Path(playwright.__file__).parents[1]
    python = shutil.which(f"python{sys.version_info.major}.{sys.version_info.minor}", path="/usr/bin:/usr/local/bin")
    start = [*become, python or sys.executable]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "PYTHONPATH": f"{ROOT}:{packages}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if subprocess.run([*start, "-c", "import specward, playwright"], env=environment, check=False).returncode:
        pytest.skip("an ordinary user cannot read this interpreter, its packages or this tree")
    command = [*start, "-m", "tests.execution.as_ordinary_user", chromium]
    told = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=200)
    assert told.returncode == 0, told.stderr
    seen = json.loads(told.stdout)
    if "unavailable" in seen:
        pytest.skip(f"an ordinary user has no network namespace here: {seen['unavailable']}")
    assert seen["uid"] != 0
    assert seen["result"]["outcome"] == "passed", seen["result"]
    assert seen["result"]["wall"] == "proxy+netns"
    assert seen["renderers"]
    for renderer in seen["renderers"]:
        # Its filter of system calls, and a process namespace of its own: both layers of Chromium's sandbox on Linux.
        assert renderer["Seccomp"] == "2"
        assert len(renderer["NSpid"].split()) > 1
