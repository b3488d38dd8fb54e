"""What ``script/demo`` shows: the service on this machine, and recordings that become specs in it.

``python -m demo.serving [--only NAME]...``. It stays up until Ctrl-C; with ``DEMO_ONCE=1`` it ends once everything was
looked at. Exit code: 0 where all went as it should, 2 where it could not begin, else 1.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from rich.console import Console
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

from config import embedded
from config.embedded.place import ROOT, ServiceRefused
from demo import certificates
from demo.flows import RECORDINGS, names
from demo.people import ALICE, BOB, CORA, MALLORY, PEOPLE, SAM, TENANTS, Person, new_password
from demo.processes import Died, Ended, Processes, ended_by_signals, without_interruption
from demo.state import CannotStart, Folder, environment, listening
from demo.visitor import Refused, Visitor
from specward.doubles import Reasonable, serving

FIRST = "redeem-a-voucher"
"""Its spec is shown as soon as it is there."""
GLOBEX_S = "subscribe"
T = TypeVar("T")


@dataclass
class Demo:
    """One showing."""

    console: Console
    folder: Folder
    port: int
    processes: Processes
    began: float
    verify_with: list[str] = field(default_factory=list)
    """The commands that check the log and the evidence of Acme, without the service."""
    passwords: dict[str, str] = field(default_factory=lambda: {person.name: new_password() for person in PEOPLE})

    def say(self, words: str = "", style: str = "") -> None:
        # Never cut or broken: a password or an address is taken from here.
        self.console.print(Text(words, style=style), soft_wrap=True)
        self.console.file.flush()

    def head(self, words: str) -> None:
        self.say()
        self.console.print(Rule(Text(words, style="bold"), align="left", characters="─"))

    @property
    def seconds(self) -> float:
        """Since ``script/demo`` was started, its preparations included."""
        return time.time() - self.began

    def visitor(self, person: Person) -> Visitor:
        return Visitor(person.tenant.host, self.port, self.folder.certificates / "authority.pem")

    def answers(self, person: Person) -> bool:
        """Whether the web server is there yet."""
        try:
            return self.visitor(person).ask("/healthz").status == 200
        except OSError:
            return False

    def waited(self, find: Callable[[], T | None], what: str, seconds: float = 120) -> T:
        """What is found at last. Raises :class:`Refused` where it is not, and :class:`Died`."""
        deadline = time.monotonic() + seconds
        while (found := find()) is None:
            self.processes.check()
            if time.monotonic() > deadline:
                raise Refused(f"{what}: not within {seconds:.0f} s. {self.processes.last_words('worker')}")
            time.sleep(0.1)
        return found


def begin(demo: Demo, listener: int) -> None:
    """The service, from nothing: databases, tables, tenants, people, processes."""
    certificates.make(demo.folder.certificates, [wanted.host for wanted in TENANTS])
    embedded.ensure(demo.folder.place)
    demo.say(f"[{demo.seconds:3.0f} s] PostgreSQL and Valkey run, in {os.path.relpath(demo.folder.root)}")
    processes = demo.processes
    celery = ["celery", "-A", "config.celery"]
    quiet = ["--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    processes.start("worker", [*celery, "worker", "-Q", "default", "-c", "2", "-n", "worker@%h", *quiet])
    web = ["gunicorn", "-c", "python:config.web", "config.wsgi"]
    processes.start("web", web, keep=[listener], SPECWARD_WEB_BIND=f"fd://{listener}")
    _fill(demo)
    demo.say(f"[{demo.seconds:3.0f} s] Tables, tenants and people are made: {', '.join(one.name for one in TENANTS)}")
    provisioning = ["worker", "-Q", "provisioning", "--pool", "solo", "-n", "provisioner@%h"]
    processes.start("provisioner", [*celery, *provisioning, *quiet], SPECWARD_ROLE="migrator")
    told = ["worker", "-Q", "webhooks", "--pool", "solo", "-n", "webhooks@%h"]
    processes.start("webhooks", [*celery, *told, *quiet])
    processes.start("sequencer", ["manage", "sequence_logs"], SPECWARD_ROLE="sequencer")
    schedule = str(demo.folder.root / "schedule")
    processes.start("schedule", [*celery, "beat", "--loglevel", "INFO", "--schedule", schedule, "--pidfile", ""])


def _fill(demo: Demo) -> None:
    made = subprocess.run(  # our own module
        [sys.executable, "-m", "demo.filling"],
        cwd=ROOT,
        env={**demo.processes.environment, "SPECWARD_ROLE": "migrator"},
        input=json.dumps(demo.passwords),
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise Refused(f"The tenants could not be made:\n{made.stderr[-2000:]}")


def _be_the_app(given: dict[str, str]) -> None:
    """Makes this process one of the service's own, as the app role: it uploads, and looks at what comes of it."""
    for name in list(os.environ):
        if name not in given:
            del os.environ[name]
    os.environ.update(given)
    import django

    django.setup()


