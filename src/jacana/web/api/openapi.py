"""What /openapi.json says of bodies that are read as streams and of answers that are problems."""

from typing import Any

from pydantic import BaseModel, TypeAdapter

from jacana.web.api.problems import MEDIA_TYPE, TITLES, Problem


def inline_schema(kind: Any) -> dict[str, Any]:
    """Return the JSON schema of a type with every `$ref` written out, as it must be outside of `components`."""
    schema = TypeAdapter(kind).json_schema()
    definitions = schema.pop("$defs", {})

    def expand(node: Any) -> Any:
        if isinstance(node, list):
            return [expand(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return expand(definitions[node["$ref"].rsplit("/", 1)[1]])
        return {name: expand(value) for name, value in node.items() if name != "discriminator"}

    expanded: dict[str, Any] = expand(schema)
    return expanded


def describe_problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that may answer with these problems."""
    schema = inline_schema(Problem)
    return {status: {"description": TITLES[status], "content": {MEDIA_TYPE: {"schema": schema}}} for status in statuses}


def describe_body(**schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the `openapi_extra` of a route that reads its own body; `json=` and `form=` are its schemas."""
    content: dict[str, Any] = {}
    if "form" in schemas:
        encoding = {
            "metadata": {"contentType": "application/json"},
            "file": {"contentType": "application/octet-stream"},
        }
        content["multipart/form-data"] = {"schema": schemas["form"], "encoding": encoding}
    if "json" in schemas:
        content["application/json"] = {"schema": schemas["json"]}
    return {"requestBody": {"required": True, "content": content}}


def form_schema(metadata: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of a form with the parts `metadata` and `file`."""
    file = {"type": "string", "format": "binary", "description": "The bytes, after the metadata."}
    return {
        "type": "object",
        "properties": {"metadata": inline_schema(metadata), "file": file},
        "required": ["metadata", "file"],
        "additionalProperties": False,
    }
