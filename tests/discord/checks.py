"""What Discord refuses in a message, a form, a thread or a list of commands.

The OpenAPI document covers single fields; here are also the rules across fields that it cannot say
(6000 characters over all embeds, no content beside Components V2, custom ids only once), so that
the emulator refuses them with no oracle at hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.discord import errors
from tests.discord.components import (
    ACTION_ROW,
    SELECTS,
    TEXT_DISPLAY,
    children,
    walk,
)
from tests.discord.errors import bad_length, invalid_form, too_long
from tests.discord.parts import check_form_parts, check_parts
from tests.discord.values import COMPONENTS_V2, JSON, Message, Upload

MAX_CONTENT_CHARS = 2000
MAX_EMBEDS, MAX_EMBEDS_CHARS = 10, 6000
MAX_ROWS, MAX_BUTTONS = 5, 5
MAX_V2_COMPONENTS, MAX_V2_CHARS = 40, 4000
MAX_FILES, MAX_FILE_BYTES = 10, 10 * 1024 * 1024
MAX_CHOICES = 25
MAX_THREAD_NAME_CHARS = 100
MAX_NONCE_CHARS = 25
MAX_COMMAND_CHARS = 8000  # names, descriptions and values of one, with all its options
# Chat commands, and 15 of each kind of context menu (5 until March 2026).
MAX_COMMANDS = {1: 100, 2: 15, 3: 15}

_EMBED_CHARS = {"title": 256, "description": 4096}
_ATTACHED = "attachment://"
_CHAT_NAME = re.compile(r"[-_'\w]{1,32}")


def check_message(body: JSON, uploads: Mapping[str, Upload], before: Message | None = None) -> None:
    """Raise ApiError unless `body` may be sent, or laid over `before` when it is an edit."""
    merged = _merged(body, before)
    content, embeds, components = merged["content"], merged["embeds"], merged["components"]
    if len(content) > MAX_CONTENT_CHARS:
        raise too_long("content", MAX_CONTENT_CHARS)
    _check_embeds(embeds)
    check_parts(components, "components")
    if merged["flags"] & COMPONENTS_V2:
        legacy = content or embeds or body.get("poll") or body.get("sticker_ids")
        _check_v2(components, legacy=bool(legacy))
        _check_shown_files(components, uploads, merged["attachments"])
    else:
        _check_rows(components)
    _check_uploads(uploads)
    _check_allowed_mentions(body.get("allowed_mentions") or {})
    if len(str(body.get("nonce") or "")) > MAX_NONCE_CHARS:
        raise too_long("nonce", MAX_NONCE_CHARS)
    others = ("poll", "sticker_ids")
    if not (content or embeds or components or uploads or merged["attachments"]) and not any(
        body.get(other) for other in others
    ):
        raise errors.empty_message()


def _merged(body: JSON, before: Message | None) -> JSON:
    empty: JSON = {"content": "", "embeds": [], "components": [], "attachments": [], "flags": 0}
    old = empty if before is None else {key: before.data[key] for key in empty}
    merged = {key: body.get(key, old[key]) or empty[key] for key in empty}
    merged["flags"] |= old["flags"]
    return merged


def _check_embeds(embeds: list[JSON]) -> None:
    if len(embeds) > MAX_EMBEDS:
        raise too_long("embeds", MAX_EMBEDS)
    total = 0
    for index, embed in enumerate(embeds):
        where = f"embeds.{index}"
        parts: list[tuple[str, str, int]] = [
            (key, embed.get(key) or "", most) for key, most in _EMBED_CHARS.items()
        ]
        parts.append(("footer.text", (embed.get("footer") or {}).get("text") or "", 2048))
        parts.append(("author.name", (embed.get("author") or {}).get("name") or "", 256))
        fields = embed.get("fields") or []
        if len(fields) > 25:
            raise too_long(f"{where}.fields", 25)
        for number, named in enumerate(fields):
            for key, most in (("name", 256), ("value", 1024)):
                if not named[key]:
                    problem = "This field is required"
                    path = f"{where}.fields.{number}.{key}"
                    raise invalid_form(path, "BASE_TYPE_REQUIRED", problem)
                parts.append((f"fields.{number}.{key}", named[key], most))
        for key, text, most in parts:
            if len(text) > most:
                raise too_long(f"{where}.{key}", most)
            total += len(text)
    if total > MAX_EMBEDS_CHARS:
        problem = f"Embed size exceeds maximum size of {MAX_EMBEDS_CHARS}"
        raise invalid_form("embeds", "MAX_EMBED_SIZE_EXCEEDED", problem)


def _check_rows(components: list[JSON]) -> None:
    if len(components) > MAX_ROWS:
        raise bad_length("components", 1, MAX_ROWS)
    for index, row in enumerate(components):
        if row["type"] != ACTION_ROW:
            problem = 'Value of field "type" must be one of (1,).'
            raise invalid_form(f"components.{index}.type", "UNION_TYPE_CHOICES", problem)
    _check_row_widths(components)


def _check_row_widths(components: list[JSON]) -> None:
    """A row holds up to five buttons or one select, in either kind of message."""
    for row in walk(components):
        if row["type"] != ACTION_ROW:
            continue
        inside = children(row)
        most = 1 if any(part["type"] in SELECTS for part in inside) else MAX_BUTTONS
        if not 1 <= len(inside) <= most:
            raise bad_length("components.components", 1, most)


def _check_v2(components: list[JSON], *, legacy: bool) -> None:
    if legacy:
        code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
        problem = "The 'content' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
        raise invalid_form("content", code, problem)
    _check_row_widths(components)
    everything = list(walk(components))
    if len(everything) > MAX_V2_COMPONENTS:
        problem = f"The total number of components cannot exceed {MAX_V2_COMPONENTS}"
        raise invalid_form("components", "COMPONENT_MAX_TOTAL_COMPONENTS", problem)
    if sum(len(c["content"]) for c in everything if c["type"] == TEXT_DISPLAY) > MAX_V2_CHARS:
        problem = f"The total displayable text size exceeds {MAX_V2_CHARS}"
        raise invalid_form("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", problem)


def _check_shown_files(
    components: list[JSON], uploads: Mapping[str, Upload], attachments: list[JSON]
) -> None:
    """A layout may show files of its own message, by their names, and no others."""
    there = {upload.filename for upload in uploads.values()}
    there |= {str(attachment.get("filename")) for attachment in attachments}
    for component in walk(components):
        shown = [component.get("file"), component.get("media")]
        shown += [item.get("media") for item in component.get("items") or []]
        for media in shown:
            url = str((media or {}).get("url"))
            if url.startswith(_ATTACHED) and url.removeprefix(_ATTACHED) not in there:
                problem = "The referenced attachment was not found"
                code = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
                raise invalid_form("components", code, problem)


def _check_allowed_mentions(allowed: JSON) -> None:
    for kind in ("users", "roles"):
        if kind in (allowed.get("parse") or []) and allowed.get(kind):
            problem = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            code = "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"
            raise invalid_form("allowed_mentions", code, problem)


def _check_uploads(uploads: Mapping[str, Upload]) -> None:
    if len(uploads) > MAX_FILES:
        raise too_long("attachments", MAX_FILES)
    if any(len(upload.data) > MAX_FILE_BYTES for upload in uploads.values()):
        raise errors.file_too_large()


def check_modal(modal: JSON) -> None:
    """A form needs a title of 1-45 characters and 1-5 parts, each label at most 45 long."""
    if not 1 <= len(modal.get("title") or "") <= 45:
        raise bad_length("data.title", 1, 45)
    if not 1 <= len(modal.get("custom_id") or "") <= 100:
        raise bad_length("data.custom_id", 1, 100)
    parts = modal.get("components") or []
    if not 1 <= len(parts) <= 5:
        raise bad_length("data.components", 1, 5)
    check_form_parts(parts, "data.components")


def check_choices(choices: list[JSON]) -> None:
    if len(choices) > MAX_CHOICES:
        raise too_long("data.choices", MAX_CHOICES)
    for index, choice in enumerate(choices):
        if not 1 <= len(choice["name"]) <= 100:
            raise bad_length(f"data.choices.{index}.name", 1, 100)
        if isinstance(choice["value"], str) and len(choice["value"]) > 100:
            raise too_long(f"data.choices.{index}.value", 100)


def check_thread(body: JSON) -> None:
    if not 1 <= len(body.get("name") or "") <= MAX_THREAD_NAME_CHARS:
        raise bad_length("name", 1, MAX_THREAD_NAME_CHARS)


def check_commands(commands: list[JSON]) -> None:
    """The whole list an app registers: how many of each kind, names, descriptions."""
    kinds = [(command.get("type") or 1, command["name"]) for command in commands]
    if len(set(kinds)) != len(kinds):
        problem = "Application command names must be unique"
        raise invalid_form("", "APPLICATION_COMMANDS_DUPLICATE_NAME", problem)
    for kind, most in MAX_COMMANDS.items():
        if sum(command_kind == kind for command_kind, _ in kinds) > most:
            message = f"Maximum number of application commands reached ({most})."
            raise errors.ApiError(400, 30032, message)
    for index, command in enumerate(commands):
        name = command["name"]
        if (command.get("type") or 1) != 1:
            if not 1 <= len(name) <= 32:
                raise bad_length(f"{index}.name", 1, 32)
            continue
        if not _CHAT_NAME.fullmatch(name) or name != name.lower():
            problem = "Command name is invalid"
            raise invalid_form(f"{index}.name", "APPLICATION_COMMAND_INVALID_NAME", problem)
        if not 1 <= len(command.get("description") or "") <= 100:
            raise bad_length(f"{index}.description", 1, 100)
        _check_options(command.get("options") or [], f"{index}.options")
        if _command_chars(command) > MAX_COMMAND_CHARS:
            problem = f"Command exceeds maximum size ({MAX_COMMAND_CHARS})"
            raise invalid_form(str(index), "APPLICATION_COMMAND_TOO_LARGE", problem)


def _command_chars(command: JSON) -> int:
    """As Discord counts: of each name and description the longest of its translations."""
    total = 0
    for key in ("name", "description"):
        translated = (command.get(f"{key}_localizations") or {}).values()
        total += max(len(text or "") for text in (command.get(key), *translated))
    for choice in command.get("choices") or []:
        translated = (choice.get("name_localizations") or {}).values()
        total += max(len(text) for text in (choice["name"], *translated))
        total += len(str(choice["value"]))
    return total + sum(_command_chars(option) for option in command.get("options") or [])


def _check_options(options: list[JSON], where: str) -> None:
    """Of one command or subcommand: no name twice, the required ones first."""
    if len(options) > 25:
        raise too_long(where, 25)
    names = [option["name"] for option in options]
    if len(set(names)) != len(names):
        problem = "Option names must be unique"
        raise invalid_form(where, "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", problem)
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        problem = "Required options must be placed before non-required options"
        raise invalid_form(where, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", problem)
    for option in options:
        if not 1 <= len(option.get("description") or "") <= 100:
            raise bad_length(f"{where}.description", 1, 100)
        if option.get("autocomplete") and option.get("choices"):
            problem = "Autocomplete options cannot have choices"
            code = "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE"
            raise invalid_form(f"{where}.choices", code, problem)
        _check_options(option.get("options") or [], f"{where}.options")
