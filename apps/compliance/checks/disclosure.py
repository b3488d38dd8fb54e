"""Disclosure: whoever finds a hole has somewhere to tell it, and is told what becomes of it.

A checkout has no operator: its address is a placeholder, and says so. Where the service is operated, a placeholder is a
failure: a report to it would reach nobody.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils import timezone

from apps.compliance import security_txt
from apps.compliance.checking import Check, Result, check, failed, not_applicable, passed

POLICY = Path(settings.BASE_DIR) / "SECURITY.md"
_LARGEST: Final = 256 * 1024
_CLOCKS: Final = ("2 business days", "30 days")
_ADDRESS: Final = re.compile(r"[\w.+-]{1,64}@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8})", re.ASCII)
_LINK: Final = re.compile(r"https://([A-Za-z0-9.-]{1,253})", re.ASCII)
_NOBODYS: Final = re.compile(r"(^|\.)(example|invalid|test|localhost|localdomain|example\.(com|net|org))$")
"""Names that are nobody's for ever: RFC 2606 and RFC 6761."""
_IN_A_CHECKOUT: Final = (
    "This is a checkout with embedded services: nobody operates it, and no report would reach anybody."
)


@check
class ThePolicyNamesSomebody(Check):
    key = "disclosure.policy"
    title = "The policy for reporting weaknesses names an address that is read, and its clocks"
    words = (
        "Reads SECURITY.md as it was deployed: it names an address that is not a placeholder, acknowledges within 2 "
        "business days, and mends what is critical within 30 days."
    )
    mend = "Write the address at which you read reports into SECURITY.md before the image is built, and deploy it."

    def look(self) -> Result:
        if not POLICY.is_file():
            return failed("There is no SECURITY.md in what is deployed.")
        with POLICY.open(encoding="utf-8") as file:
            said = file.read(_LARGEST)
        if lost := [clock for clock in _CLOCKS if clock not in said]:
            return failed("SECURITY.md does not say how soon reports are acknowledged and mended.", missing=lost)
        hosts = _ADDRESS.findall(said)
        if not any(_is_somebodys(host) for host in hosts):
            if settings.EMBEDDED and hosts:
                return not_applicable(_IN_A_CHECKOUT, clocks=list(_CLOCKS))
            return failed("The address in SECURITY.md is a placeholder, or there is none: no report reaches anybody.")
        return passed(clocks=list(_CLOCKS))


@check
class SecurityTxtIsGood(Check):
    key = "disclosure.security_txt"
    title = "security.txt names a contact and has not expired"
    words = (
        "Looks at /.well-known/security.txt as everybody gets it (RFC 9116): its contact, and the day until when it "
        "may be believed, which is a year after somebody last looked that the contact is read."
    )
    mend = (
        "See that mail to the contact is read, then set SPECWARD_SECURITY_CONTACT and SPECWARD_SECURITY_REVIEWED to it "
        "and to today, and start the service again."
    )

    def look(self) -> Result:
        end = security_txt.expires()
        if security_txt.text() is None or end is None:
            if settings.EMBEDDED:
                return not_applicable(_IN_A_CHECKOUT)
            return failed("There is no security.txt: the operator has named no contact.")
        hosts = [*_ADDRESS.findall(settings.SECURITY_CONTACT), *_LINK.findall(settings.SECURITY_CONTACT)]
        if not any(_is_somebodys(host) for host in hosts):
            return failed("The contact of security.txt is a placeholder.", expires=end.isoformat())
        if end <= timezone.now():
            because = "security.txt has expired: nobody has looked for a year whether its contact is read."
            return failed(because, expires=end.isoformat())
        return passed(expires=end.isoformat(), days_left=(end - timezone.now()).days)


def _is_somebodys(host: str) -> bool:
    return "." in host and not _NOBODYS.search(host.lower().rstrip("."))
