"""Words and badges of the console's templates."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any, Final

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.accounts.models import Token, User
from apps.audit.models import Entry
from apps.audit.vocabulary import Action
from apps.console.inert import inert as made_inert
from apps.console.specs import state_of
from apps.console.telling import done_of
from apps.inference.models import OK, ModelCall
from apps.inference.words import words_of
from apps.recordings.models import Recording
from apps.recordings.naming import label_of
from apps.siem import health
from apps.siem.health import Health, State
from apps.siem.models import Sink
from apps.specs.models import SpecVersion
from apps.webhooks.models import Attempt, Delivery, Endpoint

register = template.Library()
_SOON: Final = datetime.timedelta(days=30)
_TONES: Final = {
    Action.CREATE: "good", Action.DELETE: "bad", Action.REFUSAL: "bad", Action.FAILURE: "bad",
    Action.SIGN_IN_FAILED: "warn", Action.UPDATE: "info", Action.EXPORT: "info",
    Action.STATE_CHANGE: "warn", Action.SIGN_IN: "good",
}  # fmt: skip
_STATES: Final = {
    "active": "good", "done": "good", "suspended": "warn", "preparing": "info", "running": "info", "failed": "bad",
    "closing": "bad", "left": "quiet", "called-off": "quiet", "waiting": "info",
    "arriving": "info", "received": "info", "generating": "info", "specified": "good", "discarding": "warn",
    "discarded": "quiet", "draft": "info", "approved": "good", "retired": "quiet",
    "confirmed": "warn", "refused": "quiet", "revoked": "quiet",
}  # fmt: skip


def _badge(tone: str, words: str) -> SafeString:
    return format_html('<span class="badge {}">{}</span>', tone, words)


@register.filter
def inert(text: object) -> str:
    """What somebody has typed, without anything that would turn the words beside it about."""
    return made_inert(text)


def _in_days(days: int) -> str:
    return "Expires today" if days < 1 else f"Expires in {days} day{'' if days == 1 else 's'}"


@register.filter
def token_state(token: Token) -> SafeString:
    """Active, expiring within 30 days, expired or revoked."""
    now = timezone.now()
    if token.revoked is not None:
        return _badge("bad", "Revoked")
    if token.expires <= now:
        return _badge("quiet", "Expired")
    if token.expires <= now + _SOON:
        return _badge("warn", _in_days((token.expires - now).days))
    return _badge("good", "Active")


@register.filter
def person_state(user: User) -> SafeString:
    if not user.is_active:
        return _badge("quiet", "Deactivated")
    return _badge("good", "Active") if user.may_enter(timezone.now()) else _badge("warn", "Outside window")


@register.filter
def action_badge(entry: Entry) -> SafeString:
    action = Action(entry.action)
    return _badge(_TONES.get(action, "quiet"), done_of(action))


@register.filter
def state_badge(thing: object) -> SafeString:
    """The state of a tenant, a recording, a version or of what was asked for."""
    state = str(getattr(thing, "state", ""))
    return _badge(_STATES.get(state, "quiet"), thing.get_state_display())  # type: ignore[attr-defined]


@register.filter
def version_state(version: SpecVersion) -> SafeString:
    """Draft (and who has to approve it), approved or retired."""
    if version.state == SpecVersion.State.DRAFT:
        return _badge("warn", "Draft")
    return _badge("good" if version.state == SpecVersion.State.APPROVED else "quiet", version.get_state_display())


@register.filter
def spec_state(spec: Any) -> SafeString:
    """Of a spec in the list: retired, approved, or waiting for somebody's approval."""
    return {
        "retired": _badge("quiet", "Retired"),
        "approved": _badge("good", "Approved"),
        "waiting": _badge("warn", "Waiting for approval"),
    }[state_of(spec)]


@register.filter
def endpoint_state(endpoint: Endpoint) -> SafeString:
    """On, failing, or switched off."""
    if endpoint.disabled is not None:
        return _badge("quiet" if endpoint.disabled_why == Endpoint.Disabled.ASKED else "bad", "Switched off")
    return _badge("good", "On") if endpoint.failing_since is None else _badge("warn", "Failing")


