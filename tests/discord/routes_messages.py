"""REST: messages in channels, and reactions to them."""

from __future__ import annotations

from tests.discord import checks, errors, intents, messages, permissions
from tests.discord.router import NO_CONTENT, Call, Reply, Router, ok
from tests.discord.state import World
from tests.discord.values import JSON, Message

router = Router()


@router.route("POST", "/channels/{channel_id}/messages")
async def create_message(call: Call, channel_id: int) -> Reply:
    """Post as the bot. The same enforced nonce again answers with the message already there."""
    world, body = call.world, call.form
    world.require_send(channel_id)
    checks.check_message(body, call.uploads)
    if body.get("enforce_nonce") and body.get("nonce") is not None:
        for message in world.messages[channel_id].values():
            if message.data.get("nonce") == body["nonce"]:
                return ok(message.data)
    message = messages.create(world, channel_id, world.bot, body, call.uploads)
    await messages.announce(world, "MESSAGE_CREATE", message)
    return ok(message.data)


@router.route("GET", "/channels/{channel_id}/messages")
async def list_messages(call: Call, channel_id: int) -> Reply:
    """Newest first, at most `limit`, optionally `before` or `after` an id; none ephemeral."""
    world = call.world
    world.channel(channel_id)
    world.require(channel_id, permissions.READ_MESSAGE_HISTORY)
    newest_first = sorted(world.messages[channel_id].values(), key=lambda m: -m.id)
    seen = [message for message in newest_first if not message.ephemeral]
    limit = int(call.query.get("limit", 50))
    if "before" in call.query:
        seen = [message for message in seen if message.id < int(call.query["before"])]
    if "after" in call.query:
        # Discord gives those right after the id, not the newest of all.
        seen = [message for message in seen if message.id > int(call.query["after"])][-limit:]
    return ok([_readable(world, message) for message in seen[:limit]])


@router.route("GET", "/channels/{channel_id}/messages/{message_id}")
async def get_message(call: Call, channel_id: int, message_id: int) -> Reply:
    call.world.channel(channel_id)
    call.world.require(channel_id, permissions.READ_MESSAGE_HISTORY)
    return ok(_readable(call.world, call.world.public_message(channel_id, message_id)))


@router.route("PATCH", "/channels/{channel_id}/messages/{message_id}")
async def edit_message(call: Call, channel_id: int, message_id: int) -> Reply:
    call.world.require(channel_id)
    message = call.world.public_message(channel_id, message_id)
    if message.author != call.world.bot:
        raise errors.not_the_author()
    checks.check_message(call.form, call.uploads, before=message)
    messages.edit(call.world, message, call.form, call.uploads)
    await messages.announce(call.world, "MESSAGE_UPDATE", message)
    return ok(message.data)


@router.route("DELETE", "/channels/{channel_id}/messages/{message_id}")
async def delete_message(call: Call, channel_id: int, message_id: int) -> Reply:
    message = call.world.public_message(channel_id, message_id)
    if message.author != call.world.bot:
        call.world.require(channel_id, permissions.MANAGE_MESSAGES)
    await call.world.publish("MESSAGE_DELETE", messages.remove(call.world, message))
    return NO_CONTENT


@router.route("PUT", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me")
async def add_reaction(call: Call, channel_id: int, message_id: int, emoji: str) -> Reply:
    world = call.world
    world.require(channel_id, permissions.ADD_REACTIONS, permissions.READ_MESSAGE_HISTORY)
    message = world.public_message(channel_id, message_id)
    reaction = messages.reaction_json(world, message, world.bot, emoji)
    await world.publish("MESSAGE_REACTION_ADD", reaction)
    return NO_CONTENT


@router.route("DELETE", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me")
async def remove_reaction(call: Call, channel_id: int, message_id: int, emoji: str) -> Reply:
    world = call.world
    message = world.public_message(channel_id, message_id)
    reaction = messages.reaction_json(world, message, world.bot, emoji)
    await world.publish("MESSAGE_REACTION_REMOVE", reaction)
    return NO_CONTENT


def _readable(world: World, message: Message) -> JSON:
    return intents.readable(
        message.data,
        intents=world.allowed_intents,
        app_id=world.bot.id,
        in_guild=world.guild_of(message.channel_id) is not None,
    )
