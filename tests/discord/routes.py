"""REST: the account, the application's commands, guilds, channels and threads."""

from __future__ import annotations

from tests.discord import checks, errors, messages, payloads, permissions
from tests.discord.router import NO_CONTENT, Call, Reply, Router, ok
from tests.discord.state import World
from tests.discord.values import JSON

router = Router()


@router.route("GET", "/users/@me")
async def get_me(call: Call) -> Reply:
    return ok(payloads.me_json(call.world.bot))


@router.route("GET", "/users/@me/guilds")
async def list_my_guilds(call: Call) -> Reply:
    world = call.world
    after, limit = int(call.query.get("after", 0)), int(call.query.get("limit", 200))
    found = [world.guilds[guild] for guild in sorted(world.guilds) if guild > after][:limit]
    me = world.bot
    may = [world.permissions_in(guild, me) for guild in found]
    return ok(
        [payloads.my_guild_json(guild, me, bits) for guild, bits in zip(found, may, strict=True)]
    )


@router.route("GET", "/gateway/bot")
async def get_gateway(call: Call) -> Reply:
    starts = {"total": 1000, "remaining": 999, "reset_after": 14_400_000, "max_concurrency": 1}
    return ok({"url": call.gateway_url, "shards": 1, "session_start_limit": starts})


@router.route("GET", "/oauth2/applications/@me")
@router.route("GET", "/applications/@me")
async def get_application(call: Call) -> Reply:
    world = call.world
    flags = world.application_flags
    return ok(payloads.application_json(world.bot, world.developer, flags))


@router.route("GET", "/users/{user_id}")
async def get_user(call: Call, user_id: int) -> Reply:
    return ok(payloads.user_json(call.world.user(user_id)))


@router.route("POST", "/users/@me/channels")
async def open_dm(call: Call) -> Reply:
    user = call.world.user(int(call.body["recipient_id"]))
    return ok(call.world.dm_with(user))


# Commands.


@router.route("GET", "/applications/{app_id}/commands")
async def list_commands(call: Call, app_id: int) -> Reply:
    return ok(call.world.commands.get(None, []))


@router.route("PUT", "/applications/{app_id}/commands")
async def replace_commands(call: Call, app_id: int) -> Reply:
    return ok(_register(call.world, call.body, None))


@router.route("GET", "/applications/{app_id}/guilds/{guild_id}/commands")
async def list_guild_commands(call: Call, app_id: int, guild_id: int) -> Reply:
    call.world.guild(guild_id)
    return ok(call.world.commands.get(guild_id, []))


@router.route("PUT", "/applications/{app_id}/guilds/{guild_id}/commands")
async def replace_guild_commands(call: Call, app_id: int, guild_id: int) -> Reply:
    call.world.guild(guild_id)
    return ok(_register(call.world, call.body, guild_id))


@router.route("DELETE", "/applications/{app_id}/commands/{command_id}")
async def delete_command(call: Call, app_id: int, command_id: int) -> Reply:
    known = call.world.commands.get(None, [])
    kept = [command for command in known if command["id"] != str(command_id)]
    if len(kept) == len(known):
        raise errors.unknown_command()
    call.world.commands[None] = kept
    return NO_CONTENT


def _register(world: World, commands: list[JSON], guild_id: int | None) -> list[JSON]:
    """Replace the whole list. A command that stays keeps its id, as in Discord."""
    checks.check_commands(commands)
    ids = {(c["type"], c["name"]): c["id"] for c in world.commands.get(guild_id, [])}
    registered = []
    for command in commands:
        kind = command.get("type") or 1
        given = {key: value for key, value in command.items() if value is not None}
        wanted = command.get("default_member_permissions")
        made: JSON = {
            "id": ids.get((kind, command["name"])) or str(world.new_id()),
            "application_id": str(world.bot.id),
            "version": str(world.new_id()),
            "description": "",
            "nsfw": False,
            "integration_types": [0],
            "contexts": None,
            **given,
            "type": kind,
            "default_member_permissions": None if wanted is None else str(wanted),
        }
        if guild_id is not None:
            made["guild_id"] = str(guild_id)
        registered.append(made)
    world.commands[guild_id] = registered
    return registered


# Guilds and channels.


@router.route("GET", "/guilds/{guild_id}")
async def get_guild(call: Call, guild_id: int) -> Reply:
    return ok(payloads.guild_json(call.world.guild(guild_id)))


@router.route("GET", "/guilds/{guild_id}/members/{user_id}")
async def get_member(call: Call, guild_id: int, user_id: int) -> Reply:
    return ok(payloads.member_json(call.world.member(guild_id, user_id)))


@router.route("GET", "/channels/{channel_id}")
async def get_channel(call: Call, channel_id: int) -> Reply:
    channel = call.world.channel(channel_id)
    call.world.require(channel_id)
    return ok(channel)


@router.route("PATCH", "/channels/{channel_id}")
async def edit_channel(call: Call, channel_id: int) -> Reply:
    """Change what the channel has; of a thread also whether it is archived or locked."""
    channel = call.world.channel(channel_id)
    call.world.require(channel_id)
    about = channel.get("thread_metadata", {})
    for key, value in call.form.items():
        (about if key in about else channel)[key] = value
    event = "THREAD_UPDATE" if about else "CHANNEL_UPDATE"
    await call.world.publish(event, channel)
    return ok(channel)


@router.route("POST", "/channels/{channel_id}/typing")
async def type_in(call: Call, channel_id: int) -> Reply:
    call.world.require_send(channel_id)
    return NO_CONTENT


@router.route("POST", "/channels/{channel_id}/messages/{message_id}/threads")
async def open_thread_on_message(call: Call, channel_id: int, message_id: int) -> Reply:
    message = call.world.public_message(channel_id, message_id)
    if message_id in call.world.channels:
        raise errors.thread_exists()
    reply = await _open_thread(call, channel_id, message_id)
    messages.mark_threaded(message)
    return reply


@router.route("POST", "/channels/{channel_id}/threads")
async def open_thread(call: Call, channel_id: int) -> Reply:
    return await _open_thread(call, channel_id, None)


async def _open_thread(call: Call, channel_id: int, thread_id: int | None) -> Reply:
    world = call.world
    parent = world.channel(channel_id)
    world.require(channel_id, permissions.CREATE_PUBLIC_THREADS)
    checks.check_thread(call.body)
    thread = world.new_thread(parent, world.bot, call.body, thread_id)
    await world.publish("THREAD_CREATE", {**thread, "newly_created": True})
    return Reply(201, thread)


@router.route("PUT", "/channels/{channel_id}/thread-members/@me")
async def join_thread(call: Call, channel_id: int) -> Reply:
    call.world.channel(channel_id)
    return NO_CONTENT
