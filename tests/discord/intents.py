"""Which events a session asked for, and what of a message it may read.

Discord sends an event only to sessions that named its intent, and empties the text of messages for
apps without the message content intent. A bot that forgot either works in a lax emulator and is
deaf in production.
"""

from __future__ import annotations

from tests.discord.values import JSON

GUILDS = 1 << 0
GUILD_MEMBERS = 1 << 1
GUILD_PRESENCES = 1 << 8
GUILD_MESSAGES = 1 << 9
GUILD_MESSAGE_REACTIONS = 1 << 10
GUILD_MESSAGE_TYPING = 1 << 11
MESSAGE_CONTENT = 1 << 15
# Each of the three guild intents above has its direct-message twin three bits higher.
DIRECT_SHIFT = 3

PRIVILEGED = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT

# The longest matching prefix wins: GUILD_MEMBER_ADD is not a GUILDS event.
_BY_PREFIX = {
    "MESSAGE_REACTION_": GUILD_MESSAGE_REACTIONS,
    "GUILD_MEMBER_": GUILD_MEMBERS,
    "TYPING_START": GUILD_MESSAGE_TYPING,
    "CHANNEL_": GUILDS,
    "MESSAGE_": GUILD_MESSAGES,
    "THREAD_": GUILDS,
    "GUILD_": GUILDS,
}
_ALWAYS = frozenset({"READY", "RESUMED", "INTERACTION_CREATE", "GUILD_MEMBERS_CHUNK"})
_HAS_TWIN = GUILD_MESSAGES | GUILD_MESSAGE_REACTIONS | GUILD_MESSAGE_TYPING
_USER_TEXT = {"content": "", "embeds": [], "attachments": [], "components": []}


def wants(intents: int, event: str, data: JSON) -> bool:
    """Whether a session with these intents receives `event`."""
    if event in _ALWAYS:
        return True
    for prefix, intent in _BY_PREFIX.items():
        if event.startswith(prefix):
            if "guild_id" not in data and intent & _HAS_TWIN:
                intent <<= DIRECT_SHIFT
            return bool(intents & intent)
    return True


def readable(message: JSON, *, intents: int, app_id: int, in_guild: bool) -> JSON:
    """The message as an app with these intents sees it.

    Without the message content intent an app still reads its own messages, direct messages, and
    messages that mention it. A quoted message (`referenced_message`) is judged for itself.
    """
    if intents & MESSAGE_CONTENT or not in_guild or "author" not in message:
        return message
    seen = dict(message)
    me = str(app_id)
    own = message["author"]["id"] == me
    if not own and all(user["id"] != me for user in message["mentions"]):
        seen.update(_USER_TEXT)
    if quoted := message.get("referenced_message"):
        seen["referenced_message"] = readable(
            quoted, intents=intents, app_id=app_id, in_guild=in_guild
        )
    return seen
