"""Requests and answers held against a vendor's OpenAPI file (3.0), rewritten small under `tests/`."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jsonschema.exceptions import best_match
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry
from referencing.jsonschema import DRAFT4

HERE = "urn:contract"
Node = dict[str, Any]


class Contract:
    """One OpenAPI file. Every check raises `AssertionError` with a sentence per fault.

    >>> contract = Contract(Path("tests/sandbox/openapi/pipedrive.json"))
    >>> contract.check_request("POST", "/api/v2/persons", {}, {"name": "Ada"})
    >>> contract.check_response("POST", "/api/v2/persons", 200, answer.json())

    `strict_bodies`: a key of a request body that the file does not name is a fault, though OpenAPI would let it pass;
    for files whose bodies are not put together with `allOf`.
    `null_answers`: an answer may hold null for any optional key, as vendors do whose files never say `nullable`.
    """

    def __init__(self, path: Path | str, *, strict_bodies: bool = False, null_answers: bool = True) -> None:
        document = _walked(json.loads(Path(path).read_text()), _absolute)
        self._said = _Document(_walked(document, _closed) if strict_bodies else document)
        self._heard = _Document(_walked(document, _nullable) if null_answers else document)

    def check_request(
        self, method: str, path: str, query: Mapping[str, Any] | str | None = None, body: Any = None
    ) -> None:
        """The path, its parameters and the body. `query` is a mapping or the text after the question mark; `body` the
        parsed JSON, a mapping for a form, or None.
        """
        told = dict(parse_qsl(query, keep_blank_values=True)) if isinstance(query, str) else dict(query or {})
        faults = list(self._said.request_faults(method, path.split("?")[0], told, body))
        assert not faults, _report(f"{method} {path}", faults)

    def check_response(self, method: str, path: str, status: int, body: Any = None) -> None:
        """The status and the body. `body` is the parsed JSON, None for an empty answer."""
        faults = list(self._heard.answer_faults(method, path.split("?")[0], status, body))
        assert not faults, _report(f"{method} {path} answered {status}", faults)


class _Document:
    """The parsed file, and what is wrong with a call according to it."""

    def __init__(self, spec: Node) -> None:
        self.spec = spec
        self._registry = Registry().with_resource(HERE, DRAFT4.create_resource(spec))

    def request_faults(self, method: str, path: str, query: Node, body: Any) -> Iterator[str]:
        template, operation = self._operation(method, path)
        rows = [*self.spec["paths"][template].get("parameters", ()), *operation.get("parameters", ())]
        parameters = [self._resolved(row) for row in rows]
        named = _named_parts(template, path)
        for row in parameters:
            values = {"query": query, "path": named}.get(row["in"], {})
            if row["name"] in values:
                yield from self._parameter_faults(row, values[row["name"]])
            elif row.get("required") and row["in"] == "query":
                yield f"The query lacks “{row['name']}”."
        known = {row["name"] for row in parameters if row["in"] == "query"}
        yield from (f"The query has “{name}”, which the file does not know." for name in query if name not in known)
        yield from self._body_faults(operation, body)

    def answer_faults(self, method: str, path: str, status: int, body: Any) -> Iterator[str]:
        answers = self._operation(method, path)[1]["responses"]
        key = next((key for key in (str(status), f"{status // 100}XX", "default") if key in answers), None)
        if key is None:
            yield f"The file knows no answer {status}, only {', '.join(answers)}."
            return
        schema = _schema_of(self._resolved(answers[key]))
        if schema is not None:
            yield from self._faults(schema, body)

    def _operation(self, method: str, path: str) -> tuple[str, Node]:
        fitting = [template for template in self.spec["paths"] if _pattern(template).fullmatch(path)]
        assert fitting, f"The file has no path {path}."
        # The most literal one wins: `/persons/search` before `/persons/{id}`.
        template = min(fitting, key=lambda one: one.count("{"))
        operation = self.spec["paths"][template].get(method.lower())
        assert operation is not None, f"The file has no {method} {template}."
        return template, operation

    def _parameter_faults(self, row: Node, value: Any) -> Iterator[str]:
        schema = row.get("schema", {})
        for fault in self._faults(schema, _typed(self._resolved(schema), value)):
            yield f"{row['in']} {row['name']}: {fault}"

    def _body_faults(self, operation: Node, body: Any) -> Iterator[str]:
        told = self._resolved(operation.get("requestBody", {}))
        if body is not None and not told:
            yield "The file knows no body here."
        elif body is not None:
            yield from self._faults(_schema_of(told) or {}, body)
        elif told.get("required"):
            yield "The body is missing."

    def _resolved(self, part: Node) -> Node:
        while "$ref" in part:
            found: Any = self.spec
            for step in part["$ref"].removeprefix(f"{HERE}#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            part = found
        return part

    def _faults(self, schema: Node, value: Any) -> Iterator[str]:
        validator = OAS30Validator(schema, registry=self._registry, format_checker=oas30_format_checker)
        for error in validator.iter_errors(value):
            # The deepest reason of an `anyOf` tells more than "not valid under any of the given schemas".
            told = best_match([error]) or error
            yield f"{told.json_path}: {told.message[:300]}"


def _report(call: str, faults: list[str]) -> str:
    return "\n".join([f"{call} is not what the OpenAPI file says:", *(f"  {fault}" for fault in faults)])


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"({.+?})", template)
    return re.compile("".join("([^/]+)" if part.startswith("{") else re.escape(part) for part in parts))


def _named_parts(template: str, path: str) -> Node:
    """What stands in the path for each `{name}` of its template."""
    found = _pattern(template).fullmatch(path)
    return dict(zip(re.findall("{(.+?)}", template), found.groups(), strict=True)) if found else {}


def _schema_of(part: Node) -> Node | None:
    """The schema of a body or an answer: of JSON if there is one, else of the first content type."""
    content = part.get("content", {})
    chosen: Node = content.get("application/json") or next(iter(content.values()), {})
    return chosen.get("schema")


def _typed(schema: Node, value: Any) -> Any:
    """A parameter's text as the type the file gives it; a text that does not fit stays, and is a fault."""
    kind = schema.get("type")
    if not isinstance(value, str):
        return value
    if kind == "array":
        return [_typed(schema.get("items", {}), part) for part in value.split(",")]
    if kind == "boolean":
        return {"true": True, "false": False}.get(value, value)
    if kind in ("integer", "number") and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value) if "." in value else int(value)
    return value


