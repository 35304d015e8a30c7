"""The rules for message bodies, forms and command lists, each broken by a hair."""

from __future__ import annotations

import pytest

from tests.discord import checks
from tests.discord.errors import ApiError
from tests.discord.values import COMPONENTS_V2, JSON, Message, Upload, User


def button(**changes: object) -> JSON:
    return {"type": 2, "style": 1, "label": "b", "custom_id": "b", **changes}


def row(*inside: JSON) -> JSON:
    return {"type": 1, "components": list(inside)}


def text(chars: int) -> JSON:
    return {"type": 10, "content": "x" * chars}


def select(options: list[JSON], **changes: object) -> JSON:
    return {"type": 3, "custom_id": "s", "options": options, **changes}


def option(value: str) -> JSON:
    return {"label": "o", "value": value}


def v2(*components: JSON, **changes: object) -> JSON:
    return {"flags": COMPONENTS_V2, "components": list(components), **changes}


def section(custom_id: str) -> JSON:
    return {"type": 9, "components": [text(1)], "accessory": button(custom_id=custom_id)}


def sent(**data: object) -> Message:
    wire: JSON = {"content": "", "embeds": [], "components": [], "attachments": [], "flags": 0}
    return Message(1, 2, User(3, "bot", bot=True), {**wire, **data})


