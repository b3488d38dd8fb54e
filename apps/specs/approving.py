"""Approving a version by its digest, so that nobody approves what they did not read; and retiring a spec."""

from __future__ import annotations

import hmac
import uuid

from django.db import transaction
from django.db.models.functions import Now

from apps.accounts.models import User
from apps.audit.acting import narrating
from apps.specs.errors import DoesNotPass, IsRetired, NeedsAnotherPerson, NotADraft, OtherDigest
from apps.specs.models import Spec, SpecVersion
from apps.specs.opening import opened


def approve(version: SpecVersion, *, digest: str, by: User) -> None:
    """Makes a draft the version that is exported and run; the one before it is retired.

    ``digest`` is what the approver read: SHA-256 of the text, hexadecimal. The text goes through today's gate again.
    Raises :class:`OtherDigest`, :class:`NotADraft`, :class:`NeedsAnotherPerson` (a writer of what the recording does
    not bear out, see :func:`writers_of`), :class:`IsRetired`, :class:`DoesNotPass`, and what :func:`opened` raises.
    """
    if not hmac.compare_digest(digest.lower().encode(), version.digest.encode()):
        raise OtherDigest
    checked = opened(version).checked
    if checked.spec is None:
        raise DoesNotPass(checked.findings)
    # Counted when it was written, and again: a gate that learnt since sees more.
    ungrounded = max(version.ungrounded, len(checked.ungrounded))
    if ungrounded and by.id in writers_of(version):
        raise NeedsAnotherPerson(ungrounded)
    with transaction.atomic(), narrating("A version was approved by its digest"):
        spec = Spec.objects.select_for_update().get(id=version.spec_id)
        if spec.retired is not None:
            raise IsRetired
        with narrating("Another version was approved"):
            spec.versions.filter(state=SpecVersion.State.APPROVED).exclude(id=version.id).update(
                state=SpecVersion.State.RETIRED
            )
        approved = spec.versions.filter(id=version.id, state=SpecVersion.State.DRAFT).update(
            state=SpecVersion.State.APPROVED,
            approved=Now(),
            approved_by_id=by.id,
            approved_by_name=by.name[:200],
        )
        if not approved:
            raise NotADraft(spec.versions.values_list("state", flat=True).get(id=version.id))
        spec.title = checked.spec.title
        spec.save(update_fields=["title"])


def writers_of(version: SpecVersion) -> set[uuid.UUID]:
    """Who wrote what a version says beyond the recording, and nobody has approved yet.

    An edit takes over what it was based on: whoever only changed its title has not vouched for the rest, and so the
    writer before them is no other person either.
    """
    found = {version.written_by_id}
    earlier = SpecVersion.objects.filter(spec=version.spec_id, number__lt=version.number).order_by("-number")
    # Each edit is of the newest version there was, so they follow each other by their numbers.
    for ungrounded, approved, writer in earlier.values_list("ungrounded", "approved", "written_by_id"):
        if not ungrounded or approved is not None:
            break
        found.add(writer)
    return {writer for writer in found if writer is not None}


def retire(spec: Spec, *, by: User) -> None:
    """Takes a spec and all of its versions out of use; what was exported stays where it is.

    Raises :class:`IsRetired`, also for a second time.
    """
    with transaction.atomic(), narrating("A spec was retired"):
        retired = Spec.objects.filter(id=spec.id, retired__isnull=True).update(
            retired=Now(), retired_by_id=by.id, retired_by_name=by.name[:200]
        )
        if not retired:
            raise IsRetired
        SpecVersion.objects.filter(spec=spec).exclude(state=SpecVersion.State.RETIRED).update(
            state=SpecVersion.State.RETIRED
        )
