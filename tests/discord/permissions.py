"""Permission bits, and how roles and overwrites add up to what somebody may do in a channel."""

from __future__ import annotations

from collections.abc import Iterable

from tests.discord.values import JSON

ADD_REACTIONS = 1 << 6
ADMINISTRATOR = 1 << 3
MANAGE_GUILD = 1 << 5
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
USE_APPLICATION_COMMANDS = 1 << 31
CREATE_PUBLIC_THREADS = 1 << 35
SEND_MESSAGES_IN_THREADS = 1 << 38

ALL = (1 << 53) - 1
EVERYONE = (
    ADD_REACTIONS
    | VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | USE_APPLICATION_COMMANDS
    | CREATE_PUBLIC_THREADS
    | SEND_MESSAGES_IN_THREADS
)


def in_guild(roles: Iterable[JSON]) -> int:
    """The bits that these roles (with @everyone among them) give together."""
    bits = 0
    for role in roles:
        bits |= int(role["permissions"])
    return ALL if bits & ADMINISTRATOR else bits


def in_channel(base: int, overwrites: Iterable[JSON], *, everyone_id: int, member_id: int) -> int:
    """`base` after a channel's overwrites: first @everyone's, then the member's own.

    Overwrites for other roles are not modelled; nothing here makes them.
    """
    if base & ADMINISTRATOR:
        return base
    by_id = {int(overwrite["id"]): overwrite for overwrite in overwrites}
    for target in (everyone_id, member_id):
        if overwrite := by_id.get(target):
            base = base & ~int(overwrite["deny"]) | int(overwrite["allow"])
    return base
