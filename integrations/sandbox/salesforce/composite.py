"""Several calls in one: composite with references, and batch."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from .calls import Answer, Call, Refused
from .records import Org

MAX_PARTS = 25
MAX_HEAVY = 5
REFERENCE = re.compile(r"@\{([A-Za-z0-9_]+)([^}]*)\}")
STEP = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+)\]")
HEAVY = re.compile(r"/(query|queryAll|composite/sobjects)(/|$)")
VERSIONED = re.compile(r"/services/data/v(\d+\.\d)(/.*)?$")
ROLLED_BACK = "The transaction was rolled back since another operation in the same transaction failed."
Dispatch = Callable[[Call], Answer]


def composite(org: Org, call: Call, dispatch: Dispatch) -> Answer:
    """POST /composite: the parts in order, later ones may use `@{ref.path}` of earlier ones."""
    body = call.body if isinstance(call.body, dict) else {}
    parts = checked_parts(body.get("compositeRequest"))
    names = [part.get("referenceId") for part in parts]
    if any(not isinstance(name, str) or not name for name in names) or len(set(names)) < len(names):
        raise Refused("INVALID_INPUT", "Each subrequest needs a referenceId of its own.")
    start = org.store.savepoint()
    answers: dict[str, Answer] = {}
    for part in parts:
        mark = org.store.savepoint()
        answer = _answered(part, call, answers, dispatch)
        if answer.status >= 400:
            org.store.rollback_to(mark)
        answers[part["referenceId"]] = answer
    if body.get("allOrNone") is True and any(answer.status >= 400 for answer in answers.values()):
        org.store.rollback_to(start)
        for name, answer in answers.items():
            if answer.status < 400:
                answers[name] = halted(ROLLED_BACK)
    listed = [
        {"body": a.body, "httpHeaders": a.headers, "httpStatusCode": a.status, "referenceId": name}
        for name, a in answers.items()
    ]
    return Answer(200, {"compositeResponse": listed})


def batch(org: Org, call: Call, dispatch: Dispatch) -> Answer:
    """POST /composite/batch: independent parts, each with status and result."""
    body = call.body if isinstance(call.body, dict) else {}
    parts = checked_parts(body.get("batchRequests"))
    results, halt = [], False
    for part in parts:
        if halt:
            answer = Answer(
                412, [{"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing halted per request"}]
            )
        else:
            url = str(part.get("url", ""))
            url = url if url.startswith("/services/data/") else f"/services/data/{url.lstrip('/')}"
            mark = org.store.savepoint()
            answer = _dispatched({**part, "url": url, "body": part.get("richInput")}, call, dispatch)
            if answer.status >= 400:
                org.store.rollback_to(mark)
        halt = halt or (answer.status >= 400 and body.get("haltOnError") is True)
        results.append({"statusCode": answer.status, "result": answer.body})
    return Answer(200, {"hasErrors": any(r["statusCode"] >= 400 for r in results), "results": results})


def checked_parts(parts: Any) -> list[dict[str, Any]]:
    """At most 25 parts, at most 5 of them queries or collections. Raises `Refused` for the whole call."""
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        raise Refused("JSON_PARSER_ERROR", "The body needs a list of subrequests.")
    if len(parts) > MAX_PARTS:
        raise Refused("LIMIT_EXCEEDED", f"The request has {len(parts)} subrequests, the limit is {MAX_PARTS}.")
    heavy = sum(HEAVY.search(str(part.get("url", "")).partition("?")[0]) is not None for part in parts)
    if heavy > MAX_HEAVY:
        raise Refused("LIMIT_EXCEEDED", f"The request has {heavy} queries and collections, the limit is {MAX_HEAVY}.")
    return parts


def halted(message: str) -> Answer:
    return Answer(400, [{"errorCode": "PROCESSING_HALTED", "message": message}])


def _answered(part: dict[str, Any], call: Call, answers: dict[str, Answer], dispatch: Dispatch) -> Answer:
    try:
        part = {**part, "url": resolved(part.get("url"), answers), "body": resolved(part.get("body"), answers)}
    except LookupError as error:
        return halted(str(error.args[0]))
    return _dispatched(part, call, dispatch)


def _dispatched(part: dict[str, Any], call: Call, dispatch: Dispatch) -> Answer:
    url, method = str(part.get("url", "")), str(part.get("method", "")).upper()
    split = urlsplit(url.replace("#", "%23"))
    match = VERSIONED.match(split.path)
    if match is None:
        return Answer(
            400, [{"errorCode": "INVALID_INPUT", "message": f"The url is not one of the REST API: {url[:200]}"}]
        )
    sent = part.get("httpHeaders")
    headers = {str(k): str(v) for k, v in sent.items()} if isinstance(sent, dict) else {}
    # A plain "+" in a query is a blank, as in any URL.
    args = dict(parse_qsl(split.query, keep_blank_values=True))
    inner = Call(method, unquote(match[2] or "/"), float(match[1]), args, headers, part.get("body"))
    if re.match(r"/composite(/batch|/tree/.*|/graph)?$", inner.path):
        return Answer(400, [{"errorCode": "INVALID_INPUT", "message": "A subrequest cannot be composite itself."}])
    return dispatch(inner)


def resolved(value: Any, answers: dict[str, Answer]) -> Any:
    """The value with every `@{ref.path}` replaced. Raises LookupError with the vendor's sentence."""
    if isinstance(value, dict):
        return {key: resolved(inner, answers) for key, inner in value.items()}
    if isinstance(value, list):
        return [resolved(inner, answers) for inner in value]
    if not isinstance(value, str) or "@{" not in value:
        return value
    whole = REFERENCE.fullmatch(value)
    if whole:
        return _looked_up(whole[1], whole[2], answers)
    return REFERENCE.sub(lambda match: str(_looked_up(match[1], match[2], answers)), value)


def _looked_up(name: str, path: str, answers: dict[str, Answer]) -> Any:
    sentence = f"Invalid reference specified. No value for {path.lstrip('.')} found in {name}"
    if name not in answers:
        raise LookupError(f"Invalid reference specified. {name} is not a referenceId of an earlier subrequest")
    current = answers[name].body
    if answers[name].status >= 400:
        raise LookupError(sentence)
    for field, place in STEP.findall(path):
        if field and isinstance(current, dict):
            current = next((v for k, v in current.items() if k.lower() == field.lower()), None)
        elif place and isinstance(current, list) and int(place) < len(current):
            current = current[int(place)]
        else:
            current = None
    if current is None or isinstance(current, (dict, list)):
        raise LookupError(sentence)
    return current