# The file, changed before it is used


def _walked(node: Any, change: Callable[[Node], Node]) -> Any:
    """The document with `change` applied to every object in it."""
    if isinstance(node, list):
        return [_walked(part, change) for part in node]
    if not isinstance(node, dict):
        return node
    return change({key: _walked(part, change) for key, part in node.items()})


def _absolute(node: Node) -> Node:
    """References name the document, so that a schema taken out of it still finds them."""
    ref = node.get("$ref")
    return {"$ref": f"{HERE}{ref}"} if isinstance(ref, str) and ref.startswith("#") else node


def _properties_of(node: Node) -> Node | None:
    """The properties of a schema; None for a node that is no schema, such as one for a key called “properties”."""
    properties = node.get("properties")
    if not isinstance(properties, dict) or not all(isinstance(one, dict) for one in properties.values()):
        return None
    return properties


def _closed(node: Node) -> Node:
    """A schema that names its properties takes no others, unless it says so."""
    if _properties_of(node) is None or "additionalProperties" in node:
        return node
    return {**node, "additionalProperties": False}


def _nullable(node: Node) -> Node:
    """Optional properties may be null."""
    properties = _properties_of(node)
    if properties is None:
        return node
    required = node.get("required", ())
    return {**node, "properties": {k: one if k in required else _or_null(one) for k, one in properties.items()}}


def _or_null(schema: Node) -> Node:
    if "type" not in schema:
        return {"anyOf": [schema, {"nullable": True, "type": "string", "enum": [None]}]} if schema else schema
    listed = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, **listed, "nullable": True}
