"""One POST to an address of somebody else's: vetted, bounded in time and size, nothing followed, nothing of the answer
kept but its status.

No proxy of the environment is used, no redirect followed and no body read. The certificate is that of the *name*; the
connection goes to the address that was vetted.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from apps.webhooks.addresses import AddressRefused, Resolver, Target, vetted
from apps.webhooks.models import Attempt

CONNECTS_WITHIN: Final = 5.0
ANSWERS_WITHIN: Final = 15.0
"""Seconds for all of it, however slowly its bytes come."""
LONGEST_WAIT: Final = 24 * 3600
_TOO_MANY: Final = (429, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Sent:
    """How it went. ``wait`` is how many seconds the receiver asks for, where it does."""

    outcome: Attempt.Outcome
    milliseconds: int
    status: int | None = None
    wait: int = 0

    @property
    def is_delivered(self) -> bool:
        return self.outcome is Attempt.Outcome.OK


def send(to: Target, headers: Mapping[str, str], body: bytes, resolve: Resolver | None = None) -> Sent:
    """Sends it once. Never raises for what the other side does."""
    began = time.monotonic()
    try:
        status, wait = _post(to, headers, body, began + ANSWERS_WITHIN, resolve)
        outcome = Attempt.Outcome.OK if 200 <= status <= 299 else Attempt.Outcome.STATUS
    except _Late:
        status, wait, outcome = None, 0, Attempt.Outcome.TIMEOUT
    except AddressRefused:
        status, wait, outcome = None, 0, Attempt.Outcome.REFUSED_ADDRESS
    except TimeoutError:
        status, wait, outcome = None, 0, Attempt.Outcome.TIMEOUT
    except ssl.SSLError:
        status, wait, outcome = None, 0, Attempt.Outcome.TLS
    except (http.client.HTTPException, ValueError):
        status, wait, outcome = None, 0, Attempt.Outcome.MALFORMED
    except OSError:
        status, wait, outcome = None, 0, Attempt.Outcome.UNREACHABLE
    return Sent(outcome, int((time.monotonic() - began) * 1000), status, wait)


class _Late(Exception):
    """The whole of it took too long."""


def _post(
    to: Target, headers: Mapping[str, str], body: bytes, deadline: float, resolve: Resolver | None
) -> tuple[int, int]:
    plain = _connected(vetted(to, resolve), to.port, deadline)
    watch = threading.Timer(max(0.0, deadline - time.monotonic()), _cut, [plain])
    watch.daemon = True
    watch.start()
    connection = http.client.HTTPConnection(to.host, to.port)
    try:
        plain.settimeout(ANSWERS_WITHIN)
        connection.sock = _trusted(plain, to.host) if to.scheme == "https" else plain
        connection.request("POST", to.path, body, {"Host": to.authority, **headers, "Connection": "close"})
        answer = connection.getresponse()
        if time.monotonic() >= deadline:  # cut between its headers, which reads as their end
            raise _Late
        return answer.status, _asked_wait(answer)
    except (OSError, http.client.HTTPException) as error:
        if time.monotonic() >= deadline:
            raise _Late from error
        raise
    finally:
        watch.cancel()
        connection.close()
        plain.close()


def _connected(addresses: tuple[str, ...], port: int, deadline: float) -> socket.socket:
    """To the first address that takes it. Raises what the last one did."""
    last: OSError | None = None
    for address in addresses:
        left = min(CONNECTS_WITHIN, deadline - time.monotonic())
        if left <= 0:
            raise _Late
        try:
            return socket.create_connection((address, port), timeout=left)
        except OSError as error:
            last = error
    raise last or OSError("There is no address.")


def _trusted(plain: socket.socket, host: str) -> ssl.SSLSocket:
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def _cut(plain: socket.socket) -> None:
    # Whoever waits for its next byte is told that there is none.
    try:
        plain.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _asked_wait(answer: http.client.HTTPResponse) -> int:
    """``Retry-After`` in seconds, where the receiver has too much to do (RFC 9110, 10.2.3); a date is not read."""
    given = answer.headers.get("Retry-After", "")
    if answer.status not in _TOO_MANY or not (given.isascii() and given.isdecimal() and len(given) < 10):
        return 0
    return min(int(given), LONGEST_WAIT)
