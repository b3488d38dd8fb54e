"""Editing a spec: checked as often as one likes, kept once it passes."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from apps.access.objects import own_id, user_for
from apps.access.permissions import Permission
from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.console import spec_source
from apps.console.kinds import Kind
from apps.specs import editing
from apps.specs.access import spec_for
from apps.specs.comparing import compared
from apps.specs.errors import DoesNotPass, Overtaken, SpecError
from apps.specs.models import Spec, SpecVersion
from specward.language.findings import UNGROUNDED
from specward.language.gate import Checked
from specward.language.registry import MAX_SOURCE_BYTES

P = Permission


class Editing(Kind):
    """The page on which a spec is edited."""

    def edit(self, request: HttpRequest, spec: uuid.UUID) -> HttpResponseBase:
        found = spec_for(request, spec, P.SPECS_EDIT)
        newest = editing.newest_of(found)
        text = newest.text.reveal()
        if request.method != "POST":
            record(Action.ACCESS, newest, details={"number": newest.number}, narrative="Opened to be edited")
            return self._shown(request, found, newest, text)
        # A form of a browser ends lines with CRLF.
        text = request.POST.get("text", "").replace("\r\n", "\n")
        given = request.POST.get("based_on", "")
        based_on = int(given) if given.isdecimal() and len(given) < 9 else newest.number
        try:
            if request.POST.get("do") == "save":
                version = editing.edit(
                    found, text, by=user_for(request, own_id(request), P.SPECS_EDIT), based_on=based_on
                )
                self._say_what_is_next(request, version)
                return redirect(self.admin_site.address(self.name_of("change"), found.pk))
            return self._shown(request, found, newest, text, editing.check(newest, text), based_on=based_on)
        except DoesNotPass as refused:
            return self._shown(
                request, found, newest, text, Checked(None, None, refused.findings), was_saved=True, based_on=based_on
            )
        except SpecError as error:
            overtaken = error.newest if isinstance(error, Overtaken) else None
            return self._shown(
                request, found, newest, text, error=str(error), based_on=based_on, overtaken_by=overtaken
            )

    def _say_what_is_next(self, request: HttpRequest, version: SpecVersion) -> None:
        if not version.ungrounded:
            messages.success(request, f"Version {version.number} is kept as a draft. Approve it to have it used.")
            return
        things = "one thing" if version.ungrounded == 1 else f"{version.ungrounded} things"
        messages.warning(
            request,
            f"Version {version.number} is kept as a draft. It says {things} that the recording does not bear out, so "
            "somebody else has to approve it.",
        )

    def _shown(
        self, request: HttpRequest, spec: Spec, newest: SpecVersion, text: str, checked: Checked | None = None,
        **more: Any,
    ) -> HttpResponseBase:  # fmt: skip
        context: dict[str, Any] = {
            "spec": spec, "newest": newest, "text": text, "based_on": newest.number, "checked": checked,
            "next_number": newest.number + 1, "most": MAX_SOURCE_BYTES, "overruled": UNGROUNDED, **more,
        }  # fmt: skip
        if checked is not None and checked.findings:
            context["findings"] = checked.findings
            context["excerpts"] = spec_source.excerpts(text, checked.findings)
        if checked is not None and checked.text is not None:
            context["changed"] = compared(newest.text.reveal(), checked.text)
        return self.admin_site.render(request, "console/spec_edit.html", f"Edit {spec.title.reveal()}", **context)
