"""The oracle refuses what Discord's document refuses, and says where."""

from __future__ import annotations

from pathlib import Path

import pytest
from discord.http import Route

from tests.discord.oracle import ENVIRONMENT_KEY, Finding, Oracle, find_openapi, load_oracle
from tests.discord.stage import ORACLE, staged
from tests.discord.values import JSON

MESSAGES = "/channels/1/messages"


@pytest.fixture
def oracle() -> Oracle:
    if ORACLE is None:
        pytest.skip("Discord's OpenAPI document is not here")
    return ORACLE


def kinds(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.kind, finding.where) for finding in findings]


def test_a_good_body_gives_no_finding(oracle: Oracle):
    body = {"content": "x", "message_reference": {"message_id": 1}}
    assert oracle.check_request("POST", MESSAGES, body, {}) == []


@pytest.mark.parametrize(
    ("body", "finding"),
    [
        ({"content": 5}, ("body", "content")),
        ({"contents": "x"}, ("unknown-key", "")),
        ({"embeds": [{"titel": "x"}]}, ("unknown-key", "embeds/0")),
        ({"embeds": [{"description": "x" * 4097}]}, ("body", "embeds/0/description")),
    ],
)
def test_a_wrong_body_is_reported_at_its_place(
    oracle: Oracle, body: JSON, finding: tuple[str, str]
):
    assert kinds(oracle.check_request("POST", MESSAGES, body, {})) == [finding]


def test_an_invented_route_a_stray_body_and_a_stray_query_are_reported(oracle: Oracle):
    assert kinds(oracle.check_request("GET", "/nonsense", None, {})) == [("no-operation", "")]
    assert kinds(oracle.check_request("GET", "/users/@me", {"a": 1}, {})) == [("body", "")]
    assert kinds(oracle.check_request("GET", MESSAGES, None, {"limt": "5"})) == [("query", "limt")]
    assert kinds(oracle.check_request("PUT", "/applications/1/commands", None, {})) == [
        ("body", "")
    ]


def test_the_literal_path_wins_over_the_pattern(oracle: Oracle):
    (finding,) = oracle.check_request(
        "PATCH", "/webhooks/1/token/messages/@original", {"content": 5}, {}
    )
    assert finding.operation == "update_original_webhook_message"


def test_a_reply_is_checked_too(oracle: Oracle):
    assert kinds(oracle.check_response("GET", "/users/@me", 200, {"id": "1"})) != []
    assert kinds(oracle.check_response("POST", MESSAGES, 403, {"code": 50013})) != []
    error = {"code": 50013, "message": "Missing Permissions"}
    assert oracle.check_response("POST", MESSAGES, 403, error) == []
    assert kinds(oracle.check_response("POST", MESSAGES, 302, None)) == [("response", "")]


async def test_a_client_that_misspells_a_key_does_not_stay_clean(oracle: Oracle):
    async with staged(clean=False) as stage:
        route = Route("POST", "/channels/{channel_id}/messages", channel_id=stage.channel)
        await stage.bot.http.request(route, json={"content": "x", "tss": False})
        with pytest.raises(AssertionError, match=r"client: create_message: unknown-key.*tss"):
            stage.discord_.assert_clean()


def test_the_document_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    document = tmp_path / "openapi.json"
    document.write_text("{}")
    monkeypatch.setenv(ENVIRONMENT_KEY, str(document))
    assert find_openapi() == document


def test_a_named_document_that_is_missing_is_an_error_in_ci_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(ENVIRONMENT_KEY, str(tmp_path / "gone.json"))
    monkeypatch.delenv("CI", raising=False)
    assert load_oracle() is None
    monkeypatch.setenv("CI", "true")
    with pytest.raises(FileNotFoundError, match=r"gone\.json"):
        find_openapi()
