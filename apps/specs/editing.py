"""An edit is another version, once its text has passed the gate. What it says beyond the recording is counted."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from apps.accounts.models import User
from apps.audit.acting import narrating
from apps.specs.errors import DoesNotPass, IsRetired, Overtaken, Unchanged
from apps.specs.models import Spec, SpecVersion
from apps.specs.opening import judged, opened
from specward.language.export.render import fixture_names, secret_names
from specward.language.gate import Checked
from specward.language.printer import spec_digest


def check(version: SpecVersion, text: str) -> Checked:
    """What the gate says of a text in the place of a version, held against that version's sheet."""
    whole = opened(version)
    return judged(_plain(text), whole.sheet, whole.notes)


def edit(spec: Spec, text: str, *, by: User, based_on: int) -> SpecVersion:
    """Keeps a text, in its canonical form, as the newest version of a spec: a draft.

    ``based_on`` is the number of the version that was edited. Raises :class:`DoesNotPass` with what the gate refuses,
    :class:`Overtaken`, :class:`Unchanged` and :class:`IsRetired`. What the recording does not bear out is no refusal:
    it is for somebody else to approve.
    """
    newest = newest_of(spec)
    before = opened(newest)
    checked = judged(_plain(text), before.sheet, before.notes)
    if checked.spec is None or checked.text is None:
        raise DoesNotPass(checked.findings)
    with transaction.atomic(), narrating("A spec was edited"):
        locked = Spec.objects.select_for_update().get(id=spec.id)
        latest = locked.versions.aggregate(latest=Max("number"))["latest"]
        if locked.retired is not None:
            raise IsRetired
        if based_on != latest or newest.number != latest:
            raise Overtaken(based_on, latest)
        digest = spec_digest(checked.spec)
        if digest == newest.digest:
            raise Unchanged(latest)
        reasons = {one["name"]: one["reason"] for one in before.notes["secrets"]}
        return SpecVersion.objects.create(
            spec=locked,
            number=latest + 1,
            digest=digest,
            text=checked.text,
            sheet=newest.sheet.reveal(),
            notes={
                **before.notes,
                "secrets": [
                    {"name": name, "reason": reasons.get(name, "written by a person")}
                    for name in secret_names(checked.spec)
                ],
                "fixtures": fixture_names(checked.spec),
                "requires": list(checked.spec.requires),
            },
            based_on=based_on,
            ungrounded=len(checked.ungrounded),
            written_by_id=by.id,
            written_by_name=by.name[:200],
        )


def newest_of(spec: Spec) -> SpecVersion:
    """The version with the highest number, whatever its state."""
    return SpecVersion.objects.with_sealed().filter(spec=spec).order_by("-number")[:1].get()


def _plain(text: str) -> str:
    """A form of a browser sends CRLF, which the gate refuses; and text that ends without a line feed."""
    plain = text.replace("\r\n", "\n")
    return plain if plain.endswith("\n") or not plain else plain + "\n"
