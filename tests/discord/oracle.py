"""Checks requests, and the emulator's own replies, against Discord's OpenAPI document.

Nobody here wrote that document, so it catches what bot and emulator would get wrong together. It
is a preview that lags behind Discord and knows no rule across fields; `checks` has those.
"""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs

from tests.discord.values import JSON

ENVIRONMENT_KEY = "FOOTNOTE_TEST_DISCORD_OPENAPI"
_BESIDE_THE_REPO = Path(__file__).resolve().parents[3] / "shared" / "discord" / "openapi.json"
_METHODS = ("get", "post", "put", "patch", "delete")
_BOOLEAN, _INTEGER = {"type": "boolean"}, {"type": "integer"}
# Keys that discord.py 2.7.1 sends and the document does not list. Each was seen, none guessed.
_UNLISTED_KEYS = {
    "ApplicationCommandUpdateRequest": {"nsfw": _BOOLEAN},
    "ApplicationCommandCreateRequest": {"nsfw": _BOOLEAN},
    "RichEmbed": {"flags": _INTEGER},
    "IncomingWebhookUpdateRequestPartial": {"tts": _BOOLEAN},
    "IncomingWebhookUpdateForInteractionCallbackRequestPartial": {"tts": _BOOLEAN},
    "MessageEditRequestPartial": {"tts": _BOOLEAN},
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `kind` is no-operation, body, unknown-key, query or response."""

    operation: str
    kind: str
    where: str
    problem: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.kind} at {self.where or '/'}: {self.problem[:300]}"


@dataclass(frozen=True, slots=True)
class _Operation:
    method: str
    path: re.Pattern[str]
    literal_parts: int
    name: str
    query_keys: frozenset[str]
    request_schema: JSON | None
    body_required: bool
    responses: JSON


def find_openapi() -> Path | None:
    """Where the document is: $FOOTNOTE_TEST_DISCORD_OPENAPI, else beside the repository, else None.

    In CI a path that leads nowhere raises: tests that quietly skip the oracle look like tests
    that passed it.
    """
    named = os.environ.get(ENVIRONMENT_KEY)
    if not named:
        return _BESIDE_THE_REPO if _BESIDE_THE_REPO.is_file() else None
    path = Path(named)
    if path.is_file():
        return path
    if os.environ.get("CI") == "true":
        raise FileNotFoundError(f"{ENVIRONMENT_KEY} names {path}, which is not there")
    return None


def load_oracle() -> Oracle | None:
    """The oracle over the document that `find_openapi` finds; None when there is none."""
    path = find_openapi()
    return None if path is None else Oracle(path)


class Oracle:
    """The document, with a compiled validator for each operation that was asked about.

    Loading takes about 0.1 s and a check well under a millisecond, so one may serve all tests.
    """

    def __init__(self, path: Path) -> None:
        document: JSON = json.loads(path.read_text(encoding="utf-8"))
        self._document = document
        self._operations = sorted(
            _operations(document), key=lambda operation: -operation.literal_parts
        )
        self._reply_components = _for_replies(document["components"])
        self._request_components = _for_requests(document["components"])
        self._closed_components = _closed(self._request_components)
        self._validators: dict[tuple[str, str], Any] = {}

    def check_request(
        self, method: str, path: str, body: object, query: Iterable[str]
    ) -> list[Finding]:
        """What is wrong with a request; `path` starts after /api/v10.

        A body that fits is checked once more with all objects closed: Discord ignores a key it
        does not know, so a typo would otherwise pass for ever.
        """
        operation = self._find(method, path)
        if operation is None:
            name = f"{method} {path}"
            return [Finding(name, "no-operation", "", "not in the OpenAPI document")]
        findings = [
            Finding(operation.name, "query", key, "unknown query parameter")
            for key in query
            if key not in operation.query_keys
        ]
        schema = operation.request_schema
        if schema is None:
            if body:
                problem = "body sent but the operation takes none"
                findings.append(Finding(operation.name, "body", "", problem))
        elif body is None:
            if operation.body_required:
                findings.append(Finding(operation.name, "body", "", "required body missing"))
        else:
            findings += self._violations(
                operation, "body", schema, self._request_components, body
            ) or self._violations(operation, "unknown-key", schema, self._closed_components, body)
        return findings

    def check_response(self, method: str, path: str, status: int, body: object) -> list[Finding]:
        """What is wrong with a reply; nothing for operations the document does not have."""
        operation = self._find(method, path)
        if operation is None:
            return []
        responses = operation.responses
        response = responses.get(str(status)) or responses.get(f"{status // 100}XX")
        if response is None:
            problem = f"status {status} is not among {sorted(responses)}"
            return [Finding(operation.name, "response", "", problem)]
        if "$ref" in response:
            response = self._document["components"]["responses"][response["$ref"].split("/")[-1]]
        schema = _json_schema(response)
        if schema is None or body is None:
            return []
        kind = f"response {status}"
        return self._violations(operation, kind, schema, self._reply_components, body)

    def _find(self, method: str, path: str) -> _Operation | None:
        for operation in self._operations:
            if operation.method == method and operation.path.fullmatch(path):
                return operation
        return None

    def _violations(
        self, operation: _Operation, kind: str, schema: JSON, components: JSON, body: object
    ) -> list[Finding]:
        key = (operation.name, kind)
        if key not in self._validators:
            # The components ride along at the root, where the document's $refs look for them.
            root = {"allOf": [schema], "components": components}
            self._validators[key] = jsonschema_rs.Draft202012Validator(root)
        return [
            Finding(operation.name, kind, "/".join(map(str, error.instance_path)), error.message)
            for error in self._validators[key].iter_errors(body)
        ]


def _operations(document: JSON) -> Iterable[_Operation]:
    for path, item in document["paths"].items():
        parts = [part for part in path.split("/") if part]
        pattern = re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(path))
        for method, operation in item.items():
            if method not in _METHODS:
                continue
            parameters = item.get("parameters", []) + operation.get("parameters", [])
            request = operation.get("requestBody", {})
            yield _Operation(
                method=method.upper(),
                path=re.compile(pattern),
                # "@original" must win over "{message_id}": more literal parts come first.
                literal_parts=sum(not part.startswith("{") for part in parts),
                name=operation["operationId"],
                query_keys=frozenset(p["name"] for p in parameters if p.get("in") == "query"),
                request_schema=_json_schema(request),
                body_required=bool(request.get("required")),
                responses=operation["responses"],
            )


def _json_schema(holder: Mapping[str, Any]) -> JSON | None:
    found: JSON | None = holder.get("content", {}).get("application/json", {}).get("schema")
    return found


def _for_requests(components: JSON) -> JSON:
    """Discord takes a snowflake as a number too, and discord.py sends some so."""
    lenient = copy.deepcopy(components)
    lenient["schemas"]["SnowflakeType"]["type"] = ["string", "integer"]
    return lenient


def _for_replies(components: JSON) -> JSON:
    """The codes inside a 50035 are words (its reference shows BASE_TYPE_CHOICES), not numbers."""
    lenient = copy.deepcopy(components)
    lenient["schemas"]["Error"]["properties"]["code"]["type"] = ["integer", "string"]
    return lenient


def _closed(components: JSON) -> JSON:
    """The same schemas with unknown keys forbidden, but for those discord.py is known to send."""
    closed = copy.deepcopy(components)
    for name, schema in closed["schemas"].items():
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
            schema["properties"].update(_UNLISTED_KEYS.get(name, {}))
    return closed
