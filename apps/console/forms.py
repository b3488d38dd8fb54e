"""What is typed into the console. Rules of the domain are asked of the domain; here is only shape."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from apps.access.permissions import Permission
from apps.accounts.models import Role
from apps.accounts.names import one_line
from apps.audit.exports.models import Format
from apps.audit.vocabulary import Action
from apps.console.inert import inert
from apps.console.telling import KINDS, done_of
from apps.inference.models import LONGEST_MODEL_ID, MOST_TOKENS_A_MONTH, WRITERS, Client, Retention
from apps.siem.models import Sink
from apps.siem.proving import LONGEST as LONGEST_SECRET
from apps.siem.proving import LONGEST_NAME
from apps.siem.sinks import LARGEST_BATCH, USUAL_BATCH
from apps.tenants.models import Plan
from apps.webhooks.addresses import LONGEST
from apps.webhooks.endpoints import WANTED

Window = tuple[datetime.datetime, datetime.datetime]
_LONG: Final = 1000


def _email(**more: Any) -> forms.EmailField:
    return forms.EmailField(label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "email"}), **more)


def _password(label: str, autocomplete: str, help_text: str = "") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=_LONG, strip=False, widget=widget, help_text=help_text)


def _day(label: str, help_text: str = "", required: bool = False) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget, help_text=help_text)


def _off() -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off"})


def _name(label: str, autocomplete: str = "off", help_text: str = "") -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=100, widget=widget, validators=[one_line], help_text=help_text)


def midnight(day: datetime.date) -> datetime.datetime:
    """The beginning of a day, UTC."""
    return datetime.datetime.combine(day, datetime.time(), datetime.UTC)


class SignIn(forms.Form):
    email = _email()
    password = _password("Password", "current-password")


class Forgot(forms.Form):
    email = _email()


class NewPassword(forms.Form):
    password = _password("New password", "new-password", "At least 12 characters. A sentence is a good one.")
    again = _password("The same again", "new-password")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("password") != cleaned.get("again"):
            self.add_error("again", "The two passwords differ.")
        return cleaned


class Join(NewPassword):
    name = _name("Your name", "name")
    field_order = ["name", "password", "again"]


class ChangePassword(NewPassword):
    current = _password("Current password", "current-password")
    field_order = ["current", "password", "again"]


class Name(forms.Form):
    name = _name("Name", "name")


class RoleAndWindow(forms.Form):
    role = forms.ChoiceField(label="Role", choices=Role.choices)
    begins = _day("Access from", "For an auditor: from 00:00 UTC of this day.")
    ends = _day("Access until", "For an auditor: the last day, to its end (UTC).")

    def window(self) -> Window | None:
        """As the domain takes it; None where no day is given. The last day belongs to it.

        Days that stand there from before are left out where the role has no window: the page does not show them then.
        """
        if self.cleaned_data["role"] != Role.AUDITOR:
            return None
        begins, ends = self.cleaned_data["begins"], self.cleaned_data["ends"]
        if begins is None and ends is None:
            return None
        if begins is None or ends is None:
            raise ValidationError("A window has a first and a last day.")
        return midnight(begins), midnight(ends) + datetime.timedelta(days=1)


class Invite(RoleAndWindow):
    email = forms.EmailField(label="E-mail address", help_text="A link is sent there. It is good once, for a week.")
    field_order = ["email", "role", "begins", "ends"]


class NewToken(forms.Form):
    name = _name("Name", help_text="What it is for, such as “CI of the shop”.")
    scopes = forms.MultipleChoiceField(
        label="Scopes", widget=forms.CheckboxSelectMultiple, help_text="What it may do, as long as you may do it."
    )
    expires = _day("Expires on", "After 366 days at the latest. Rotate it before then.", required=True)
    networks = forms.CharField(
        label="Networks",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One a line, such as 203.0.113.0/24. Empty: from anywhere.",
    )

    def __init__(self, grantable: frozenset[Permission], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(p.value, p.value) for p in sorted(grantable)]  # type: ignore[attr-defined]


class RotateToken(forms.Form):
    expires = _day("The new one expires on", required=True)
    grace = forms.TypedChoiceField(
        label="The old one works on for",
        coerce=int,
        choices=[(24, "24 hours"), (0, "not a moment"), (72, "3 days"), (168, "7 days")],
    )


class AuditFilter(forms.Form):
    since = _day("From")
    until = _day("To")
    actor = forms.UUIDField(label="Who", required=False, widget=forms.Select)
    action = forms.TypedChoiceField(
        label="What was done", required=False, coerce=lambda v: Action(int(v)), empty_value=None,
        choices=[("", "Anything"), *((a.value, done_of(a)) for a in Action)],
    )  # fmt: skip
    object_type = forms.CharField(label="To what", required=False, max_length=100, widget=forms.Select)
    object_pk = forms.CharField(label="Key", required=False, max_length=255)
    request_id = forms.UUIDField(label="Request id", required=False)
    token = forms.UUIDField(label="Token id", required=False)
    index = forms.IntegerField(label="Place in the log", required=False, min_value=0, max_value=2**63 - 1)
    seldom = ("object_pk", "request_id", "token", "index")

    def __init__(self, given: Any, people: list[tuple[str, str]]) -> None:
        super().__init__(given)
        asked = given.get("object_type", "")
        kinds = dict(KINDS) if not asked or asked in KINDS else {**KINDS, asked: asked}
        self.fields["actor"].widget.choices = [("", "Anybody"), *people]
        self.fields["object_type"].widget.choices = [("", "Anything"), *kinds.items()]

    @property
    def usual_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in self.seldom]

    @property
    def seldom_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name in self.seldom]

    @property
    def asks_seldom(self) -> bool:
        """Whether a field is used that is folded away otherwise."""
        return any(self.data.get(name) for name in self.seldom)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("object_pk") and not cleaned.get("object_type"):
            self.add_error("object_type", "An object is found by its kind and its key together.")
        return cleaned


@dataclass(frozen=True, slots=True)
class Written:
    """A format of exports, by its title and by what it is good for."""

    title: str
    what_for: str

    def __str__(self) -> str:
        return self.title


WRITTEN: Final = (
    (
        Format.BUNDLE.value,
        Written("Proof bundle", "For auditors: anybody can check it offline, with the log's key alone."),
    ),
    (Format.JSONL.value, Written("JSON lines", "For programs: an entry a line, byte by byte as it was hashed.")),
    (Format.CSV.value, Written("CSV", "For spreadsheets: what they would take for a formula is defused.")),
    (Format.OCSF.value, Written("OCSF events", "For a SIEM: an event of OCSF 1.8 a line.")),
)


class NewExport(AuditFilter):
    index = None  # type: ignore[assignment]  # Django takes the field out: an export is of more than one place
    format = forms.ChoiceField(label="As", choices=WRITTEN, widget=forms.RadioSelect)

    @property
    def of_the_log(self) -> list[forms.BoundField]:
        """The filters."""
        return [field for field in self if field.name != "format"]

    @property
    def is_filtered(self) -> bool:
        """Whether it is of a part of the log."""
        return any(self.data.get(name) for name in AuditFilter.base_fields)


class NewTenant(forms.Form):
    name = _name("Name of the customer")
    host = forms.RegexField(
        r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$",
        label="Host",
        max_length=253,
        help_text="Where the customer signs in, such as acme.specward.example. It must lead here.",
    )
    plan = forms.ChoiceField(label="Plan", choices=Plan.Code.choices)
    owner_name = _name("First owner")
    owner_email = forms.EmailField(label="E-mail address of the first owner", help_text="An invitation is sent there.")


class ChangeTenant(forms.Form):
    """``grace`` in days where there is one to be chosen, as it stands there at first."""

    typed = forms.CharField(label="Name of the customer", max_length=100, widget=_off())
    why = forms.CharField(
        label="Why", max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stands in our log and in theirs. No names of people, no secrets.",
    )  # fmt: skip
    grace = forms.IntegerField(label="Days until it is dropped", min_value=1, max_value=365)
    field_order = ["why", "grace", "typed"]

    def __init__(self, name: str, grace: int | None, *args: Any) -> None:
        super().__init__(*args)
        self.name = name
        self.fields["typed"].help_text = f"Type “{inert(name)}”, so that it is not another one."
        if grace is None:
            del self.fields["grace"]
        else:
            self.fields["grace"].initial = grace

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"]
        if typed.split() != self.name.split():
            raise ValidationError("This is not the name of the customer whose page you came from.")
        return typed


class SaveFilter(forms.Form):
    name = forms.CharField(max_length=60, validators=[one_line])


class Hold(forms.Form):
    why = forms.CharField(
        label="Why", max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Such as the name of the matter. It stands beside the recording and in the log. No names of recorded "
        "people.",
    )  # fmt: skip


class LogHold(forms.Form):
    why = forms.CharField(
        label="Why", max_length=500, validators=[one_line],
        help_text="Such as the name of the matter. It stands in the log. No names of recorded people.",
    )  # fmt: skip


class Forget(forms.Form):
    end_user = forms.CharField(
        label="Id of the person", max_length=_LONG, strip=False, widget=_off(),
        help_text="Exactly as it was given when the recordings were uploaded. It is not kept and not logged: only a "
        "keyed digest of it is compared.",
    )  # fmt: skip


class NewEndpoint(forms.Form):
    url = forms.CharField(
        label="Address", max_length=LONGEST, widget=forms.URLInput(attrs={"autocomplete": "off"}),
        help_text="A whole one, with https, of a host that the internet reaches.",
    )  # fmt: skip
    events = forms.MultipleChoiceField(
        label="Told of", choices=[(one.value, one.label) for one in WANTED], widget=forms.CheckboxSelectMultiple,
        initial=[one.value for one in WANTED],
    )  # fmt: skip
    description = forms.CharField(
        label="For", max_length=200, required=False, widget=_off(), validators=[one_line],
        help_text="What it is, for those who look after it later.",
    )  # fmt: skip


def _batch_size() -> forms.IntegerField:
    return forms.IntegerField(
        label="Events in one request", min_value=1, max_value=LARGEST_BATCH, initial=USUAL_BATCH,
        help_text=f"At most {LARGEST_BATCH:,}, and a megabyte. Fewer are sent where the collector says it is too much.",
    )  # fmt: skip


class _OfSink(forms.Form):
    """What goes together is the domain's to say."""

    url = forms.CharField(
        label="Address", max_length=LONGEST, widget=forms.URLInput(attrs={"autocomplete": "off"}),
        help_text="A whole one, with https, such as https://siem.example:8088/services/collector/event.",
    )  # fmt: skip
    format = forms.ChoiceField(label="Form", choices=Sink.Format.choices, help_text="The events are OCSF 1.8 in each.")
    proof = forms.ChoiceField(
        label="How it knows us", choices=Sink.Proof.choices, help_text="What the collector is shown with each request."
    )
    header = forms.CharField(
        label="Name of the header", max_length=LONGEST_NAME, required=False, widget=_off(),
        help_text="For a header of its own only, such as DD-API-KEY.",
    )  # fmt: skip
    secret = forms.CharField(
        label="Token or secret", max_length=LONGEST_SECRET, required=False, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="It is sealed, and never shown again. Without the word before it, such as Bearer.",
    )  # fmt: skip
    batch_size = _batch_size()
    description = forms.CharField(
        label="For", max_length=200, required=False, widget=_off(), validators=[one_line],
        help_text="What it is, for those who look after it later.",
    )  # fmt: skip


