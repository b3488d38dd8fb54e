"""The recordings of a tenant: listed, searched, exported, discarded many at once; each with a page of its own."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.admin import action
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone

from apps.access.declarations import View, needs
from apps.access.permissions import Permission, may
from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.console import lives
from apps.console.exporting import Row
from apps.console.filters import Days, Keeping
from apps.console.kinds import Kind
from apps.console.pages import recording as pages
from apps.recordings import discarding
from apps.recordings.access import recording_for, recordings_visible_to
from apps.recordings.errors import Held, IllegalMove
from apps.recordings.models import Recording, Why
from apps.recordings.naming import label_of, name_of, named
from apps.recordings.reasons import reason_of

P = Permission


class Recordings(Kind):
    """What was uploaded, and how far each is."""

    permissions = {"view": P.RECORDINGS_READ, "discard": P.RECORDINGS_DISCARD}  # read by apps/access
    called = ("recording", "recordings")
    change_list_template = "console/recordings.html"
    list_display = ["id", "state"]
    list_filter = ["state", Keeping, Days.of("created", "Uploaded")]
    search_fields = ["id", "digest", "uploaded_by_name"]
    exported = (
        "id", "name", "state", "reason", "size", "digest", "uploaded_by_kind", "uploaded_by_name", "created",
        "discard_after", "held", "held_by_name", "held_why", "specified", "discarded", "discard_why",
    )  # fmt: skip
    ordering = ["-created", "-id"]
    actions = ["discard_chosen"]

    def further_pages(self) -> list[URLPattern]:
        read = needs(GET=P.RECORDINGS_READ)
        discards = needs(GET=P.RECORDINGS_DISCARD, POST=P.RECORDINGS_DISCARD)
        holds = needs(GET=P.RECORDINGS_HOLD, POST=P.RECORDINGS_HOLD)
        return [
            self._to("upload/", needs(GET=P.RECORDINGS_UPLOAD)(pages.upload), "upload"),
            self._to("forget/", discards(pages.forget), "forget"),
            self.at("<uuid:recording>/", read(self.one), "change"),
            self.at("<uuid:recording>/history/", needs(GET=P.AUDIT_READ)(self.history_of_recording), "history"),
            self._to("<uuid:recording>/state/", read(pages.state), "state"),
            self._to("<uuid:recording>/again/", needs(POST=P.RECORDINGS_UPLOAD)(pages.again), "again"),
            self._to("<uuid:recording>/hold/", holds(pages.hold), "hold"),
            self._to("<uuid:recording>/lift/", needs(POST=P.RECORDINGS_HOLD)(pages.lift), "lift"),
            self._to("<uuid:recording>/discard/", discards(pages.discard), "discard"),
        ]

    def _to(self, route: str, view: View, page: str) -> URLPattern:
        """An address for a view that is told the site, as those of ``addresses`` are."""
        return path(route, self.admin_site.admin_view(view), {"site": self.admin_site}, name=self.name_of(page))

    # ---- the list -----------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Recording]:
        return recordings_visible_to(request).defer(None)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Recording], search_term: str
    ) -> tuple[QuerySet[Recording], bool]:
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if not search_term:
            return found, may_repeat
        return found | queryset.filter(id__in=named(queryset, search_term)), may_repeat

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        more = {"may_upload": may(request, P.RECORDINGS_UPLOAD), "may_discard": may(request, P.RECORDINGS_DISCARD)}
        return super().changelist_view(request, {**more, "now": timezone.now(), **(extra_context or {})})

    def row(self, one: Recording) -> Row:
        return {**super().row(one), "name": name_of(one)}

    def has_discard_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "discard")

    @action(description="Discard…", permissions=["discard"])
    def discard_chosen(self, request: HttpRequest, chosen: QuerySet[Recording]) -> HttpResponseBase | None:
        """Asks once more, on a page that names them; then does it, each with its own entries."""
        found = list(chosen.order_by("-created", "-id"))
        if request.POST.get("sure") != "yes":
            return self.admin_site.render(
                request, "console/recordings_discard.html", "Discard recordings", chosen=found,
                held=[one for one in found if one.held is not None],
            )  # fmt: skip
        gone, refused = 0, []
        for one in found:
            try:
                discarding.discard(one.pk, Why.ASKED)
                gone += 1
            except (Held, IllegalMove) as error:
                refused.append(str(error))
        if gone:
            messages.success(request, f"{gone} {self.called[gone != 1]}: discarded, each with a certificate.")
        for words in refused:
            messages.error(request, words)
        return None

    # ---- one of them --------------------------------------------------------------------------------------------

    def one(self, request: HttpRequest, recording: uuid.UUID) -> HttpResponseBase:
        found = recording_for(request, recording, P.RECORDINGS_READ)
        lines = self.last_of(request, found)  # asked before it is noted that they were read
        record(Action.ACCESS, found, narrative="Read on the console")
        return self.admin_site.render(
            request, "console/recording.html", label_of(found), recording=found, steps=lives.steps_of(found),
            is_working=lives.is_working(found), reason=reason_of(found.reason) if found.reason else None,
            certificate=pages.certificate_of(found), spec=pages.spec_of(request, found, self.admin_site),
            lines=lines, offers=pages.offers_for(request, found),
        )  # fmt: skip

    def history_of_recording(self, request: HttpRequest, recording: uuid.UUID) -> HttpResponseBase:
        found = recording_for(request, recording, P.AUDIT_READ)
        return self.history(request, found, label_of(found))
