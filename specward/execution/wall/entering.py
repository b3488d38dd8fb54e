"""What stands between Playwright and Chromium: enters a network namespace, hands out its door, becomes the browser.

Run as a script by an isolated interpreter, ``entering.py DOOR PORT HIDDEN BROWSER ARGUMENT...``; it knows nothing of
the rest of the package. The namespace has one interface, loopback, and on it one listening socket, at ``PORT``. A
socket stays in the namespace that it was made in, whoever holds it (network_namespaces(7)): so it is handed to the
proxy outside, over the Unix socket ``DOOR``, and no process has to carry bytes across. The process keeps its id and
its open files, and nothing of it is left but the browser.

``HIDDEN`` is a folder that is empty inside, or nothing. Services keep their Unix sockets in ``/run`` (resolvers, D-Bus,
containers), which a network namespace does not close off.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys
from typing import Final

_CLONE_NEWNS: Final = 0x00020000
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_MS_NOSUID: Final = 2
_MS_NODEV: Final = 4
_MS_REC: Final = 16384
_MS_PRIVATE: Final = 1 << 18
_PR_CAPBSET_DROP: Final = 24
_CAPABILITIES_V3: Final = 0x20080522
_SIOCSIFFLAGS: Final = 0x8914
_IFF_UP: Final = 1

_LIBC: Final = ctypes.CDLL(None, use_errno=True)


def _call(what: str, status: int) -> None:
    if status < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _unshare() -> None:
    wanted = _CLONE_NEWNET | _CLONE_NEWNS
    user, group = os.geteuid(), os.getegid()
    if user == 0 and _LIBC.unshare(wanted) == 0:
        return
    # As the same user inside as outside, so that Chromium's own sandbox is there for who has it.
    _call("unshare", _LIBC.unshare(wanted | _CLONE_NEWUSER))
    for name, text in (("setgroups", "deny"), ("gid_map", f"{group} {group} 1"), ("uid_map", f"{user} {user} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as stream:  # noqa: PTH123 - pathlib costs its import
            stream.write(text)


def _hide(folder: str) -> None:
    _call("mount /", _LIBC.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None))
    _call(f"mount {folder}", _LIBC.mount(b"none", os.fsencode(folder), b"tmpfs", _MS_NOSUID | _MS_NODEV, b"mode=755"))


def _listen(port: int) -> socket.socket:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", _IFF_UP))
    return socket.create_server(("127.0.0.1", port), backlog=256)


def _hand_out(door: str, listening: socket.socket) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as outside:
        outside.settimeout(10)
        outside.connect(door)
        socket.send_fds(outside, [b"L"], [listening.fileno()])
        if outside.recv(1) != b"L":
            raise OSError(0, "the proxy did not take its socket")


def _drop_capabilities() -> None:
    """What root could still do to leave: enter another namespace, trace a process of one."""
    capability = 0
    while _LIBC.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
        capability += 1
    header = struct.pack("Ii", _CAPABILITIES_V3, 0)
    _call("capset", _LIBC.capset(header, bytes(24)))


def main(door: str, port: str, hidden: str, browser: str, *arguments: str) -> None:
    """Raises ``OSError`` where the machine does not allow it; nothing has been started then."""
    _unshare()
    with _listen(int(port)) as listening:
        _hand_out(door, listening)
    if hidden:
        _hide(hidden)
    _drop_capabilities()
    os.execv(browser, [browser, *arguments])  # noqa: S606 - the browser that the caller chose


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except OSError as failed:
        sys.stderr.write(f"[FATAL:entering] no network namespace: {failed.strerror}\n")
        sys.exit(71)  # EX_OSERR