class NewSink(_OfSink):
    from_the_beginning = forms.TypedChoiceField(
        label="What it is sent", coerce=lambda text: text == "yes",
        choices=[("no", "What is logged from now on"), ("yes", "The whole log, from its first entry")],
    )  # fmt: skip


class ChangeSink(_OfSink):
    """What is left empty stays."""

    KEEP = "keep"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["url"].required = False
        self.fields["url"].help_text = "Empty: it stays. It is not shown, since its path may be a secret."
        self.fields["proof"].choices = [(self.KEEP, "As it is"), *Sink.Proof.choices]  # type: ignore[attr-defined]

    def wanted(self) -> dict[str, Any]:
        """What the domain is to change."""
        typed: dict[str, Any] = dict(self.cleaned_data)
        if not typed["url"]:
            del typed["url"]
        if typed["proof"] == self.KEEP:
            del typed["proof"]
            typed = {name: value for name, value in typed.items() if value or name not in ("header", "secret")}
        return typed


class Replay(forms.Form):
    first = forms.IntegerField(
        label="From entry", min_value=0, max_value=2**53, required=False,
        help_text="Its place in the log; 0 is the first.",
    )  # fmt: skip
    since = _day("Or from day", "What was logged on this day (UTC) or later.")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and (cleaned.get("first") is None) == (cleaned.get("since") is None):
            self.add_error(None, "Write either the place of an entry or a day.")
        return cleaned


