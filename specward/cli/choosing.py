"""Who writes, and who is asked: the options that several commands share, and what becomes of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final, TypeVar

import click

from specward.doubles import NAMES, named, serving
from specward.errors import SpecwardError
from specward.writing.asking_models import SECONDS
from specward.writing.models.client import ModelClient
from specward.writing.models.writers import Writer

ANTHROPIC_KEY: Final = "ANTHROPIC_API_KEY"
BEDROCK_KEY: Final = "AWS_BEARER_TOKEN_BEDROCK"
_MODELS: Final = {"anthropic": "claude-sonnet-5-5", "bedrock": "anthropic.claude-sonnet-5-5"}
_REASONABLE: Final = "double:reasonable"
_KNOWN: Final = "anthropic, bedrock, double:reasonable, double:obedient, double:hostile or double:chaotic:FAILURE"
_CLIENTS: Final = ("anthropic", "bedrock", *(f"double:{name}" for name in NAMES))

Command = TypeVar("Command", bound=Callable[..., Any])


class ClientRefused(SpecwardError):
    """A model that cannot be asked as it was chosen."""

    code = "model-client-refused"


@dataclass(frozen=True, slots=True)
class Choice:
    """Who writes, and what was said on the command line of whom to ask. Empty: what the environment has a key for."""

    writer: Writer
    client: str
    model: str
    region: str
    shapes_only: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who writes, and the client that is asked; none where there is no key."""

    writer: Writer
    client: ModelClient | None
    shapes_only: bool
    seconds: float
    asked: str
    """In words: which client and model; empty where none is asked."""
    double: bool
    """Whether a double answers, and no model."""


BASELINE_ALONE: Final = Chosen(Writer.BASELINE, None, shapes_only=False, seconds=SECONDS, asked="", double=False)


def _client(context: click.Context, parameter: click.Parameter, name: str) -> str:
    """A client's name as it was given; too many are known to list them all."""
    if name and name not in _CLIENTS:
        failures = ", ".join(sorted(one.rpartition(":")[2] for one in _CLIENTS if one.startswith("double:chaotic:")))
        raise click.BadParameter(f"Write {_KNOWN}, where FAILURE is one of: {failures}.")
    return name


def choosing_options(default: Writer) -> Callable[[Command], Command]:
    """Adds the options that a :class:`Choice` is made of, with ``default`` as the writer: ``Choice(**options)``.

    Keys come from the environment only: other users may see arguments in ``ps``.
    """
    options = (
        click.option(
            "--writer",
            type=click.Choice([one.value for one in Writer]),
            callback=lambda context, parameter, value: Writer(value),
            default=default.value,
            show_default=True,
            help="Who writes; refined and authored ask a model.",
        ),
        click.option(
            "--client",
            callback=_client,
            default="",
            metavar="CLIENT",
            help=f"Who is asked: {_KNOWN}. The one whose key is in {ANTHROPIC_KEY} or {BEDROCK_KEY} unless given.",
        ),
        click.option("--model", default="", help="The model's id, as the client calls it."),
        click.option("--region", default="", help="Bedrock's region; AWS_REGION unless given."),
        click.option("--shapes-only", is_flag=True, help="Tell the model no name of any control."),
        click.option(
            "--model-seconds",
            "seconds",
            type=click.FloatRange(1, 600),
            default=SECONDS,
            show_default=True,
            help="Seconds that all calls for one spec may take.",
        ),
    )

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


@contextmanager
def chosen(choice: Choice, *, or_double: bool) -> Iterator[Chosen]:
    """What was chosen, ready to be asked for as long as the block lasts: a double is served that long.

    Where nothing was chosen and no key is there, ``or_double`` has the reasonable double asked instead of nobody.
    Raises :class:`ClientRefused`.
    """
    name = choice.client or _by_environment() or (_REASONABLE if or_double else "")
    if choice.writer is Writer.BASELINE or not name:
        yield Chosen(choice.writer, None, choice.shapes_only, choice.seconds, "", False)
        return
    if find_spec("anthropic") is None:
        raise ClientRefused("Anthropic's client is not installed.", hint="Install specward[models].")
    if name in _MODELS:
        client = _anthropic(choice) if name == "anthropic" else _bedrock(choice)
        words = f"{name}, {client.model}"
        yield Chosen(choice.writer, client, choice.shapes_only, choice.seconds, words, False)
        return
    from specward.writing.models.anthropic_api import AnthropicClient

    with serving(named(name.removeprefix("double:"))) as address:
        client = AnthropicClient(model=choice.model or _MODELS["anthropic"], key="no key", base_url=address)
        yield Chosen(choice.writer, client, choice.shapes_only, choice.seconds, name, True)


def _by_environment() -> str:
    if os.environ.get(ANTHROPIC_KEY):
        return "anthropic"
    return "bedrock" if os.environ.get(BEDROCK_KEY) else ""


def _anthropic(choice: Choice) -> ModelClient:
    from specward.writing.models.anthropic_api import AnthropicClient

    key = os.environ.get(ANTHROPIC_KEY, "")
    if not key:
        raise ClientRefused("There is no key for Anthropic's API.", hint=f"Set {ANTHROPIC_KEY}.")
    return AnthropicClient(model=choice.model or _MODELS["anthropic"], key=key)


def _bedrock(choice: Choice) -> ModelClient:
    from specward.writing.models.bedrock import BedrockClient

    region = choice.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
    if not region:
        raise ClientRefused("Bedrock's region is not known.", hint="Give --region, or set AWS_REGION.")
    key = os.environ.get(BEDROCK_KEY, "")
    return BedrockClient(model=choice.model or _MODELS["bedrock"], region=region, key=key)
