"""A whole service of a test's own, as ``script/demo`` starts it: its parts may be killed, and all it keeps is in one
folder. Whoever uses it is a process of its own: Django is told once which database it asks.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final

from config import embedded
from config.embedded import postgres
from config.embedded.place import ROOT, ServiceRefused
from demo import certificates
from demo.people import PEOPLE, TENANTS, Person, new_password
from demo.processes import Processes
from demo.state import Folder, environment, listening
from demo.visitor import Visitor

PAUSED: Final = threading.Event()
"""Never set: waited for between two looks."""


class Service:
    """Its parts, and killing each."""

    def __init__(self, state: Path, **settings: str) -> None:
        state.mkdir(exist_ok=True)
        self.folder = Folder(state / "service")
        self.folder.empty()
        self.listener = listening()
        self.port: int = self.listener.getsockname()[1]
        self.environment = {**environment(self.folder, self.port), "SPECWARD_HTTPS": "1", **settings}
        certificates.make(self.folder.certificates, [wanted.host for wanted in TENANTS])
        self.restarts = 0
        self.processes = Processes(self.folder.logs, self.environment)
        self.passwords = {person.name: new_password() for person in PEOPLE}
        embedded.ensure(self.folder.place)
        subprocess.run(
            [sys.executable, "-m", "demo.filling"], cwd=ROOT, check=True, text=True,
            env={**self.environment, "SPECWARD_ROLE": "migrator"},
            input=json.dumps(self.passwords),
        )  # fmt: skip

    def start_worker(self) -> None:
        module = ["celery", "-A", "config.celery", "worker", "-Q", "default", "-c", "2", "--loglevel", "INFO"]
        self.processes.start("worker", [*module, "--without-gossip", "--without-mingle"])

    def supervise(self) -> int:
        """Starts a worker again that has ended by itself, as whoever deploys it does: Celery's ends where its broker
        dies while it holds a message. How often that was needed."""
        if self.processes.running["worker"].poll() is not None:
            self.restarts += 1
            self.start_worker()
        return self.restarts

    def start_web(self) -> None:
        """By TLS 1.3, at ``port``."""
        module = ["gunicorn", "-c", "python:config.web", "config.wsgi"]
        bind = f"fd://{self.listener.fileno()}"
        self.processes.start("web", module, keep=[self.listener.fileno()], SPECWARD_WEB_BIND=bind)

    def join(self) -> None:
        """Makes this process one of the service's own, as the app role."""
        for name in set(os.environ) - set(self.environment):
            del os.environ[name]
        os.environ.update(self.environment)
        import django

        django.setup()

    def visitor(self, person: Person) -> Visitor:
        return Visitor(person.tenant.host, self.port, self.folder.certificates / "authority.pem")

    def kill(self, victim: str) -> None:
        """With -9, and starts it again."""
        if victim == "worker":
            worker = self.processes.running["worker"]
            os.killpg(worker.pid, signal.SIGKILL)  # its children too
            worker.wait()
            self.start_worker()
            return
        place = self.folder.place
        file = place.postgres / "postmaster.pid" if victim == "database" else place.data / "valkey" / "valkey.pid"
        os.kill(int(file.read_text().split()[0]), signal.SIGKILL)
        self._start_again()

    def _start_again(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                # What a postmaster leaves behind ends by itself, and holds its memory until then.
                return embedded.ensure(self.folder.place)
            except ServiceRefused:
                if time.monotonic() > deadline:
                    raise
                PAUSED.wait(0.2)

    def stop_database(self) -> None:
        """Cleanly, as for a copy of its files."""
        place = self.folder.place
        with place.locked():
            postgres.stop(place)

    def start_database(self) -> None:
        """And waits until the web server is ready again."""
        from django.db import connections

        connections.close_all()
        self._start_again()
        deadline = time.monotonic() + 60
        while "web" in self.processes.running and self.visitor(PEOPLE[0]).ask("/readyz").status != 200:
            if time.monotonic() > deadline:
                raise ServiceRefused("The web server does not become ready again.")
            PAUSED.wait(0.2)

    def end(self) -> None:
        self.listener.close()
        self.processes.__exit__(None, None, None)
        embedded.stop(self.folder.place)
