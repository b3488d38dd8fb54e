"""Sinks: made, changed, switched on and off, tried, sent to again, taken away."""

from __future__ import annotations

import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.audit import placed
from apps.audit.acting import narrating
from apps.audit.recording import record
from apps.audit.tree import Leaf
from apps.audit.vocabulary import Action
from apps.siem import proving, waking
from apps.siem.errors import AddressRefused, NotInTheLog, ProofRefused, TestUnderWay, TooManySinks
from apps.siem.models import Sink
from apps.webhooks import addresses
from apps.webhooks.errors import UrlRefused

MOST: Final = 5
LARGEST_BATCH: Final = 1_000
USUAL_BATCH: Final = 200
LONGEST_TEST: Final = datetime.timedelta(minutes=1)
"""After which another one may be asked for, whatever became of it."""
_LOCK: Final = "siem sinks"
_PLAIN: Final = ("description", "format", "batch_size")


def make(
    url: str,
    format: str,
    proof: str = Sink.Proof.NOTHING,
    header: str = "",
    secret: str = "",
    description: str = "",
    batch_size: int = USUAL_BATCH,
    from_the_beginning: bool = False,
) -> Sink:
    """A sink that is sent what is logged from now on, or all that there is.

    Raises :class:`AddressRefused`, :class:`~apps.siem.errors.ProofRefused`, :class:`TooManySinks`.
    """
    origin = _origin(url)
    proving.check(Sink.Proof(proof), header, secret)
    with transaction.atomic(), narrating("A sink of the SIEM was made"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || %s, 0))", [_LOCK])
        if Sink.objects.filter(removed=None).count() >= MOST:
            raise TooManySinks(MOST)
        made = Sink.objects.create(
            url=url, origin=origin, format=format, proof=proof, header=header, secret=secret or None,
            description=description.strip(), batch_size=batch_size, next_try=timezone.now(),
            position=0 if from_the_beginning else placed.signed_size(),
        )  # fmt: skip
        waking.wake(made.id)
        return made


def change(sink: Sink, **wanted: Any) -> Sink:
    """Changes what is given of ``url``, ``format``, ``proof``, ``header``, ``secret``, ``description``, ``batch_size``
    and ``enabled``. A proof is given whole: with its secret, and its header where it has one.

    What is on its way meanwhile is sent again as it is to be now. Switched on, it goes on where it was. Raises
    :class:`AddressRefused` and :class:`~apps.siem.errors.ProofRefused`.
    """
    fields: dict[str, Any] = {name: wanted[name] for name in _PLAIN if name in wanted}
    if "url" in wanted:
        fields |= {"url": wanted["url"], "origin": _origin(wanted["url"])}
    if "proof" in wanted:
        given = Sink.Proof(wanted["proof"]), wanted.get("header", ""), wanted.get("secret", "")
        proving.check(*given)
        fields |= {"proof": given[0].value, "header": given[1], "secret": given[2] or None}
    elif fields.get("origin", sink.origin) != sink.origin and sink.proof != Sink.Proof.NOTHING:
        # Nobody reads a secret again who has given it: not by having it sent to an address of theirs either.
        raise ProofRefused("it is another collector's address, and the secret was given for this one; give it again")
    elif "secret" in wanted or "header" in wanted:
        raise ProofRefused("a secret or a header is given together with the proof that it belongs to")
    if wanted.get("enabled") is True and sink.disabled is not None:
        fields |= {"disabled": None, "disabled_why": ""}
    if wanted.get("enabled") is False and sink.disabled is None:
        fields |= {"disabled": timezone.now(), "disabled_why": Sink.Disabled.ASKED.value}
    if not fields:
        return sink
    with transaction.atomic(), narrating("A sink of the SIEM was changed"):
        for name, value in fields.items():
            setattr(sink, name, value)
        sink.save(update_fields=list(fields))
        begin_anew(sink)
    return sink


def switch_off(sink: Sink, why: Sink.Disabled) -> bool:
    """Sends nothing there any more. False where it was off already."""
    with transaction.atomic(), narrating("A sink of the SIEM was switched off"):
        mine = Sink.objects.filter(id=sink.id, disabled=None, removed=None)
        return bool(mine.update(disabled=timezone.now(), disabled_why=why))


def remove(sink: Sink) -> None:
    """Takes it away, with its address and secret."""
    with transaction.atomic(), narrating("A sink of the SIEM was taken away"):
        sink.url = None
        sink.secret = None
        sink.removed = timezone.now()
        sink.save(update_fields=["url", "secret", "removed"])


def ask_test(sink: Sink) -> None:
    """Has one event sent to it that is a test, also where it is switched off. Raises :class:`TestUnderWay`."""
    now = timezone.now()
    free = Q(test_state__in=[Sink.Test.NONE, Sink.Test.ENDED]) | Q(test_at__lte=now - LONGEST_TEST)
    with transaction.atomic():
        asked = Sink.objects.filter(free, id=sink.id).update(
            test_state=Sink.Test.WAITING, test_at=now, test_outcome="", test_status=None, test_took=None
        )
        if not asked:
            raise TestUnderWay
        record(Action.CHECK, sink, narrative="A sink of the SIEM is tried")
        waking.wake_test(sink.id)
    sink.refresh_from_db(fields=["test_state", "test_at", "test_outcome", "test_status", "test_took"])


def replay(sink: Sink, first: int | None = None, since: datetime.datetime | None = None) -> int:
    """Sends again from a place of the log, or from what was logged at a time or later; says from which place.

    Receivers know what they have by ``metadata.uid``. Raises :class:`NotInTheLog`.
    """
    size = placed.signed_size()
    place = first if first is not None else _first_since(since or timezone.now(), size)
    if not 0 <= place <= size:
        raise NotInTheLog(size)
    with transaction.atomic():
        Sink.objects.filter(id=sink.id).update(position=place)
        begin_anew(sink)
        record(Action.EXPORT, sink, details={"from": place, "size": size}, narrative="Sent to the SIEM again")
    return place


def begin_anew(sink: Sink) -> None:
    """At once, without its failures; what a worker is at counts no more."""
    Sink.objects.filter(id=sink.id).update(
        turn=F("turn") + 1, tries=0, next_try=timezone.now(), failing_since=None, refused_since=None, status=None
    )
    waking.wake(sink.id)
    sink.refresh_from_db()


def _first_since(moment: datetime.datetime, size: int) -> int:
    """The first place that was logged then or later: ``logged`` never goes down, so halving finds it."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        if Leaf.objects.values_list("logged", flat=True).get(index=middle) < moment:
            low = middle + 1
        else:
            high = middle
    return low


def _origin(url: str) -> str:
    try:
        return addresses.target(url).origin
    except UrlRefused as refused:
        raise AddressRefused(refused.why) from None
