"""Recordings that stand in a list, in whatever state, without a store or a worker."""

from __future__ import annotations

import datetime
import hashlib
import uuid
from typing import Any

from django.utils import timezone

from apps.recordings.models import Recording, State
from apps.specs.models import Sighting, Spec, SpecVersion
from specward.recording.actions import ActionKind, Effect, EffectKind
from specward.recording.sheet import Sheet, SheetStep

_WAY = {
    State.ARRIVING: (),
    State.RECEIVED: (State.RECEIVED,),
    State.GENERATING: (State.RECEIVED, State.GENERATING),
    State.FAILED: (State.RECEIVED, State.GENERATING, State.FAILED),
    State.SPECIFIED: (State.RECEIVED, State.GENERATING, State.SPECIFIED),
}


def a_recording(name: str, state: State = State.RECEIVED, *, size: int = 48_213, **columns: Any) -> Recording:
    """One that came this way; behind the walls that stand. ``columns`` are set with its last step."""
    later = timezone.now() + datetime.timedelta(days=30)
    made = Recording.objects.create(
        name=name, keep_days=30, next_look=later, discard_after=columns.pop("discard_after", later),
        uploaded_by_kind="user", uploaded_by_name=columns.pop("by", "Alice"),
    )  # fmt: skip
    for step in _WAY[state]:
        more: dict[str, Any] = {"digest": uuid.uuid4().hex * 2, "size": size} if step is State.RECEIVED else {}
        if step is State.SPECIFIED:
            more["specified"] = timezone.now()
        Recording.objects.filter(pk=made.pk).update(state=step, **more, **(columns if step is state else {}))
    if state is State.ARRIVING and columns:
        Recording.objects.filter(pk=made.pk).update(**columns)
    made.refresh_from_db()
    return made


def a_spec_of(recording: Recording, title: str = "Buys a lamp", kept: Any = (), **columns: Any) -> SpecVersion:
    """The draft that was made of it; ``kept`` is what a person would check in any case."""
    spec = Spec.objects.create(title=title)
    text = f'spec("{title}", origin="https://shop.example")\n\nwith step("Look"):\n    goto("/")\n'
    seen = SheetStep(ActionKind.GOTO, (), "/", (Effect(EffectKind.URL, text="/"),))
    version = SpecVersion.objects.create(
        spec=spec, number=1, digest=hashlib.sha256(text.encode()).hexdigest(), text=text, recording=recording,
        sheet=Sheet("https://shop.example", "", (seen,)).to_bytes(),
        notes={
            "notes": [], "secrets": [], "fixtures": [], "requires": [], "events": [[0, 0, 1, 0]],
            "beside": {"kept": list(kept)},
        },
        **columns,
    )  # fmt: skip
    Sighting.objects.create(spec=spec, recording=recording)
    return version
