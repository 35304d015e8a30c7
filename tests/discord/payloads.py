"""The long JSON shapes: users, members, guilds, channels, the application itself.

The keys are those that Discord's OpenAPI document requires of a response; the oracle reports one
that is missing or of the wrong type.
"""

from __future__ import annotations

from datetime import UTC, datetime

from tests.discord.values import JSON, Guild, Member, User

DISCORD_EPOCH_MS = 1_420_070_400_000
PUBLIC_THREAD = 11
THREAD_TYPES = frozenset({10, 11, 12})
TEXT_CHANNEL, DM_CHANNEL = 0, 1


def time_of(snowflake: int) -> str:
    """The moment a snowflake carries in its upper bits, as ISO 8601."""
    at_ms = (snowflake >> 22) + DISCORD_EPOCH_MS
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()


def user_json(user: User) -> JSON:
    return {
        "id": str(user.id),
        "username": user.name,
        "discriminator": "0",
        "global_name": user.name,
        "avatar": None,
        "bot": user.bot,
        "public_flags": 0,
        "flags": 0,
        "accent_color": None,
        "banner": None,
        "primary_guild": None,
    }


def me_json(user: User) -> JSON:
    """The bot's own account, as GET /users/@me and READY tell it."""
    return {
        **user_json(user),
        "verified": True,
        "mfa_enabled": True,
        "locale": "en-US",
        "premium_type": 0,
        "email": None,
        "collectibles": None,
    }


def member_json(member: Member) -> JSON:
    return {
        "user": user_json(member.user),
        "roles": [str(role_id) for role_id in member.role_ids],
        "nick": None,
        "avatar": None,
        "banner": None,
        "joined_at": time_of(member.user.id),
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": None,
        "premium_since": None,
    }


def role_json(role_id: int, name: str, permissions: int) -> JSON:
    return {
        "id": str(role_id),
        "name": name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 0 if name == "@everyone" else 1,
        "permissions": str(permissions),
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def guild_json(guild: Guild) -> JSON:
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "home_header": None,
        "owner_id": str(guild.owner.id),
        "region": "deprecated",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "emojis": [],
        "stickers": [],
        "features": [],
        "roles": guild.roles,
        "mfa_level": 0,
        "application_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "safety_alerts_channel_id": None,
        "vanity_url_code": None,
        "description": None,
        "banner": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled": False,
        "preferred_locale": "en-US",
        "nsfw": False,
        "nsfw_level": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "max_members": 500_000,
        "max_presences": None,
        "max_video_channel_users": 25,
        "max_stage_video_channel_users": 50,
        "incidents_data": None,
    }


def my_guild_json(guild: Guild, me: User, permissions: int) -> JSON:
    """A server as GET /users/@me/guilds tells it, with what the bot may do there."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "banner": None,
        "owner": guild.owner.id == me.id,
        "permissions": str(permissions),
        "features": [],
    }


def guild_create_json(guild: Guild, channels: list[JSON], me: Member) -> JSON:
    """What GUILD_CREATE carries: the guild with its channels, threads, and only the bot's member.

    Discord leaves the other members out unless a client has the members intent and asks.
    """
    return {
        **guild_json(guild),
        "joined_at": time_of(guild.id),
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members),
        "members": [member_json(me)],
        "channels": [c for c in channels if c["type"] not in THREAD_TYPES],
        "threads": [c for c in channels if c["type"] in THREAD_TYPES],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def channel_json(channel_id: int, guild_id: int, name: str, kind: int) -> JSON:
    return {
        "id": str(channel_id),
        "type": kind,
        "name": name,
        "guild_id": str(guild_id),
        "position": 0,
        "permission_overwrites": [],
        "topic": None,
        "nsfw": False,
        "last_message_id": None,
        "parent_id": None,
        "rate_limit_per_user": 0,
        "flags": 0,
    }


def dm_json(channel_id: int, user: User) -> JSON:
    return {
        "id": str(channel_id),
        "type": DM_CHANNEL,
        "recipients": [user_json(user)],
        "last_message_id": None,
        "flags": 0,
    }


def thread_json(thread_id: int, parent: JSON, owner: User, body: JSON) -> JSON:
    created_at = time_of(thread_id)
    return {
        "id": str(thread_id),
        "type": body.get("type") or PUBLIC_THREAD,
        "name": body["name"],
        "guild_id": parent["guild_id"],
        "parent_id": parent["id"],
        "owner_id": str(owner.id),
        "last_message_id": None,
        "message_count": 0,
        "member_count": 1,
        "total_message_sent": 0,
        "rate_limit_per_user": 0,
        "flags": 0,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": body.get("auto_archive_duration") or 1440,
            "archive_timestamp": created_at,
            "create_timestamp": created_at,
            "locked": False,
        },
        "member": {
            "id": str(thread_id),
            "user_id": str(owner.id),
            "join_timestamp": created_at,
            "flags": 0,
        },
    }


def application_json(app: User, owner: User, flags: int) -> JSON:
    return {
        "id": str(app.id),
        "name": app.name,
        "icon": None,
        "description": "",
        "type": None,
        "summary": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": flags,
        "flags_new": str(flags),
        "owner": user_json(owner),
        "team": None,
        "rpc_origins": [],
        "tags": [],
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [],
    }


def attachment_json(attachment_id: int, filename: str, size: int, url: str) -> JSON:
    return {
        "id": str(attachment_id),
        "filename": filename,
        "size": size,
        "url": url,
        "proxy_url": url,
        "content_type": "application/octet-stream",
    }