def show(demo: Demo, wanted: Sequence[str]) -> None:
    """The job: recordings in, specs out."""
    from demo import generating, promising, proving

    demo.head("A recording becomes a spec")
    demo.waited(lambda: demo.answers(ALICE) or None, "The web server does not answer")
    alice = generating.Uploader.of(demo, ALICE)
    first = alice.bring(FIRST)
    demo.say(f"[{demo.seconds:3.0f} s] Alice signed in, and uploaded {RECORDINGS.name}/{FIRST}.json.gz by the API")
    made = generating.followed(demo, [first])[0]
    demo.say(f"[{demo.seconds:3.0f} s] The first spec, made of it by a worker of the service:\n", "bold green")
    text = Syntax(made.text, "python", theme="ansi_dark", background_color="default", word_wrap=True)
    demo.console.print(text)
    rest = [name for name in wanted if name not in (FIRST, GLOBEX_S)]
    demo.head("A model may write, and cannot do harm")
    alice.have_refined()
    demo.say(
        f"[{demo.seconds:3.0f} s] Alice has Acme's specs refined from now on: a model groups, chooses, gives titles."
    )
    demo.say("       There is no model here: a double of one answers, by rules, on this machine's loopback. It is told")
    demo.say(
        "       which controls were used, and placeholders for everything else; what it answers are ids and titles."
    )
    demo.head(f"{len(rest) + 1} more, one of them of another customer")
    uploads = [generating.Uploader.of(demo, MALLORY).bring(GLOBEX_S), *map(alice.bring, rest)]
    generating.followed(demo, uploads)
    generating.look(demo, [first, *uploads])
    demo.verify_with = [proving.prove_the_log(demo)]
    demo.head("Is each promise kept?")
    demo.verify_with.append(promising.prove_the_promises(demo))


def tell(demo: Demo) -> None:
    """Where it is, who can sign in, what to look at first."""
    demo.head(f"Specward runs, and stays until Ctrl-C ({demo.seconds:.0f} s)")
    for tenant in (ALICE.tenant, MALLORY.tenant, SAM.tenant):
        theirs = [person for person in PEOPLE if person.tenant is tenant]
        demo.say(f"\n  {demo.visitor(theirs[0]).address}/", "bold cyan")
        for person in theirs:
            role = person.role.replace("_", " ")
            demo.say(f"    {person.email:<26} {demo.passwords[person.name]}   {role}: {person.may}")
    alice, sam = demo.visitor(ALICE).address, demo.visitor(SAM).address
    near = os.path.relpath(demo.folder.root)
    demo.say(
        "\nThe passwords are of this demo alone and said only here. Chromium and Firefox find names below .localhost"
    )
    demo.say("on this machine by themselves. The certificate is by an authority of this demo, which a browser does not")
    demo.say(f"know: let it through, or trust {near}/certificates/authority.pem")
    demo.say("\nLook first at:", "bold")
    for address, what in (
        (f"{alice}/console/posture/", "whether each promise is kept, since when, and what needs whom"),
        (f"{alice}/console/specs/spec/", "the specs, each step beside the events that it came from"),
        (f"{alice}/console/", f"what {ALICE.name} sees; {BOB.name} and {CORA.name} see and may do less"),
        (
            f"{alice}/console/inference/modelcall/",
            "who writes, what a model was asked and what it took; what it was told is in the docs",
        ),
        (f"{alice}/console/audit/", "every step of those recordings, as the database wrote it down"),
        (f"{alice}/console/audit/proof/", "how that log is signed, and how you check it without us"),
        (f"{sam}/trust/", "what everybody may know: the promises as they stand at Specward itself"),
        (f"{sam}/platform/", "our own side: customers, without anything that they keep"),
        (f"{demo.visitor(MALLORY).address}/console/", "another customer: nothing of Acme's is here"),
    ):
        demo.say(f"  {address}", "cyan")
        demo.say(f"      {what}", "dim")
    demo.say("\nThe log of Acme and the evidence, as they were a moment ago, checked by yourself:", "bold")
    for command in demo.verify_with:
        demo.say(f"  {command}", "cyan")
    demo.say(f"\nMails are written to {near}/mail, logs to {near}/logs. All of it goes with the next demo.")
    demo.say("script/demo --library runs the specs in Chromium, breaks the shop, and finds the fault.")


def stay(demo: Demo) -> None:
    """Until somebody ends it. Raises :class:`Died` where a process ends by itself."""
    while True:
        demo.processes.check()
        time.sleep(1)


def run(console: Console, wanted: Sequence[str], began: float, *, once: bool) -> int:
    """The whole of it; returns the exit code."""
    folder = Folder.here()
    with listening() as listener:
        port: int = listener.getsockname()[1]
        with folder.alone(f"https://{ALICE.tenant.host}:{port}"), ended_by_signals(), serving(Reasonable()) as model:
            folder.empty()
            given = {**environment(folder, port), "SPECWARD_MODEL_URL": model, "SPECWARD_ANTHROPIC_KEY": "the-double-s"}
            try:
                with Processes(folder.logs, given) as processes:
                    demo = Demo(console, folder, port, processes, began)
                    begin(demo, listener.fileno())
                    listener.close()
                    _be_the_app(given)
                    show(demo, wanted)
                    tell(demo)
                    if not once:
                        stay(demo)
            finally:
                with without_interruption():
                    embedded.stop(folder.place)
    console.print(f"All of it went as it should; everything is ended again ({time.time() - began:.0f} s).")
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.serving", description="The service, with its main job done.")
    parser.add_argument("--only", action="append", choices=names(), metavar="NAME", help="only these recordings")
    given = parser.parse_args()
    console = Console(highlight=False)
    console.width = min(console.width, 100)
    began = float(os.environ.get("SPECWARD_DEMO_BEGAN") or time.time())
    try:
        code = run(console, given.only or list(names()), began, once=os.environ.get("DEMO_ONCE") == "1")
    except Ended:
        console.print("\nEnded: no process of it runs any more.")
        code = 0
    except (CannotStart, ServiceRefused) as refused:
        console.print(Text(str(refused), style="bold red"), soft_wrap=True)
        code = 2
    except (Refused, Died) as failed:
        console.print(Text(f"The demo failed. {failed}", style="bold red"), soft_wrap=True)
        code = 1
    raise SystemExit(code)


if __name__ == "__main__":
    main()
