"""A server's settings: who may do what, where the bot answers, how often, in which time zone.

A setting holds for the whole server; a channel's own replaces it there and in the channel's
threads.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, Self
from zoneinfo import ZoneInfo

import discord

from cogs.records.database import Records
from corpus.storage.connection import Connection
from retrieval.errors import AskerError
from retrieval.wording.translations import tr

WHOLE_SERVER = 0
"""In place of a channel's id: all channels."""
MAX_SERVERS = 1000  # whose rules are in memory; a few hundred bytes each
MAX_ROLES = 25  # for one right


class Right(Enum):
    """What a member may be allowed to do; the value is the setting's name."""

    ASK = "ask_roles"
    ADD = "add_roles"
    ADMINISTER = "admin_roles"


class Denied(AskerError):
    """The member may not do that there; the sentence says who may."""


class TooManyRoles(AskerError):
    """No more roles can have this right."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds in one channel.

    Rights go by the ids of roles: without any, everybody may ask, and only who may manage the
    server may add and administer. A language is one of LANGUAGES; without one, the bot speaks the
    server's own where it can. Quotas are questions a day; None is no limit. A `digest` is only
    a channel's, as in Schedule.text.
    """

    answers: bool = True
    ask_roles: tuple[int, ...] = ()
    add_roles: tuple[int, ...] = ()
    admin_roles: tuple[int, ...] = ()
    member_quota: int | None = None
    server_quota: int | None = None
    time_zone: str = "UTC"
    language: str | None = None
    takes_links: bool = False
    digest: str | None = None

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> Self:
        """From what is stored, by name; what is missing has its default."""
        known = {field.name for field in fields(cls)}
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in written.items()
            if name in known
        }
        return cls(**values)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.time_zone)

    def roles(self, right: Right) -> tuple[int, ...]:
        """The ids of the roles that have a right."""
        found: tuple[int, ...] = getattr(self, right.value)
        return found


DEFAULT = Rules()


def check(right: Right, rules: Rules, roles: Collection[int], *, is_manager: bool) -> None:
    """Raise Denied when a member may not do that.

    Args:
        right: What they want to do.
        rules: What holds there.
        roles: The ids of the member's roles.
        is_manager: Whether Discord lets them manage the server. Such a member may do everything,
            as one with a role that administers may.
    """
    if is_manager or any(role in rules.admin_roles for role in roles):
        return
    wanted = rules.roles(right)
    if (right is Right.ASK and not wanted) or any(role in wanted for role in roles):
        return
    named = [f"<@&{role}>" for role in wanted]
    if right is Right.ASK:
        raise Denied(tr("Only members with {roles} may ask here.", roles=_either(named)))
    either = _either([*named, f"“{tr('Manage Server')}”"])
    if right is Right.ADD:
        raise Denied(tr("Only members with {roles} may add or remove articles.", roles=either))
    raise Denied(tr("Only members with {roles} may change how I work here.", roles=either))


def _either(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    return tr("{some} or {last}", some=", ".join(names[:-1]), last=names[-1])


def check_place(rules: Rules) -> None:
    """Raise Denied where the bot does not answer."""
    if not rules.answers:
        raise Denied("I do not answer in this channel; please ask in another.")


def channel_of(channel: object, channel_id: int | None) -> int:
    """The id of the channel whose rules hold: for a thread its parent's."""
    if isinstance(channel, discord.Thread):
        return channel.parent_id
    return channel_id or WHOLE_SERVER


class ServerRules:
    """The rules of all servers, in the records and in memory. May raise StoreError and Busy."""

    def __init__(self, records: Records) -> None:
        """Work on open records."""
        self._records = records
        self._known: OrderedDict[int, dict[int, dict[str, Any]]] = OrderedDict()

    async def of(self, server: int | None, channel: int = WHOLE_SERVER) -> Rules:
        """What holds in a channel of a server, or in a direct message, where `server` is None."""
        if server is None:
            return DEFAULT
        written = await self._written(server)
        return Rules.of({**written.get(WHOLE_SERVER, {}), **written.get(channel, {})})

    async def set_in(self, server: int, channel: int) -> frozenset[str]:
        """The names of the settings that the channel has of its own."""
        return frozenset((await self._written(server)).get(channel, {}))

    async def change(self, server: int, channel: int, **values: object) -> None:
        """Change settings of a channel, or of the server.

        Args:
            server: The server's id.
            channel: The channel's id, or WHOLE_SERVER.
            **values: The settings by their names; None takes one back to the server's, or to the
                default.
        """

        def write(connection: Connection) -> None:
            for name, value in values.items():
                _write(connection, server, channel, name, value)
            if "digest" in values:  # a new schedule does not look back
                connection.execute(
                    "DELETE FROM digest WHERE server = $1 AND channel = $2", server, channel
                )

        await self._records.write(write)
        self._known.pop(server, None)

    async def change_role(
        self, server: int, channel: int, right: Right, role: int, *, allowed: bool
    ) -> None:
        """Give a right to a role, or take it away.

        Args:
            server: The server's id.
            channel: The channel's id, or WHOLE_SERVER.
            right: The right.
            role: The role's id.
            allowed: Whether it is given.

        Raises:
            TooManyRoles: No more roles can have the right.
        """

        def write(connection: Connection) -> None:
            rows = connection.rows(
                "SELECT value FROM setting WHERE server = $1 AND channel = $2 AND name = $3",
                server,
                channel,
                right.value,
            )
            roles = [one for one in (json.loads(rows[0][0]) if rows else []) if one != role]
            if allowed:
                roles.append(role)
            if len(roles) > MAX_ROLES:
                raise TooManyRoles(
                    f"{MAX_ROLES} roles have this right already; take it from one of them first."
                )
            _write(connection, server, channel, right.value, roles or None)

        await self._records.write(write)
        self._known.pop(server, None)

    async def reset(self, server: int, channel: int) -> None:
        """Delete all settings of a channel, or of the whole server; channels keep their own."""
        await self._records.write(
            lambda connection: connection.execute(
                "DELETE FROM setting WHERE server = $1 AND channel = $2", server, channel
            )
        )
        self._known.pop(server, None)

    def forget(self, server: int) -> None:
        """Evict the cached settings of an erased server."""
        self._known.pop(server, None)

    async def _written(self, server: int) -> dict[int, dict[str, Any]]:
        if server not in self._known:
            rows = await self._records.read(
                lambda connection: connection.rows(
                    "SELECT channel, name, value FROM setting WHERE server = $1", server
                )
            )
            found: dict[int, dict[str, Any]] = {}
            for channel, name, value in rows:
                found.setdefault(channel, {})[name] = json.loads(value)
            self._known[server] = found
            if len(self._known) > MAX_SERVERS:
                self._known.popitem(last=False)
        self._known.move_to_end(server)
        return self._known[server]


def _write(connection: Connection, server: int, channel: int, name: str, value: object) -> None:
    if value is None:
        connection.execute(
            "DELETE FROM setting WHERE server = $1 AND channel = $2 AND name = $3",
            server,
            channel,
            name,
        )
    else:
        connection.execute(
            "INSERT INTO setting VALUES ($1, $2, $3, $4) "
            "ON CONFLICT (server, channel, name) DO UPDATE SET value = excluded.value",
            server,
            channel,
            name,
            json.dumps(value),
        )
