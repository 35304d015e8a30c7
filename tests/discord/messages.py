"""How a message comes to be, is edited, and goes out to the gateway."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from tests.discord import errors, payloads
from tests.discord.components import numbered, walk
from tests.discord.state import World
from tests.discord.values import COMPONENTS_V2, EPHEMERAL, JSON, Message, Upload, User

DEFAULT, REPLY = 0, 19
_SUPPRESS_EMBEDS = 1 << 2
_EDITABLE_FLAGS = _SUPPRESS_EMBEDS | COMPONENTS_V2
_HAS_THREAD = 1 << 5
_PING = re.compile(r"<@!?(\d+)>")

Uploads = Mapping[str, Upload]


def create(
    world: World,
    channel_id: int,
    author: User,
    body: JSON,
    uploads: Uploads,
    *,
    extra: JSON | None = None,
    only_for: int | None = None,
) -> Message:
    """Put a message into the channel. `body` must have passed the checks; nobody is told yet."""
    message_id = world.new_id()
    content = body.get("content") or ""
    data: JSON = {
        "id": str(message_id),
        "channel_id": str(channel_id),
        "author": payloads.user_json(author),
        "content": content,
        "timestamp": payloads.time_of(message_id),
        "edited_timestamp": None,
        "tts": bool(body.get("tts")),
        "mention_everyone": False,
        "mentions": [payloads.user_json(user) for user in _pinged(world, content)],
        "mention_roles": [],
        "attachments": _attachments(world, channel_id, body, uploads),
        "embeds": _embeds(body),
        "components": numbered(body.get("components") or []),
        "pinned": False,
        "type": DEFAULT,
        "flags": body.get("flags") or 0,
    }
    if body.get("nonce") is not None:
        data["nonce"] = body["nonce"]
    if body.get("message_reference"):
        data.update(_reference(world, channel_id, body["message_reference"]))
    data.update(extra or {})
    if not data["flags"] & EPHEMERAL:
        only_for = None
    _resolve_media(data)
    message = Message(message_id, channel_id, author, data, only_for=only_for)
    world.messages[channel_id][message_id] = message
    world.channels[channel_id]["last_message_id"] = str(message_id)
    return message


def edit(world: World, message: Message, body: JSON, uploads: Uploads) -> None:
    """Change what `body` names and leave the rest. A null empties; `attachments` keeps its own."""
    data = message.data
    if "content" in body:
        data["content"] = body["content"] or ""
        pinged = _pinged(world, data["content"])
        data["mentions"] = [payloads.user_json(user) for user in pinged]
    if "embeds" in body:
        data["embeds"] = _embeds(body)
    if "components" in body:
        data["components"] = numbered(body["components"] or [])
    if "flags" in body:
        # Only these two can change, and a message never stops being a V2 message.
        asked = (body["flags"] or 0) & _EDITABLE_FLAGS
        data["flags"] = data["flags"] & ~_SUPPRESS_EMBEDS | asked
    if "attachments" in body or uploads:
        kept_ids = {str(kept["id"]) for kept in body.get("attachments") or []}
        kept = [old for old in data["attachments"] if old["id"] in kept_ids]
        data["attachments"] = kept + _attachments(world, message.channel_id, body, uploads)
    _resolve_media(data)
    data["edited_timestamp"] = datetime.now(UTC).isoformat()
    message.history.append(message.content)


def mark_threaded(message: Message) -> None:
    message.data["flags"] |= _HAS_THREAD


def remove(world: World, message: Message) -> JSON:
    """Delete a message; returns what MESSAGE_DELETE tells."""
    del world.messages[message.channel_id][message.id]
    gone = {"id": str(message.id), "channel_id": str(message.channel_id)}
    guild = world.guild_of(message.channel_id)
    return gone if guild is None else {**gone, "guild_id": str(guild.id)}


async def announce(world: World, event: str, message: Message) -> None:
    """Tell the gateway, which never hears of ephemeral messages: only their reader's app does."""
    if message.ephemeral:
        world.bell.ring()
        return
    await world.publish(event, gateway_json(world, message))


def gateway_json(world: World, message: Message) -> JSON:
    """The message as an event carries it: with its guild and its author's membership."""
    data = dict(message.data)
    guild = world.guild_of(message.channel_id)
    if guild is None:
        return data
    data["guild_id"] = str(guild.id)
    if member := guild.members.get(message.author.id):
        about = payloads.member_json(member)
        del about["user"]
        data["member"] = about
    return data


def _pinged(world: World, content: str) -> list[User]:
    """The users that the text names, each once, in order."""
    ids = dict.fromkeys(int(found) for found in _PING.findall(content))
    return [world.users[user_id] for user_id in ids if user_id in world.users]


def _embeds(body: JSON) -> list[JSON]:
    return [{"type": "rich", **embed} for embed in body.get("embeds") or []]


def _attachments(world: World, channel_id: int, body: JSON, uploads: Uploads) -> list[JSON]:
    """The new files as attachments, with the descriptions `body` gives by the part's number."""
    described = {str(a["id"]): a.get("description") for a in body.get("attachments") or []}
    made = []
    for part, upload in uploads.items():
        attachment = world.store(str(channel_id), upload)
        number = re.search(r"\d+", part)
        if number and (description := described.get(number.group())):
            attachment["description"] = description
        made.append(attachment)
    return made


def _resolve_media(data: JSON) -> None:
    """What galleries name by a file's name is told by where it can be had."""
    files = {f"attachment://{one['filename']}": one for one in data["attachments"]}
    for component in walk(data["components"]):
        for item in component.get("items") or []:
            if found := files.get(item["media"]["url"]):
                url = {"url": found["url"], "proxy_url": found["proxy_url"]}
                item["media"] = {"id": found["id"], "attachment_id": found["id"], **url}


def _reference(world: World, channel_id: int, asked: JSON) -> JSON:
    """The fields of a reply; 50035 when what it replies to is gone and the sender minds."""
    quoted = world.messages[channel_id].get(int(asked["message_id"]))
    if quoted is None and asked.get("fail_if_not_exists", True):
        where, why = "message_reference", "Unknown message"
        raise errors.invalid_form(where, "REPLIES_UNKNOWN_MESSAGE", why)
    ids = {key: str(value) for key, value in asked.items() if key.endswith("_id")}
    return {
        "type": REPLY,
        "message_reference": {"type": 0, "channel_id": str(channel_id), **ids},
        "referenced_message": None if quoted is None else _quoted(quoted),
    }


def _quoted(message: Message) -> JSON:
    """A quote shows one level: not what the quoted message itself replied to."""
    return {key: value for key, value in message.data.items() if key != "referenced_message"}


def reaction_json(world: World, message: Message, user: User, emoji: str) -> JSON:
    """What MESSAGE_REACTION_ADD and _REMOVE tell. `emoji` is the character, or name:id."""
    name, _, emoji_id = emoji.partition(":")
    data: JSON = {
        "user_id": str(user.id),
        "channel_id": str(message.channel_id),
        "message_id": str(message.id),
        "message_author_id": str(message.author.id),
        "emoji": {"id": emoji_id or None, "name": name},
        "burst": False,
        "type": 0,
    }
    if guild := world.guild_of(message.channel_id):
        data["guild_id"] = str(guild.id)
    return data
