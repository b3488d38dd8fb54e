"""What can be done with a recording, each at an address of its own: another try, a hold, a discard."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from apps.access.permissions import Permission, may
from apps.audit.acting import Actor
from apps.console import forms, lives
from apps.console.sites import ConsoleSite
from apps.recordings import discarding, life
from apps.recordings.access import recording_for
from apps.recordings.errors import RecordingError
from apps.recordings.limits import caps
from apps.recordings.models import Certificate, Recording, State, Why
from apps.recordings.naming import label_of
from apps.specs.access import versions_visible_to
from apps.specs.models import Sighting, SpecVersion

P = Permission
_DISCARDABLE: Final = frozenset({State.RECEIVED, State.GENERATING, State.SPECIFIED, State.FAILED})


@dataclass(frozen=True, slots=True)
class Offers:
    """What whoever asks may do with a recording as it is now."""

    again: bool
    hold: bool
    lift: bool
    discard: bool


@dataclass(frozen=True, slots=True)
class MadeSpec:
    """The spec of a recording's path. ``version`` is the one that was made of it; None: the path had its spec already,
    and the session is counted on it."""

    address: str
    version: SpecVersion | None


def offers_for(request: HttpRequest, recording: Recording) -> Offers:
    """By the permissions of whoever asks, and by the recording's state."""
    lives_on = State(recording.state) in _DISCARDABLE
    held = recording.held is not None
    return Offers(
        again=recording.state == State.FAILED and may(request, P.RECORDINGS_UPLOAD),
        hold=lives_on and not held and may(request, P.RECORDINGS_HOLD),
        lift=held and may(request, P.RECORDINGS_HOLD),
        discard=lives_on and not held and may(request, P.RECORDINGS_DISCARD),
    )


def certificate_of(recording: Recording) -> Certificate | None:
    """The certificate of its discard; None before."""
    if recording.state != State.DISCARDED:
        return None
    return Certificate.objects.filter(recording_id=recording.pk).first()


def spec_of(request: HttpRequest, recording: Recording, site: ConsoleSite) -> MadeSpec | None:
    """What was made of it, for those who may read specs."""
    if recording.specified is None or not may(request, P.SPECS_READ):
        return None
    version = versions_visible_to(request).filter(recording_id=recording.pk).first()
    if version is not None:
        return MadeSpec(site.address("specs_spec_change", version.spec_id), version)
    seen = Sighting.objects.filter(recording_id=recording.pk).first()
    return None if seen is None else MadeSpec(site.address("specs_spec_change", seen.spec_id), None)


def state(request: HttpRequest, site: ConsoleSite, recording: uuid.UUID) -> HttpResponseBase:
    """For the page that follows: how far it is."""
    return JsonResponse(lives.told(recording_for(request, recording, P.RECORDINGS_READ)))


def again(request: HttpRequest, site: ConsoleSite, recording: uuid.UUID) -> HttpResponseBase:
    found = recording_for(request, recording, P.RECORDINGS_UPLOAD)
    try:
        life.try_again(found.pk)
    except RecordingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Another try is asked for.")
    return _back(site, found)


def hold(request: HttpRequest, site: ConsoleSite, recording: uuid.UUID) -> HttpResponseBase:
    found = recording_for(request, recording, P.RECORDINGS_HOLD)
    form = forms.Hold(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            life.hold(found.pk, Actor.user(request.user), form.cleaned_data["why"])
        except RecordingError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "It is under a legal hold: nobody and no schedule discards it.")
            return _back(site, found)
    return site.render(
        request, "console/recording_hold.html", "Place a legal hold", recording=found, name=label_of(found), form=form
    )


def lift(request: HttpRequest, site: ConsoleSite, recording: uuid.UUID) -> HttpResponseBase:
    found = recording_for(request, recording, P.RECORDINGS_HOLD)
    try:
        life.lift(found.pk)
    except RecordingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The hold is lifted. What is past its retention goes with the next purge.")
    return _back(site, found)


def discard(request: HttpRequest, site: ConsoleSite, recording: uuid.UUID) -> HttpResponseBase:
    found = recording_for(request, recording, P.RECORDINGS_DISCARD)
    if request.method != "POST":
        return site.render(
            request, "console/recording_discard.html", "Discard this recording?", recording=found, name=label_of(found)
        )
    try:
        discarding.discard(found.pk, Why.ASKED)
    except RecordingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "It is discarded: its bytes are deleted, and a certificate says so.")
    return _back(site, found)


def forget(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    """Two steps: what would go is said first, and done when it is asked for again."""
    form = forms.Forget(request.POST if request.method == "POST" else None)
    would = done = None
    if request.method == "POST" and form.is_valid():
        end_user: str = form.cleaned_data["end_user"]
        if request.POST.get("sure") == "yes":
            done = discarding.forget(end_user)
        else:
            would = discarding.would_forget(end_user)
    return site.render(
        request, "console/recordings_forget.html", "Forget a recorded person", form=form, would=would, done=done
    )


def upload(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    return site.render(
        request, "console/upload.html", "Upload recordings", most=caps().upload, scheme=request.scheme,
        host=request.get_host(), may_make_tokens=may(request, P.TOKENS_OWN),
    )  # fmt: skip


def _back(site: ConsoleSite, recording: Recording) -> HttpResponseBase:
    return redirect(site.address("recordings_recording_change", recording.pk))
