"""Settings of the web server: ``gunicorn -c python:config.web config.wsgi``.

``SPECWARD_WEB_BIND`` is where it listens (``fd://N`` for a socket that was opened before), ``SPECWARD_WEB_WORKERS`` how
many processes there are. With ``SPECWARD_TLS_CERTIFICATE`` and ``SPECWARD_TLS_KEY``, two files in PEM, it speaks TLS
1.3 itself and nothing older; without them an edge in front of it has to, whose networks ``SPECWARD_TRUSTED_PROXIES``
names.
"""

from __future__ import annotations

import os
import shutil
import ssl
import tempfile
from collections.abc import Callable
from typing import Any

from apps.watching.lines import logging_to_one_place
from config.environment import SettingRefused, is_given, networks, number, text

bind = text("SPECWARD_WEB_BIND", "127.0.0.1:8000")
workers = number("SPECWARD_WEB_WORKERS", 2, least=1, most=64)
worker_class = "gthread"
threads = number("SPECWARD_WEB_THREADS", 4, least=1, most=64)
graceful_timeout = 10
# No request takes longer than reading the largest recording through.
timeout = 120
# With it the server would say each request's path, also where no access log is asked for: the logger of that is shut.
logconfig_dict = logging_to_one_place("INFO")
# Where the processes put their figures, to be added up; it goes with the server.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="specward-figures-"))
# Who may say by X-Forwarded-Proto that the browser's side was https.
forwarded_allow_ips = ",".join(map(str, networks("SPECWARD_TRUSTED_PROXIES")))

if is_given("SPECWARD_TLS_CERTIFICATE") != is_given("SPECWARD_TLS_KEY"):
    raise SettingRefused("SPECWARD_TLS_CERTIFICATE and SPECWARD_TLS_KEY go together: name both files, or neither.")
if is_given("SPECWARD_TLS_CERTIFICATE"):
    certfile = text("SPECWARD_TLS_CERTIFICATE")
    keyfile = text("SPECWARD_TLS_KEY")


def ssl_context(config: Any, made: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """TLS 1.3 alone: gunicorn has no setting for it."""
    context = made()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def child_exit(server: Any, worker: Any) -> None:
    """What a process has counted stays counted."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    """The last of them takes the folder away."""
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
