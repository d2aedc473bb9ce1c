"""The OpenAPI 3.1 document, made from the same declarations that serve the requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pydantic
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from admin_web import faults
from admin_web.api import fields, registry

ROOT = "/api/v1"
ABOUT = """\
Everything a bearer token may see and do is what its rep may see and do; an admin's token sees
everything. Lists take `cursor` and `limit` and answer `items` and `next`. A write may carry an
`Idempotency-Key`: the same key with the same request gives the first answer again and does nothing.
"""
REFERENCE = "#/components/schemas/{model}"
ERROR = {
    "type": "object",
    "description": "What went wrong: go by the code, show or log the message.",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "reference": {"type": "string", "description": "With 500: the number in our log."},
                "next": {
                    "type": "object",
                    "description": "With a refused send: the way that is left.",
                    "properties": {"kind": {"type": "string"}, "value": {"type": "string"}},
                    "required": ["kind", "value"],
                },
            },
            "required": ["code", "message"],
        }
    },
    "required": ["error"],
}


def document(operations: Sequence[registry.Operation], server: str = "") -> dict[str, Any]:
    """The whole document; `server` is the public URL, if one is configured."""
    schemas, references = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(f"{ROOT}{operation.path}", {})[operation.method.lower()] = _operation(
            operation, references
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Huihua CRM", "version": "1", "description": ABOUT},
        "servers": [{"url": server or "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Error": ERROR},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`crm rep token NAME` gives one.",
                }
            },
        },
    }


_Key = tuple[type[pydantic.BaseModel], JsonSchemaMode]
_References = Mapping[Any, Any]


def _schemas(
    operations: Sequence[registry.Operation],
) -> tuple[dict[str, Any], _References]:
    answers: list[_Key] = [(operation.answer, "serialization") for operation in operations]
    bodies: list[_Key] = [
        (operation.body, "validation") for operation in operations if operation.body is not None
    ]
    references, definitions = models_json_schema(
        list(dict.fromkeys(answers + bodies)), ref_template=REFERENCE
    )
    schemas: dict[str, Any] = definitions["$defs"]
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            # A default in a body only stands for "left out".
            field.pop("default", None)
    return schemas, references


def _operation(operation: registry.Operation, references: _References) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.name.partition(".")[0]],
        "summary": operation.summary,
        "parameters": [*_path(operation), *_query(operation.query), *_headers(operation)],
        "responses": {
            str(operation.status): {
                "description": "Done.",
                "content": {
                    "application/json": {"schema": references[operation.answer, "serialization"]}
                },
            },
            **{str(status): _error(status) for status in _errors(operation)},
        },
    }
    if operation.body is not None:
        made["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": references[operation.body, "validation"]}},
        }
    return made


def _path(operation: registry.Operation) -> list[dict[str, Any]]:
    if "{id}" not in operation.path:
        return []
    number = {"type": "integer", "minimum": 1, "maximum": fields.LARGEST_ID}
    return [{"name": "id", "in": "path", "required": True, "schema": number}]


def _query(model: type[pydantic.BaseModel]) -> list[dict[str, Any]]:
    schema = model.model_json_schema(ref_template=REFERENCE)
    return [
        {"name": name, "in": "query", "required": False, "schema": _plain(field)}
        for name, field in schema.get("properties", {}).items()
    ]


def _plain(field: dict[str, Any]) -> dict[str, Any]:
    # A query has no null: a parameter that may be left out is described by what it may be.
    found = {name: value for name, value in field.items() if name not in ("anyOf", "title")}
    for choice in field.get("anyOf", ()):
        if choice != {"type": "null"}:
            found.update(choice)
    if found.get("default", 0) is None:
        del found["default"]
    return found


def _headers(operation: registry.Operation) -> list[dict[str, Any]]:
    if not operation.writes:
        return []
    key = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
    return [{"name": "Idempotency-Key", "in": "header", "required": False, "schema": key}]


def _errors(operation: registry.Operation) -> list[int]:
    found = {400, 401, 422, 429, 500, 503}
    if "{id}" in operation.path or operation.body is not None:
        found.add(404)
    if operation.path.startswith("/events") or operation.path.endswith("/phones"):
        found.add(403)
    if operation.writes:
        found.add(409)
    if operation.body is not None:
        found |= {408, 413, 415}
    return sorted(found)


def _error(status: int) -> dict[str, Any]:
    _, sentence = faults.TITLES.get(status, ("", "A defect of ours; the answer has its number."))
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {"description": sentence, "content": content}