class ModelSettings(forms.Form):
    """What does not go together is the domain's to say."""

    writer = forms.ChoiceField(label="Who writes specs", choices=WRITERS, widget=forms.RadioSelect)
    client = forms.ChoiceField(
        label="Client",
        choices=Client.choices,
        help_text="By which way the model is asked. Your operator holds the key.",
    )
    model = forms.CharField(
        label="Model", required=False, max_length=LONGEST_MODEL_ID,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "model-ids", "spellcheck": "false"}),
        help_text="Its id, as the API calls it. Empty: the first that is offered.",
    )  # fmt: skip
    region = forms.CharField(
        label="Region", required=False, max_length=40, widget=_off(),
        help_text="Of Bedrock an AWS region, such as eu-central-1. Of Anthropic us, global, or nothing.",
    )  # fmt: skip
    shapes_only = forms.TypedChoiceField(
        label="What the model sees", coerce=lambda text: text == "yes",
        choices=[("no", "Shapes and names of controls"), ("yes", "Shapes only")],
        help_text="Never a page, never what somebody typed. Shapes only: no name of a control either; plainer titles.",
    )  # fmt: skip
    retention = forms.ChoiceField(
        label="Retention at the provider", choices=Retention.choices,
        help_text="What your operator has agreed with the provider: deleted after its own period, or never kept. It "
        "stands beside each call; we cannot check it.",
    )  # fmt: skip
    monthly_tokens = forms.IntegerField(
        label="Tokens a month", min_value=0, max_value=MOST_TOKENS_A_MONTH,
        help_text="A hard stop, by calendar month (UTC): what could pass it is not sent, and the compiler writes.",
    )  # fmt: skip
