"""The things a Discord is made of: users, members, guilds, messages, interactions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.discord.components import TEXT_DISPLAY, walk

JSON: TypeAlias = dict[str, Any]

EPHEMERAL = 1 << 6
LOADING = 1 << 7
COMPONENTS_V2 = 1 << 15


@dataclass(frozen=True, slots=True)
class User:
    """An account. The bot is one too."""

    id: int
    name: str
    bot: bool = False

    @property
    def mention(self) -> str:
        """What to write in a message so that it pings this user."""
        return f"<@{self.id}>"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in, from the bot or from a person."""

    filename: str
    data: bytes


@dataclass(slots=True)
class Member:
    """A user in one guild, with the roles held there besides @everyone."""

    user: User
    role_ids: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Guild:
    """A server. Roles and channels are kept as the JSON that goes over the wire."""

    id: int
    name: str
    owner: User
    roles: list[JSON]
    members: dict[int, Member] = field(default_factory=dict)
    channel_ids: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Message:
    """A message: its wire form in `data`, and what the wire does not tell.

    `history` holds the content after each edit, oldest first, so a test can see a streamed answer
    grow. `only_for` is the id of the one user who sees an ephemeral message, else None.
    """

    id: int
    channel_id: int
    author: User
    data: JSON
    history: list[str] = field(default_factory=list)
    only_for: int | None = None

    @property
    def content(self) -> str:
        return str(self.data["content"])

    @property
    def embeds(self) -> list[JSON]:
        return list(self.data["embeds"])

    @property
    def components(self) -> list[JSON]:
        return list(self.data["components"])

    @property
    def attachments(self) -> list[JSON]:
        return list(self.data["attachments"])

    @property
    def flags(self) -> int:
        return int(self.data["flags"])

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it still reads "TestBot is thinking…"."""
        return bool(self.flags & LOADING)

    @property
    def is_v2(self) -> bool:
        return bool(self.flags & COMPONENTS_V2)

    @property
    def text(self) -> str:
        """Everything there is to read: content, embeds, text displays; a line each."""
        return "\n".join(line for line in self._lines() if line)

    def _lines(self) -> Iterator[str]:
        yield self.content
        for embed in self.embeds:
            yield embed.get("title") or ""
            yield embed.get("description") or ""
            for named in embed.get("fields") or []:
                yield named["name"]
                yield named["value"]
            yield (embed.get("footer") or {}).get("text") or ""
        for component in walk(self.components):
            if component["type"] == TEXT_DISPLAY:
                yield component["content"]


@dataclass(slots=True)
class Interaction:
    """What a person started (a command, a click, a form) and how the bot took it.

    Times are of the emulator's clock. `source_id` is the message that was clicked, `parent` the
    interaction that opened the form which this one submits.
    """

    id: int
    token: str
    type: int
    channel_id: int
    user: User
    created_at: float
    data: JSON
    source_id: int | None = None
    parent: Interaction | None = None
    acked_at: float | None = None
    callback_type: int | None = None
    message_id: int | None = None
    loading: bool = False
    ephemeral: bool = False
    followups: list[int] = field(default_factory=list)
    modal: JSON | None = None
    choices: list[JSON] | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def acknowledged(self) -> bool:
        return self.acked_at is not None
