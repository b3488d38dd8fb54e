"""The committed document is what the code says, and says all that a client needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer

from apps.api.tokens import Tokens

COMMITTED = Path(__file__).resolve().parents[3] / "openapi.yaml"


def made() -> str:
    document = SchemaGenerator().get_schema(request=None, public=True)
    return OpenApiYamlRenderer().render(document, renderer_context={}).decode()


@pytest.fixture(scope="module")
def document() -> Any:
    return yaml.safe_load(COMMITTED.read_text("utf-8"))


def operations(document: Any) -> list[tuple[str, str, Any]]:
    return [(path, method, one) for path, methods in document["paths"].items() for method, one in methods.items()]


def test_the_committed_document_is_what_the_code_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert made() == COMMITTED.read_text("utf-8")
    monkeypatch.setattr(Tokens, "retrieve", Tokens.list)
    assert made() != COMMITTED.read_text("utf-8")


def test_each_operation_has_words_a_credential_and_its_problems(document: Any) -> None:
    assert len(operations(document)) == 110
    for path, method, operation in operations(document):
        assert operation["summary"] and operation["description"] and operation["tags"], path
        assert operation["security"] == [{"token": []}], path
        wanted = {"401", "405", "422", "429"} | ({"404"} if "{" in path else set())
        wanted |= {"400", "409", "413", "415"} if method in ("post", "patch") else set()
        assert wanted <= set(operation["responses"]), path
        headers = (
            {one["name"] for one in operation["parameters"] if one["in"] == "header"} if method == "post" else set()
        )
        assert headers == ({"Idempotency-Key"} if method == "post" and not path.endswith("/check") else set()), path


def test_each_field_has_words_and_bodies_are_closed(document: Any) -> None:
    schemas = document["components"]["schemas"]
    bodies = {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for _, _, operation in operations(document)
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    assert bodies == {
        "NewToken", "Rotation", "RoleChange", "NewInvitation", "NewUpload", "NewHold", "Forget", "Text", "Approval",
        "NewEndpoint", "ChangedEndpoint", "ChangedModelSettings", "NewSink", "ChangedSink", "Replay", "NewExport",
        "LogHoldWhy", "Accept", "NewException", "ChangedException", "NewSchedule", "ChangedSchedule", "NewRecipient",
        "NewLetterhead",
    }  # fmt: skip
    assert all(schemas[name]["additionalProperties"] is False for name in (*bodies, "Window"))
    for name, schema in schemas.items():
        if name.startswith("Paginated"):
            continue
        for field, said in schema.get("properties", {}).items():
            assert said.get("description"), f"{name}.{field}"