@pytest.mark.parametrize(
    "body",
    [
        {"content": "x" * 2000},
        {"embeds": [{"description": "x" * 4096}, {"title": "x" * 256}]},
        {"embeds": [{"description": "x" * 3000}] * 2},
        {"content": "x", "components": [row(*(button(custom_id=str(n)) for n in range(5)))] * 1},
        {"components": [row(button(style=5, custom_id=None, url="https://a.example"))]},
        v2(text(4000)),
        v2(*[text(1)] * 40),
        v2(section("a"), section("b")),
        v2({"type": 17, "components": [section("a"), text(1)]}),
        v2(row(button(label=None, emoji={"name": "👍"}))),
        {"components": [row(select([option("a"), option("b")], min_values=0, max_values=2))]},
    ],
)
def test_a_body_at_the_limit_is_accepted(body: JSON):
    checks.check_message(body, {})


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"content": "x" * 2001}, "content"),
        ({"embeds": [{"title": "x"}] * 11}, "embeds"),
        ({"embeds": [{"title": "x" * 257}]}, "embeds.0.title"),
        ({"embeds": [{"description": "x" * 4097}]}, "embeds.0.description"),
        ({"embeds": [{"footer": {"text": "x" * 2049}}]}, "embeds.0.footer.text"),
        ({"embeds": [{"author": {"name": "x" * 257}}]}, "embeds.0.author.name"),
        ({"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]}, "embeds.0.fields"),
        ({"embeds": [{"fields": [{"name": "", "value": "v"}]}]}, "embeds.0.fields.0.name"),
        (
            {"embeds": [{"fields": [{"name": "n", "value": "x" * 1025}]}]},
            "embeds.0.fields.0.value",
        ),
        ({"embeds": [{"description": "x" * 3001}] * 2}, "embeds"),
        ({"components": [row(button(label="x" * 81))]}, "components.label"),
        ({"components": [row(button(custom_id="x" * 101))]}, "components.custom_id"),
        ({"components": [row(button(custom_id=None))]}, "components"),
        ({"components": [row(button(style=5, custom_id=None))]}, "components"),
        ({"components": [row(button(), button())]}, "components"),
        ({"components": [row(button(custom_id=str(n))) for n in range(6)]}, "components"),
        (
            {"components": [row(*(button(custom_id=str(n)) for n in range(6)))]},
            "components.components",
        ),
        ({"components": [row()]}, "components.components"),
        ({"components": [row(select([option("a")]), button())]}, "components.components"),
        ({"components": [row(select([]))]}, "components.options"),
        ({"components": [row(select([option(str(n)) for n in range(26)]))]}, "components.options"),
        ({"components": [row(select([option("a"), option("a")]))]}, "components.options"),
        ({"components": [text(1)]}, "components.0.type"),
        (v2(text(2001), text(2000)), "components"),
        (v2(*[text(1)] * 41), "components"),
        (v2(section("a"), section("a")), "components"),
        (v2({**text(1), "id": 7}, {**text(1), "id": 7}), "components"),
        (v2(text(1), content="x"), "content"),
        (v2(text(1), embeds=[{"title": "x"}]), "content"),
        (v2(text(1), poll={"question": {"text": "x"}}), "content"),
        (v2(text(1), sticker_ids=["1"]), "content"),
        (v2({"type": 13, "file": {"url": "attachment://a.md"}}), "components"),
        (v2({"type": 12, "items": [{"media": {"url": "attachment://a.png"}}]}), "components"),
        (
            {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
            "allowed_mentions",
        ),
        ({"content": "x", "nonce": "9" * 26}, "nonce"),
        (v2(text(0)), "components.content"),
        (v2({**section("a"), "accessory": None}), "components.accessory"),
        (v2({**section("a"), "components": [text(1)] * 4}), "components.components"),
        (v2({"type": 17, "components": []}), "components.components"),
        (
            v2({"type": 17, "components": [{"type": 17, "components": [text(1)]}]}),
            "components.components",
        ),
        ({"components": [row(button(label=None))]}, "components"),
        ({"components": [row(button(style=5, url="https://a.example"))]}, "components"),
        ({"components": [row(select([option("a")], max_values=2))]}, "components.max_values"),
        (
            {"components": [row(select([{**option(v), "default": True} for v in "ab"]))]},
            "components.options",
        ),
    ],
)
def test_a_body_over_the_limit_is_refused_at_its_place(body: JSON, where: str):
    with pytest.raises(ApiError) as refused:
        checks.check_message(body, {})
    assert refused.value.code == 50035
    node = refused.value.body["errors"]
    for part in where.split("."):
        node = node[part]
    assert node["_errors"][0]["message"]


@pytest.mark.parametrize("body", [{}, {"content": ""}, {"content": None, "embeds": []}])
def test_a_message_with_nothing_in_it_is_refused(body: JSON):
    with pytest.raises(ApiError) as refused:
        checks.check_message(body, {})
    assert refused.value.code == 50006


def test_a_layout_shows_the_files_that_come_with_it():
    layout = v2({"type": 13, "file": {"url": "attachment://a.md"}})
    checks.check_message(layout, {"files[0]": Upload("a.md", b"")})
    kept = sent(attachments=[{"id": "1", "filename": "a.md"}], flags=COMPONENTS_V2)
    checks.check_message(layout, {}, before=kept)


def test_files_are_limited_in_number_and_size():
    small, large = Upload("a", b""), Upload("a", bytes(checks.MAX_FILE_BYTES + 1))
    checks.check_message({}, {str(n): small for n in range(10)})
    with pytest.raises(ApiError, match="50035"):
        checks.check_message({}, {str(n): small for n in range(11)})
    with pytest.raises(ApiError, match="413 40005"):
        checks.check_message({}, {"0": large})


def test_an_edit_is_judged_with_what_it_leaves():
    checks.check_message({"content": ""}, {}, before=sent(embeds=[{"title": "x"}]))
    with pytest.raises(ApiError, match="50006"):
        checks.check_message({"content": ""}, {}, before=sent(content="x"))


def test_a_message_with_content_becomes_v2_only_without_it():
    layout = v2(text(1))
    with pytest.raises(ApiError, match="50035"):
        checks.check_message(layout, {}, before=sent(content="x"))
    checks.check_message({**layout, "content": None}, {}, before=sent(content="x"))


def test_a_v2_message_never_takes_content_again():
    before = sent(flags=COMPONENTS_V2, components=[text(1)])
    with pytest.raises(ApiError, match="50035"):
        checks.check_message({"content": "x", "components": [], "flags": 0}, {}, before=before)


def field(**changes: object) -> JSON:
    return {"type": 4, "custom_id": "t", "style": 1, **changes}


def label(inside: JSON, **changes: object) -> JSON:
    return {"type": 18, "label": "l", "component": inside, **changes}


FORM = {"title": "t", "custom_id": "c", "components": [label(field())]}


@pytest.mark.parametrize(
    "parts",
    [
        [label(field(value="x" * 4000), label="x" * 45, description="x" * 100)],
        [label(field(custom_id=str(n))) for n in range(5)],
        [text(4000), label(select([option("a")]))],
        [row(field(label="x" * 45))],
    ],
)
def test_a_form_at_the_limit_is_accepted(parts: list[JSON]):
    checks.check_modal({**FORM, "components": parts})


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"title": "x" * 46},
        {"custom_id": "x" * 101},
        {"components": []},
        {"components": [label(field(custom_id=str(n))) for n in range(6)]},
        {"components": [row(field(label="x" * 46))]},
        {"components": [row(button())]},
        {"components": [field()]},
        {"components": [label(field()), label(field())]},
        {"components": [label(field(), label="")]},
        {"components": [label(field(), label="x" * 46)]},
        {"components": [label(field(), description="x" * 101)]},
        {"components": [label(field(label="twice"))]},
        {"components": [label(button())]},
        {"components": [label(field(value="xx", max_length=1))]},
        {"components": [label(field(min_length=2, max_length=1))]},
        {"components": [label(field(max_length=4001))]},
        {"components": [label(field(placeholder="x" * 101))]},
    ],
)
def test_a_form_out_of_bounds_is_refused(changes: JSON):
    with pytest.raises(ApiError, match="50035"):
        checks.check_modal({**FORM, **changes})


