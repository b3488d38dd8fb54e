"""The demo's main job: recordings are uploaded, followed to their specs, and what they left is looked at.

Imported once Django is set up.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any, Final

from apps.inference.models import OK, ModelCall
from apps.recordings.models import Certificate, Recording, State, Step
from apps.specs.editing import newest_of
from apps.specs.models import Sighting, Spec, SpecVersion
from apps.tenants.walls import behind
from apps.vault import configured
from demo.flows import RECORDINGS
from demo.people import ALICE, MALLORY, Person
from demo.visitor import Refused, Visitor, refuses_plain_http, refuses_tls_1_2

if TYPE_CHECKING:
    from demo.serving import Demo

_UPLOADS: Final = "/api/v1/recordings/uploads"
_CALL = re.compile(r"^    (\w+)\(", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Upload:
    """A recording that was taken in."""

    name: str
    owner: Person
    id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Made:
    """What became of it."""

    upload: Upload
    text: str
    certified: bool

    @property
    def told(self) -> str:
        calls = _CALL.findall(self.text)
        assertions = sum(call.startswith("expect_") for call in calls)
        kept = "discarded, certified" if self.certified else "kept for 30 days"
        return f"{len(calls) - assertions:2} actions, {assertions:2} assertions; recording {kept}"


@dataclass
class Uploader:
    """Somebody who signs in and brings recordings in by the API, as the upload page does."""

    demo: Demo
    owner: Person
    visitor: Visitor

    @staticmethod
    def of(demo: Demo, owner: Person) -> Uploader:
        """Signed in. Raises :class:`Refused`."""
        visitor = demo.visitor(owner)
        visitor.sign_in(owner.email, demo.passwords[owner.name])
        return Uploader(demo, owner, visitor)

    def bring(self, name: str) -> Upload:
        """Brings a recording of the shop in: announced, sent, received. Raises :class:`Refused`."""
        content = (RECORDINGS / f"{name}.json.gz").read_bytes()
        announced = json.dumps({"name": f"{name}.json.gz", "size": len(content)}).encode()
        begun = self._sent("POST", _UPLOADS, announced, "application/json", 201)
        address = f"{_UPLOADS}/{begun['id']}"
        done = self._sent("PATCH", address, content, "application/octet-stream", 200, Upload_Offset="0")
        return Upload(name, self.owner, uuid.UUID(done["recording"]["id"]))

    def have_refined(self) -> None:
        """From now on a model refines the tenant's specs. Raises :class:`Refused`."""
        wanted = {"writer": "refined", "client": "anthropic", "model": "claude-sonnet-5-5"}
        self._sent("PATCH", "/api/v1/inference/settings", json.dumps(wanted).encode(), "application/json", 200)

    def _sent(self, method: str, path: str, body: bytes, kind: str, expected: int, **headers: str) -> dict[str, Any]:
        answer = self.visitor.send(method, path, body, kind, **headers)
        if answer.status != expected:
            raise Refused(f"{method} {self.visitor.address}{path} answered {answer.status}: {answer.text[:300]}")
        found: dict[str, Any] = json.loads(answer.text)
        return found


def followed(demo: Demo, uploads: Sequence[Upload]) -> list[Made]:
    """Says how far each is until all have their specs. Raises :class:`Refused` where one gets none."""
    made: list[Made] = []
    left = list(uploads)
    with demo.console.status("") as status:

        def news() -> bool | None:
            for one in list(left):
                if (end := _end(one)) is not None:
                    left.remove(one)
                    made.append(end)
                    demo.say(f"[{demo.seconds:3.0f} s] {one.owner.tenant.name:<6} {one.name:<30} {end.told}")
            status.update(f"{len(made)} of {len(uploads)} specs. {_now(left)}")
            return True if not left else None

        demo.waited(news, "Not every recording has become a spec", 300)
    return made


def _end(one: Upload) -> Made | None:
    with behind(one.owner.walls):
        recording = Recording.objects.get(id=one.id)
        if recording.state == State.FAILED:
            raise Refused(f"{one.name} became no spec: {recording.reason}.")
        goes = recording.keep_days == 0
        if recording.state != (State.DISCARDED if goes else State.SPECIFIED):
            return None
        return Made(one, newest_of(Spec.objects.get(sightings__recording=recording)).text.reveal(), goes)


def _now(left: Sequence[Upload]) -> str:
    for one in left:
        with behind(one.owner.walls):
            step = Recording.objects.filter(id=one.id).values_list("step", flat=True).get()
            if step:
                return f"{one.name}: {Step(step).label.lower()}"
    return ""


