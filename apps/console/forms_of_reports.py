"""What is typed into the pages of reports. Rules of the domain are asked of the domain; here is only shape."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from apps.accounts.models import Role
from apps.accounts.names import one_line
from apps.compliance.reports.logo import LARGEST
from apps.compliance.reports.models import Schedule
from apps.compliance.reports.scheduling import LONGEST_NAME
from apps.compliance.reports.turns import zones

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _whole(text: str) -> int | None:
    return int(text) if text else None


class ScheduleForm(forms.Form):
    name = forms.CharField(
        label="Name", max_length=LONGEST_NAME, validators=[one_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="It stands in the mails, such as “For the board”.",
    )  # fmt: skip
    every = forms.ChoiceField(label="Comes", choices=Schedule.Every.choices)
    weekday = forms.TypedChoiceField(
        label="Day of the week", required=False, coerce=_whole, empty_value=None,
        choices=[("", "-"), *((str(number), name) for number, name in enumerate(DAYS))],
        help_text="Of a weekly one.",
    )  # fmt: skip
    day = forms.IntegerField(
        label="Day of the month", required=False, min_value=1, max_value=31,
        help_text="Of a monthly one. In a month that is shorter it comes on the last.",
    )  # fmt: skip
    hour = forms.TypedChoiceField(
        label="At", coerce=int, choices=[(str(hour), f"{hour:02}:00") for hour in range(24)], initial="8"
    )
    zone = forms.ChoiceField(
        label="Time zone", choices=[(zone, zone) for zone in zones()], initial="UTC",
        help_text="On whose clocks. Times in the report are of it too.",
    )  # fmt: skip
    roles = forms.MultipleChoiceField(
        label="To everybody who is", required=False, choices=Role.choices, widget=forms.CheckboxSelectMultiple,
        help_text="Further addresses are added once it is made.",
    )  # fmt: skip
    with_pdf = forms.BooleanField(label="With a PDF", required=False, initial=True)

    def wanted(self) -> dict[str, Any]:
        """As the domain takes it: the day that does not belong to the kind is left out."""
        typed: dict[str, Any] = dict(self.cleaned_data)
        typed["weekday" if typed["every"] == Schedule.Every.MONTH else "day"] = None
        return typed


class Address(forms.Form):
    email = forms.EmailField(
        label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text="It is asked by mail whether it wants the reports, and gets none before it says yes.",
    )  # fmt: skip


class Logo(forms.Form):
    """A file whose bytes a script writes as text: no form of ours takes files."""

    picture = forms.CharField(widget=forms.HiddenInput, max_length=LARGEST * 2)

    def clean_picture(self) -> bytes:
        try:
            return base64.b64decode(self.cleaned_data["picture"], validate=True)
        except binascii.Error:
            raise ValidationError("This is no file. Choose it again.") from None
