"""Filling in a command as Discord's client does, which refuses what the command does not offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.discord import payloads, permissions
from tests.discord.errors import Impossible
from tests.discord.state import World
from tests.discord.values import JSON, Upload, User

CHAT, USER_MENU, MESSAGE_MENU = 1, 2, 3
SUB_COMMAND, SUB_COMMAND_GROUP = 1, 2
STRING, INTEGER, BOOLEAN, USER, CHANNEL = 3, 4, 5, 6, 7
ROLE, MENTIONABLE, NUMBER, ATTACHMENT = 8, 9, 10, 11
_IN_GUILD, _WITH_BOT = 0, 1


@dataclass(slots=True)
class Filler:
    """Turns Python values into an interaction's, and collects what it must resolve.

    Users are `User`, channels and roles are ids, attachments are `Upload`.
    """

    world: World
    channel_id: int
    resolved: JSON = field(default_factory=dict)

    def user(self, user: User) -> str:
        self._add("users", user.id, payloads.user_json(user))
        guild = self.world.guild_of(self.channel_id)
        if guild is not None and user.id in guild.members:
            about = payloads.member_json(guild.members[user.id])
            del about["user"]
            about["permissions"] = str(self.world.permissions(user, self.channel_id))
            self._add("members", user.id, about)
        return str(user.id)

    def channel(self, channel_id: int) -> str:
        channel = self.world.channel(channel_id)
        self._add("channels", channel_id, {**channel, "permissions": str(permissions.EVERYONE)})
        return str(channel_id)

    def role(self, role_id: int) -> str:
        guild = self.world.guild_of(self.channel_id)
        roles = guild.roles if guild is not None else []
        for role in roles:
            if role["id"] == str(role_id):
                self._add("roles", role_id, role)
                return str(role_id)
        raise Impossible(f"there is no role {role_id} here")

    def attachment(self, upload: Upload) -> str:
        attachment = {**self.world.store("ephemeral", upload), "ephemeral": True}
        self._add("attachments", int(attachment["id"]), attachment)
        return str(attachment["id"])

    def _add(self, kind: str, item_id: int, item: JSON) -> None:
        self.resolved.setdefault(kind, {})[str(item_id)] = item


def find_command(world: World, channel_id: int, user: User, name: str, kind: int = CHAT) -> JSON:
    """The registered command that `user` sees there by this name; Impossible when there is none."""
    guild = world.guild_of(channel_id)
    scopes = [None] if guild is None else [guild.id, None]
    for scope in scopes:
        for command in world.commands.get(scope, []):
            if command["name"] == name and command["type"] == kind:
                _check_visible(world, channel_id, user, command)
                return command
    known = sorted(c["name"] for s in scopes for c in world.commands.get(s, []))
    raise Impossible(f"no command {name!r} of kind {kind} among {known}")


def _check_visible(world: World, channel_id: int, user: User, command: JSON) -> None:
    in_guild = world.guild_of(channel_id) is not None
    contexts = command.get("contexts")
    where = _IN_GUILD if in_guild else _WITH_BOT
    if contexts is not None and where not in contexts:
        raise Impossible(f"/{command['name']} is not offered in context {where}")
    if not in_guild and command.get("dm_permission") is False:
        raise Impossible(f"/{command['name']} is not offered in direct messages")
    held = world.permissions(user, channel_id)
    needed = command.get("default_member_permissions")
    if in_guild and needed is not None:
        # "0" asks for what nobody but an administrator has.
        bits = int(needed) or permissions.ADMINISTRATOR
        if not held & permissions.ADMINISTRATOR and held & bits != bits:
            raise Impossible(f"/{command['name']} is hidden from {user.name}")
    if in_guild and not held & permissions.USE_APPLICATION_COMMANDS:
        raise Impossible(f"{user.name} may not use commands here")


def fill(
    command: JSON,
    path: list[str],
    given: Mapping[str, object],
    filler: Filler,
    focused: str | None = None,
) -> list[JSON]:
    """The `options` of an interaction: subcommands nested as `path` names them, values inside.

    While the person still types into `focused`, required options may be missing.
    """
    if path:
        name, *rest = path
        for option in command.get("options") or []:
            if option["name"] == name and option["type"] in (SUB_COMMAND, SUB_COMMAND_GROUP):
                inside = fill(option, rest, given, filler, focused)
                return [{"name": name, "type": option["type"], "options": inside}]
        raise Impossible(f"{command['name']!r} has no subcommand {name!r}")
    offered = {option["name"]: option for option in command.get("options") or []}
    if any(option["type"] in (SUB_COMMAND, SUB_COMMAND_GROUP) for option in offered.values()):
        raise Impossible(f"{command['name']!r} needs one of the subcommands {sorted(offered)}")
    if unknown := given.keys() - offered.keys():
        raise Impossible(f"{command['name']!r} has no options {sorted(unknown)}")
    required = {name for name, option in offered.items() if option.get("required")}
    if focused is None and (missing := required - given.keys()):
        raise Impossible(f"{command['name']!r} needs {sorted(missing)}")
    filled = []
    for name, value in given.items():
        option = offered[name]
        entry: JSON = {"name": name, "type": option["type"]}
        if name == focused:
            if not option.get("autocomplete"):
                raise Impossible(f"option {name!r} does not complete")
            # What is being typed may be anything yet.
            entry |= {"value": str(value), "focused": True}
        else:
            entry["value"] = _value(option, value, filler)
        filled.append(entry)
    return filled


_TAKES: dict[int, type | tuple[type, ...]] = {
    STRING: str,
    INTEGER: int,
    BOOLEAN: bool,
    USER: User,
    CHANNEL: int,
    ROLE: int,
    MENTIONABLE: User,
    NUMBER: (int, float),
    ATTACHMENT: Upload,
}


def _value(option: JSON, value: object, filler: Filler) -> object:
    name, kind = option["name"], option["type"]
    if not isinstance(value, _TAKES[kind]):
        raise Impossible(f"option {name!r} takes {_TAKES[kind]}, not {value!r}")
    choices = option.get("choices") or []
    if choices and value not in [choice["value"] for choice in choices]:
        raise Impossible(f"{value!r} is not among the choices of {name!r}")
    if isinstance(value, User):
        return filler.user(value)
    if isinstance(value, Upload):
        return filler.attachment(value)
    if kind == CHANNEL and isinstance(value, int):
        return filler.channel(value)
    if kind == ROLE and isinstance(value, int):
        return filler.role(value)
    _check_size(option, value)
    return value


def _check_size(option: JSON, value: object) -> None:
    """Text goes by its length, a number by itself."""
    size = len(value) if isinstance(value, str) else value
    if not isinstance(size, int | float):
        return
    least = option.get("min_length", option.get("min_value"))
    most = option.get("max_length", option.get("max_value"))
    if (least is not None and size < least) or (most is not None and size > most):
        raise Impossible(f"{option['name']!r} takes {least} to {most}, not {size}")