def look(demo: Demo, uploads: Sequence[Upload]) -> None:
    """Looks at it as those would to whom the addresses are given. Raises :class:`Refused`."""
    demo.head("What was looked at")
    _look_at_the_door(demo)
    _look_inside(demo)
    for owner in (ALICE, MALLORY):
        _look_at_what_is_kept(demo, owner, [one for one in uploads if one.owner is owner])
    _look_at_what_a_model_was_asked(demo)
    _look_at_readiness(demo)
    demo.processes.check()
    _found(demo, f"web, worker, webhooks, provisioner, sequencer and schedule run: {len(demo.processes.running)} of 6")


def _found(demo: Demo, words: str) -> None:
    demo.say(f"  {words}")


def _look_at_the_door(demo: Demo) -> None:
    visitor = demo.visitor(ALICE)
    with visitor.connect() as connection:
        version = connection.version()
    if version != "TLSv1.3" or not refuses_tls_1_2(visitor) or not refuses_plain_http(visitor):
        raise Refused(f"{visitor.address} is open to less than TLS 1.3 ({version}).")
    _found(demo, f"{visitor.address} speaks TLS 1.3; TLS 1.2 and plain http are turned away")
    missing = visitor.ask("/there-is-no-such-page/")
    if missing.status != 404 or "DEBUG" in missing.text:
        raise Refused(f"A page that is not there answers {missing.status}.")


def _look_at_readiness(demo: Demo) -> None:
    """The web process works, by its own word; its figures are for nobody without a token."""
    visitor = demo.visitor(ALICE)
    ready = visitor.ask("/readyz")
    if ready.status != 200 or visitor.ask("/metrics").status != 404:
        raise Refused(f"/readyz says {ready.status}: {ready.text[:200]}")
    _found(demo, f"/readyz: {', '.join(json.loads(ready.text)['parts'])} work; /metrics needs a token")


def _look_at_what_a_model_was_asked(demo: Demo) -> None:
    """Every call is a row; those of the tenant that chose a model, and nobody else's."""
    with behind(ALICE.walls):
        calls = list(ModelCall.objects.all())
        by_model = sum(version.by_model for version in SpecVersion.objects.all())
    with behind(MALLORY.walls):
        elsewhere = ModelCall.objects.count()
    failed = [call.outcome for call in calls if call.outcome != OK]
    # Two sessions of one path that are written at the same time are asked about twice, and make one spec.
    if failed or elsewhere or bool(by_model) != bool(calls) or by_model > len(calls):
        raise Refused(
            f"{len(calls)} calls, {by_model} specs by a model, {elsewhere} calls at Globex, failed: {failed}."
        )
    size = sum(call.request_bytes for call in calls) // max(1, len(calls))
    _found(
        demo, f"{by_model} of Acme's specs were refined by the double, in requests of {size:,} bytes; none of Globex's"
    )


def _look_inside(demo: Demo) -> None:
    visitor = demo.visitor(ALICE)
    page = visitor.sign_in(ALICE.email, demo.passwords[ALICE.name])
    if ALICE.name not in page.text:
        raise Refused(f"The page behind {visitor.address} does not know {ALICE.name}.")
    for cookie in page.cookies:
        for name, morsel in SimpleCookie(cookie).items():
            if name.startswith("__Host-") and not morsel["secure"]:
                raise Refused(f"The cookie {name} is not for https alone.")
    if "__Host-session" not in visitor.cookies or "max-age=31536000" not in page.headers.get(
        "strict-transport-security", ""
    ):
        raise Refused("The session's cookie, or the header that asks for https from now on, is missing.")
    if visitor.ask("/console/audit/").status != 200:
        raise Refused("The log cannot be read by an owner.")
    _found(demo, "Alice signs in and reads the log; her cookie is for https alone, and https is asked for from now on")
    stranger = demo.visitor(ALICE)
    try:
        stranger.sign_in(MALLORY.email, demo.passwords[MALLORY.name])
    except Refused:
        _found(demo, "Mallory of Globex, with her good password, does not get in at Acme")
    else:
        raise Refused("Mallory of Globex got in at Acme.")


def _look_at_what_is_kept(demo: Demo, owner: Person, uploads: Sequence[Upload]) -> None:
    goes = owner.tenant.plan == "team"
    with behind(owner.walls):
        specs = Spec.objects.count()
        sessions = Sighting.objects.count()
        discarded = Recording.objects.filter(state=State.DISCARDED).count()
        certified = Certificate.objects.count()
        objects = len(list(configured.object_store().names("recordings/")))
    expected = len(uploads) if goes else 0
    as_it_should = (len(uploads), expected, expected, len(uploads) - expected)
    if (sessions, discarded, certified, objects) != as_it_should or not 0 < specs <= sessions:
        raise Refused(
            f"{owner.tenant.name} has {specs} specs of {sessions} of {len(uploads)} sessions, {discarded} discarded, "
            f"{certified} certificates, {objects} stored."
        )
    _found(
        demo,
        f"{owner.tenant.name}: {specs} specs of {len(uploads)} recordings; {certified} discarded and certified, "
        f"{objects} stored",
    )