def test_twenty_six_choices_are_one_too_many():
    choices = [{"name": str(n), "value": n} for n in range(26)]
    checks.check_choices(choices[:25])
    with pytest.raises(ApiError, match="50035"):
        checks.check_choices(choices)


@pytest.mark.parametrize(("kind", "most"), [(1, 100), (2, 15), (3, 15)])
def test_commands_of_a_kind_are_limited(kind: int, most: int):
    commands = [{"type": kind, "name": f"c{n}", "description": "d"} for n in range(most + 1)]
    checks.check_commands(commands[:most])
    with pytest.raises(ApiError, match="30032"):
        checks.check_commands(commands)


OPTION = {"name": "a", "type": 3, "description": "d"}
REQUIRED = {**OPTION, "required": True}


@pytest.mark.parametrize(
    "command",
    [
        {"name": "Ask", "description": "d"},
        {"name": "a b", "description": "d"},
        {"name": "x" * 33, "description": "d"},
        {"name": "ask", "description": ""},
        {"name": "ask", "description": "d", "options": [{}] * 26},
        {"name": "ask", "description": "d", "options": [OPTION, OPTION]},
        {"name": "ask", "description": "d", "options": [OPTION, {**REQUIRED, "name": "b"}]},
        {"name": "ask", "description": "d", "options": [{**OPTION, "description": ""}]},
        {
            "name": "ask",
            "description": "d",
            "options": [{**OPTION, "autocomplete": True, "choices": [{"name": "a"}]}],
        },
        {
            "name": "ask",
            "description": "d",
            "options": [
                {
                    **OPTION,
                    "name": str(option),
                    "choices": [{"name": "x" * 100, "value": "x" * 100} for _ in range(21)],
                }
                for option in range(2)
            ],
        },
        {"name": "ask", "description": "d", "description_localizations": {"de": "x" * 8000}},
        {"name": "", "type": 3},
    ],
)
def test_a_malformed_command_is_refused(command: JSON):
    with pytest.raises(ApiError, match="50035"):
        checks.check_commands([command])


def test_two_commands_of_one_kind_need_two_names():
    ask = {"name": "ask", "description": "d"}
    checks.check_commands([ask, {"name": "ask", "type": 3}])
    with pytest.raises(ApiError, match="50035"):
        checks.check_commands([ask, ask])