@register.filter
def sink_state(how: Health) -> SafeString:
    """Up to date, behind, failing, or switched off."""
    tone, words = {
        State.UP_TO_DATE: ("good", "Up to date"),
        State.BEHIND: ("info", "Behind"),
        State.FAILING: ("warn", "Failing"),
        State.OFF: ("bad" if how.is_off_by_itself else "quiet", "Switched off"),
    }[how.state]
    return _badge(tone, words)


@register.filter
def sink_health(sink: Sink, size: int) -> Health:
    """How a sink of a list does; ``size`` of the log."""
    return health.of(sink, size)


@register.filter
def test_state(sink: Sink) -> SafeString:
    """How the last test went, or how far it is."""
    if sink.test_state != Sink.Test.ENDED:
        return _badge("quiet" if sink.test_state == Sink.Test.NONE else "info", sink.get_test_state_display())
    is_good = sink.test_outcome == Attempt.Outcome.OK
    return _badge("good" if is_good else "bad", health.words(sink.test_outcome, sink.test_status))


@register.filter
def lasted(seconds: int) -> str:
    """A stretch of time, as a person would say it."""
    for length, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= length:
            number = seconds // length
            return f"{number} {word}{'' if number == 1 else 's'}"
    return "less than a minute"


@register.filter
def delivery_state(delivery: Delivery) -> SafeString:
    """Delivered, waiting for its first try or for another one, failed or given up."""
    if delivery.state == Delivery.State.WAITING:
        return _badge("warn", "Tried again") if delivery.tries else _badge("info", "Waiting")
    tones = {Delivery.State.DELIVERED: "good", Delivery.State.FAILED: "bad"}
    words = {Delivery.State.DELIVERED: "Delivered", Delivery.State.FAILED: "Failed"}
    state = Delivery.State(delivery.state)
    return _badge(tones.get(state, "quiet"), words.get(state, "Given up"))


@register.filter
def call_outcome(call: ModelCall) -> SafeString:
    """How a call of a model ended, or that it has not."""
    return outcome_badge(call.outcome or call.state)


@register.filter
def outcome_badge(name: str) -> SafeString:
    """An outcome of calls, or the state of those that have none."""
    tones = {OK: "good", "reserved": "info", "model.budget_spent": "warn", "model.not_configured": "warn"}
    return _badge(tones.get(name, "bad"), words_of(name).short)


@register.filter
def dollars(cost: Decimal | None) -> str:
    """US dollars: cents, and two further digits where it is less than one."""
    if cost is None:
        return "not known"
    return f"${cost:,.2f}" if cost >= 1 or not cost else f"${cost:.4f}"


@register.filter
def grouped(number: int | None) -> str:
    """A whole number with commas."""
    return "not known" if number is None else f"{number:,}"


@register.filter
def since_start(milliseconds: int) -> str:
    """Minutes, seconds and tenths since the session began."""
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes}:{rest // 1000:02}.{rest % 1000 // 100}"


@register.filter
def revealed(sealed: Any) -> str:
    """A sealed value that this page is for, made inert."""
    return made_inert(sealed.reveal())


@register.filter
def recording_name(recording: Recording) -> str:
    """What its uploader called it, or the beginning of its id; made inert."""
    return made_inert(label_of(recording))


@register.filter
def moment(value: datetime.datetime | None) -> SafeString:
    """To the minute, in UTC, with the exact moment for machines."""
    if value is None:
        return format_html('<span class="faint">{}</span>', "never")
    utc = value.astimezone(datetime.UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', utc.isoformat(), f"{utc:%Y-%m-%d %H:%M:%S.%f} UTC",
        f"{utc:%d %b %Y, %H:%M}",
    )  # fmt: skip


@register.filter
def browser(agent: str) -> str:
    """A browser's name, of what it says of itself."""
    for mark, name in (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")):
        if mark in agent:
            where = next((o for o in ("Windows", "Android", "iPhone", "iPad", "Mac OS", "Linux") if o in agent), "")
            return f"{name} on {where}" if where else name
    return agent[:60] or "An unnamed program"
