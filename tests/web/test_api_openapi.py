import json

import pytest
import schemathesis
import schemathesis.specs.openapi.adapter  # here: its first import deep inside a test breaks the 3.11 parser
from api_floor import build_floor
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from jacana.db.engine import Database
from jacana.ingest.schema import EVENT_TYPES, NetworkEvent, UploadMetadata
from jacana.web.api.openapi import describe_body, describe_problems, form_schema, inline_schema

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
ROUTES = [("POST", "/v1/uploads"), ("POST", "/v1/events"), ("GET", "/v1/uploads/{id}")]


@pytest.fixture
def floor(sqlite_url, tmp_path, clock):
    database = Database(sqlite_url)
    yield build_floor(database, tmp_path, clock)
    database.close()


def test_a_schema_outside_of_components_refers_to_nothing():
    for schema in (inline_schema(NetworkEvent), form_schema(UploadMetadata)):
        assert "$ref" not in json.dumps(schema)
    kinds = [item["properties"]["type"]["const"] for item in inline_schema(NetworkEvent)["oneOf"]]
    assert kinds == EVENT_TYPES


def test_the_form_is_described_with_its_parts():
    schema = form_schema(UploadMetadata)
    assert schema["required"] == ["metadata", "file"]
    assert schema["properties"]["file"]["format"] == "binary"
    assert "network_id" in schema["properties"]["metadata"]["properties"]
    assert list(describe_body(form=schema)["requestBody"]["content"]) == ["multipart/form-data"]


def test_problems_are_described_as_problem_json():
    assert set(describe_problems(401, 422)) == {401, 422}
    assert list(describe_problems(404)[404]["content"]) == ["application/problem+json"]


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_the_api_keeps_the_contract_it_publishes(floor, method, path, mode):
    operation = schemathesis.openapi.from_asgi("/openapi.json", floor.app)[path][method]
    headers = {"Authorization": floor.client.headers["Authorization"]}
    seen = set()

    @settings(
        max_examples=20,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def keep_contract(case):
        seen.add(case.call_and_validate(headers=headers, checks=CHECKS).status_code)

    keep_contract()
    assert seen - {401}, "the examples never got past the key"
