"""What is typed into the document room, by visitors and by staff. Rules of the domain are asked of the domain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from apps.accounts.names import one_line
from apps.compliance.documents.deciding import MOST_COPIES, MOST_DAYS, USUAL_COPIES, USUAL_DAYS
from apps.compliance.documents.models import Document
from apps.console.inert import inert


def _line(label: str, autocomplete: str, help_text: str = "", longest: int = 100, **more: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(
        label=label, max_length=longest, widget=widget, validators=[one_line], help_text=help_text, **more
    )


class AskForDocument(forms.Form):
    wanted = forms.ChoiceField(label="Document", widget=forms.RadioSelect)
    name = _line("Your name", "name", "It stands on each page of your copy.")
    company = _line("Company", "organization")
    email = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text="A link to confirm it is sent there. It stands on each page of your copy as well.",
    )  # fmt: skip

    def __init__(self, data: Any, documents: Sequence[Document]) -> None:
        self.documents = {str(one.id): one for one in documents}
        super().__init__(data, initial={"wanted": next(iter(self.documents), "")} if len(self.documents) == 1 else None)
        choices = [(key, f"{inert(one.title)} ({one.get_kind_display()})") for key, one in self.documents.items()]
        self.fields["wanted"].choices = choices  # type: ignore[attr-defined]

    @property
    def document(self) -> Document:
        return self.documents[self.cleaned_data["wanted"]]


class NewDocument(forms.Form):
    title = _line("Title", "off", "As visitors read it on the trust page.")
    kind = forms.ChoiceField(label="Kind", choices=Document.Kind.choices)
    about = _line("About", "off", "By whom it is, and of which time.", longest=300, required=False)


class Approve(forms.Form):
    days = forms.IntegerField(
        label="Good for so many days", min_value=1, max_value=MOST_DAYS, initial=USUAL_DAYS,
        help_text=f"1 to {MOST_DAYS}.",
    )  # fmt: skip
    copies = forms.IntegerField(
        label="Copies at most", min_value=1, max_value=MOST_COPIES, initial=USUAL_COPIES,
        help_text=f"1 to {MOST_COPIES}; each has its serial on every page.",
    )  # fmt: skip


class Because(forms.Form):
    reason = _line("Reason", "off", longest=500)
