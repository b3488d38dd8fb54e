"""What is typed into the pages of the posture. Rules of the domain are asked of the domain; here is only shape."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from apps.accounts.models import User
from apps.compliance.exempting import MOST_WORDS
from apps.compliance.threads import LONGEST
from apps.console.inert import inert


def _day(label: str, help_text: str = "", required: bool = True) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget, help_text=help_text)


def end_of(day: datetime.date) -> datetime.datetime:
    """The first moment after a day, in UTC."""
    return datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time(), datetime.UTC)


class Accept(forms.Form):
    """An exception. ``people`` are those who may be named its owner."""

    reason = forms.CharField(
        label="Why it is accepted",
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="For whoever reads it in a year: what is the risk, and what stands against it meanwhile.",
    )
    owner = forms.ChoiceField(label="Who sees to it", help_text="They are asked when it ends.")
    until = _day("Until", "The last day, to its end (UTC). A year at most; from then on it counts as not kept.")

    def __init__(self, people: Iterable[User], data: QueryDict | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.people = {str(one.pk): one for one in people}
        owner = self.fields["owner"]
        if isinstance(owner, forms.ChoiceField):
            owner.choices = [(key, inert(f"{one.name}, {one.get_role_display()}")) for key, one in self.people.items()]

    def wanted(self) -> dict[str, Any]:
        """What was typed, as the domain takes it."""
        given = self.cleaned_data
        return {
            "reason": given["reason"],
            "owner": self.people[given["owner"]],
            "expires": end_of(given["until"]),
        }


class Window(forms.Form):
    """An auditor's days."""

    auditor = forms.ChoiceField(label="Auditor")
    first = _day("First day", "From 00:00 UTC.")
    last = _day("Last day", "To its end (UTC).")

    def __init__(self, auditors: Iterable[User], data: QueryDict | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.people = {str(one.pk): one for one in auditors}
        auditor = self.fields["auditor"]
        if isinstance(auditor, forms.ChoiceField):
            auditor.choices = [(key, inert(one.name)) for key, one in self.people.items()]

    @property
    def whose(self) -> User:
        return self.people[self.cleaned_data["auditor"]]


class Whose(forms.Form):
    """Which auditor's thread is answered."""

    auditor = forms.UUIDField()


class Say(forms.Form):
    """A request, or an answer."""

    body = forms.CharField(label="Your words", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4}))


class Range(forms.Form):
    """The days, and the control or all of them, of which evidence is taken out."""

    first = _day("From")
    last = _day("To", "Both days are included (UTC).")
    control = forms.ChoiceField(label="Of", required=False)

    def __init__(self, controls: Iterable[tuple[str, str]], data: QueryDict | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        control = self.fields["control"]
        if isinstance(control, forms.ChoiceField):
            control.choices = list(controls)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("first") and given.get("last") and given["last"] < given["first"]:
            raise ValidationError("The last day lies before the first.")
        return given
