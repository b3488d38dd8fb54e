"""The service does what ``openapi.yaml`` says: asked by schemathesis, on loopback, as Alice's program."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils.module_loading import autodiscover_modules
from pytest_django.live_server_helper import LiveServer

from apps.access.specimen import registered
from apps.accounts import people, tokens
from apps.accounts.errors import LastOwner, TokenRefused
from apps.accounts.models import User
from apps.tenants.walls import behind
from tests.apps.api.conftest import token_of
from tests.apps.signing_in import walls_of
from tests.cast import ACME, ALICE

ROOT = Path(__file__).resolve().parents[3]
IS_SOAK = os.environ.get("SPECWARD_SOAK") == "1"
SOAKED = "generation.max-examples = 500\n"
SAMPLED = (
    "generation.max-examples = 10\n[phases.fuzzing]\ngeneration.max-examples = 3\n"
    "[phases.stateful]\ngeneration.max-examples = 60\n"
)
"""The phase `coverage` is the same in both: each boundary of each field, one by one."""
CHECKS_LEFT_OUT = "positive_data_acceptance"
"""A schema cannot say which role goes with a window, which day is to come, or which seat is free."""


@pytest.fixture
def made(alice: User, monkeypatch: pytest.MonkeyPatch) -> tokens.Made:
    """Alice's token, and nothing that is asked takes it or her away: after that there would be nothing but 401."""
    made = token_of(ALICE)

    def but(mine: Any, refusal: Exception, really: Callable[..., Any]) -> Callable[..., Any]:
        def called(one: Any, *args: Any, **kwargs: Any) -> Any:
            if one.pk == mine.pk:
                raise refusal
            return really(one, *args, **kwargs)

        return called

    autodiscover_modules("specimens")
    with behind(walls_of(ALICE)):
        spec = ""
        for kind in ("recording", "spec", "version"):
            spec = registered()[kind].make({"spec": spec})
    for name in ("revoke", "rotate"):
        kept = but(made.token, TokenRefused("Kept for the test."), getattr(tokens, name))
        monkeypatch.setattr(tokens, name, kept)
    for name in ("deactivate", "change_role"):
        monkeypatch.setattr(people, name, but(alice, LastOwner("Alice"), getattr(people, name)))
    return made


@pytest.mark.timeout(1200)
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("store", "asked")
def test_no_answer_is_a_failure_and_each_is_what_the_document_says(
    made: tokens.Made, live_server: LiveServer, settings, tmp_path: Path
) -> None:
    settings.API_LIMITS = {}
    (tmp_path / "schemathesis.toml").write_text(SOAKED if IS_SOAK else SAMPLED)
    done = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            "run",
            ROOT / "openapi.yaml",
            *("--url", live_server.url),
            *("--header", f"Host: {ACME.host}"),
            *("--header", f"Authorization: Bearer {made.secret}"),
            *("--checks", "all", "--exclude-checks", CHECKS_LEFT_OUT),
            *("--phases", "examples,coverage,fuzzing,stateful"),
            *("--seed", "1") * (not IS_SOAK),
            "--continue-on-failure",
            "--no-shrink",
            "--no-color",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Authentication failed" not in done.stdout, done.stdout[-12_000:]
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
    followed = re.search(r"API Links: +(\d+) covered", done.stdout)
    assert followed is not None and int(followed[1]) >= 1, done.stdout[-4_000:]
