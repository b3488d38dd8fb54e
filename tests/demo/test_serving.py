"""Alice tries the service on her machine: it starts, does its job, says where it is, and ends without a trace."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from demo import certificates
from demo.people import ALICE, new_password
from demo.processes import Died, Processes, end_those_of
from demo.state import Folder
from demo.visitor import Visitor, refuses_plain_http, refuses_tls_1_2
from tests.house.tree import ROOT

SHORT = ("--only", "subscribe", "--only", "sign-in-all-masked")
LINK = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5kL7nP9r"  # a secret of a link reads so
TYPED = "correct horse"  # what was typed as a password in the recorded shop


@contextmanager
def begun(state: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A demo, which ends with the block at the latest."""
    with subprocess.Popen(
        [sys.executable, "-m", "demo.serving", *arguments],
        cwd=ROOT, env={**os.environ, "SPECWARD_STATE": str(state)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as demo:  # fmt: skip
        try:
            yield demo
        finally:
            demo.terminate()


def heard(demo: subprocess.Popen[str], words: str) -> str:
    """All that it says, until it says this."""
    said = ""
    assert demo.stdout is not None
    for line in demo.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(f"It never said {words!r}, but:\n{said}")


def left_of(state: Path) -> list[str]:
    """The processes that know of a folder, by what they were started with."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            # What ended, and waits for its parent to hear of it, has no command line any more.
            told = (process / "cmdline").read_bytes()
            known = (process / "environ").read_bytes() if told else b""
        except OSError:
            continue
        if int(process.name) != os.getpid() and str(state).encode() in told + known:
            found.append(told.replace(b"\0", b" ").decode())
    return found


@contextmanager
def taken(port: int) -> Iterator[None]:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind(("127.0.0.1", port))
            other.listen()
        except OSError:
            pass  # somebody else has it: as good
        yield


@pytest.mark.timeout(400)
def test_alice_starts_it_looks_at_it_and_ends_it(tmp_path: Path) -> None:
    with taken(8443), begun(tmp_path, *SHORT) as demo:
        said = heard(demo, "script/demo --library")
        port = int(re.findall(r"https://acme\.localhost:(\d+)/", said)[0])
        assert port != 8443
        assert 'spec("' in said and "expect_" in said and "2 specs of 2 recordings; 2 discarded and certified" in said
        assert said.index('spec("') < said.index("What was looked at"), "a spec is what is shown first"
        assert TYPED not in said
        password = re.search(r"alice@acme\.example +(\S+)", said)
        assert password is not None
        visitor = Visitor(ALICE.tenant.host, port, Folder(tmp_path / "demo").certificates / "authority.pem")
        assert "Alice" in visitor.sign_in(ALICE.email, password[1]).text

        for path in (f"/join/{LINK}/", f"/reset/{LINK}/?from={LINK}", f"/{LINK}", f"/sign-in/?next={LINK}"):
            visitor.ask(path)

        second = subprocess.run(
            [sys.executable, "-m", "demo.serving"],
            cwd=ROOT, env={**os.environ, "SPECWARD_STATE": str(tmp_path)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert second.returncode == 2
        assert f"in this checkout already: https://acme.localhost:{port}, process {demo.pid}" in second.stdout

        demo.send_signal(signal.SIGINT)
        rest, _ = demo.communicate(timeout=60)
    assert demo.returncode == 0 and "no process of it runs any more" in rest
    assert left_of(tmp_path) == []
    logs = "".join(log.read_text("utf-8", "replace") for log in (tmp_path / "demo" / "logs").iterdir())
    assert password[1] not in logs and TYPED not in logs
    assert LINK not in logs and "/join/" not in logs and "/sign-in/" not in logs, "requests are told by their route"
    told = [json.loads(line) for line in (tmp_path / "demo/logs/web.log").read_text("utf-8").splitlines()]
    assert {"sign_in", "join", "reset", "(none)"} <= {line.get("route") for line in told}
    assert all(line["request_id"] for line in told if line["logger"] == "specward.requests")


@pytest.mark.timeout(400)
def test_one_that_was_killed_does_not_hinder_the_next(tmp_path: Path) -> None:
    with begun(tmp_path) as killed:
        heard(killed, "PostgreSQL and Valkey run")
        killed.kill()
    assert any("postgres" in told for told in left_of(tmp_path)), "or there is nothing to be hindered by"
    environment = {**os.environ, "SPECWARD_STATE": str(tmp_path), "DEMO_ONCE": "1"}
    demo = subprocess.run(
        ["script/demo", "--only", "subscribe"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert left_of(tmp_path) == []


def test_a_process_that_ends_by_itself_fails_the_demo_and_its_last_words_are_told(tmp_path: Path) -> None:
    with Processes(tmp_path, os.environ) as processes:
        processes.start("worker", ["this_module_is_missing"])
        processes.running["worker"].wait(60)
        with pytest.raises(Died, match=r"(?s)The worker ended by itself.*No module named this_module_is_missing"):
            processes.check()


def test_those_that_a_killed_demo_has_left_are_ended_also_where_they_do_not_listen(tmp_path: Path) -> None:
    told = f"SPECWARD_STATE={tmp_path}"
    deaf = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); sys.stdin.read()"
    others = {**os.environ, "SPECWARD_STATE": f"{tmp_path}-of-others"}
    started = [
        subprocess.Popen([sys.executable, "-c", deaf], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for env in ({**os.environ, "SPECWARD_STATE": str(tmp_path)}, others)
    ]
    for process in started:
        assert process.stdout is not None and process.stdout.readline() == b"1\n"
    ours, theirs = started
    reaped = threading.Thread(target=ours.wait)
    reaped.start()
    end_those_of(told)
    reaped.join(10)
    assert ours.returncode == -signal.SIGKILL and theirs.poll() is None
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_processes_end_with_the_block(tmp_path: Path) -> None:
    with Processes(tmp_path, os.environ) as processes:
        processes.start("web", ["http.server", "--bind", "127.0.0.1", "0"])
        process = processes.running["web"]
        processes.check()
    assert process.returncode == -signal.SIGTERM, "asked to end, and not killed"


@pytest.mark.parametrize("oldest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_speaks_tls_1_2_is_told_from_one_that_does_not(tmp_path: Path, oldest: ssl.TLSVersion) -> None:
    made = certificates.make(tmp_path, [ALICE.tenant.host])
    assert made.key.stat().st_mode & 0o077 == 0
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.chain, made.key)
    context.minimum_version = oldest
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for _ in range(3):
                plain, _ = server.accept()
                plain.settimeout(10)
                try:
                    context.wrap_socket(plain, server_side=True).close()
                except OSError:
                    plain.close()

        thread = threading.Thread(target=serve)
        thread.start()
        visitor = Visitor(ALICE.tenant.host, server.getsockname()[1], made.authority)
        with visitor.connect() as connection:
            assert connection.version() == "TLSv1.3"
        assert refuses_tls_1_2(visitor) == (oldest is ssl.TLSVersion.TLSv1_3)
        assert refuses_plain_http(visitor)
        thread.join(30)


def test_its_authority_is_good_for_its_own_hosts_alone(tmp_path: Path) -> None:
    made = certificates.make(tmp_path, ["mail.bank.example"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.chain, made.key)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            plain, _ = server.accept()
            plain.settimeout(10)
            try:
                context.wrap_socket(plain, server_side=True).close()
            except OSError:
                plain.close()

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
            Visitor("mail.bank.example", server.getsockname()[1], made.authority).connect()
        thread.join(30)


def test_passwords_are_long_and_never_the_same() -> None:
    made = {new_password() for _ in range(100)}
    assert len(made) == 100 and all(len(one) == 23 for one in made)
