"""The OpenAPI document is valid, complete, and what the real application does."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import hypothesis
import pytest
import schemathesis
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from admin_web.api import catalogue, openapi
from tests.admin_web import company

EXAMPLES = 5
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
# A cursor of another list, a stage that does not exist: valid for the schema, still refused.
RULES_BEYOND_A_SCHEMA = checks.positive_data_acceptance
CONTRACT = {
    ("get", "/customers"),
    ("get", "/customers/{id}"),
    ("post", "/customers/{id}/phones"),
    ("get", "/customers/{id}/timeline"),
    ("get", "/conversations"),
    ("get", "/conversations/{id}/messages"),
    ("post", "/conversations/{id}/messages"),
    ("get", "/deals"),
    ("post", "/deals"),
    ("get", "/deals/{id}"),
    ("patch", "/deals/{id}"),
    ("get", "/tasks"),
    ("get", "/activities"),
    ("get", "/events"),
    ("post", "/events/{id}/retry"),
    ("get", "/reps"),
}


def document() -> dict[str, Any]:
    return openapi.document(catalogue.operations())


def test_the_document_is_valid():
    OpenAPIV31SpecValidator(document()).validate()


def test_it_describes_exactly_the_operations_of_the_contract():
    described = {
        (method, path.removeprefix("/api/v1"))
        for path, methods in document()["paths"].items()
        for method in methods
    }
    assert described == CONTRACT


def test_every_operation_and_shape_is_explained():
    for methods in document()["paths"].values():
        for operation in methods.values():
            assert operation["summary"].endswith("."), operation["operationId"]
    names = [operation.name for operation in catalogue.operations()]
    assert len(set(names)) == len(names)


async def test_it_is_served_to_everybody(crm):
    response = await crm.client.get("/api/v1/openapi.json")
    assert response.status == 200
    assert await response.json() == document()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # one is enough: it is slow
async def test_the_application_does_what_the_document_says(crm):
    crm.services.limits.__init__(rate=1e6, burst=1e6)
    customer = await crm.customer("云南茶厂", "王丽")
    await crm.conversation(customer, "在吗？", left=5)
    body = {"customer_id": customer, "title": "春茶订单"}
    await crm.asks("王丽", "POST", "/deals", json=body)
    await crm.run(company.arrived, crm.clock())
    base = str(crm.client.make_url("/")).rstrip("/")
    await asyncio.to_thread(explore, base, crm.tokens["老板"])


def explore(base: str, token: str) -> None:
    """Call every operation with made-up data, valid and not, and check each answer."""
    # Without its security part, which would make it invent tokens of its own.
    described = {name: part for name, part in document().items() if name != "security"}
    schema = schemathesis.openapi.from_dict(described)
    headers = {"Authorization": f"Bearer {token}"}
    for found, mode in itertools.product(schema.get_all_operations(), MODES):
        assert isinstance(found, Ok)
        strategy = found.ok().as_strategy(generation_mode=mode)

        @hypothesis.settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=strategy)
        def conforms(case: Any) -> None:
            response = case.call(base_url=base, headers=headers)
            case.validate_response(response, excluded_checks=[RULES_BEYOND_A_SCHEMA])
            assert response.status_code < 500

        conforms()
