"""/settings: the settings of a server and its channels."""

from __future__ import annotations

import asyncio
import functools
import zoneinfo
from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from cogs.interactions.deferred_replies import Promises, Reply
from cogs.interactions.permissions import is_allowed, require
from cogs.interactions.sending import say
from cogs.records.digest_schedule import WEEKDAYS, Schedule, parse_time_of_day
from cogs.records.server_settings import WHOLE_SERVER, Right, Rules, ServerRules, channel_of
from cogs.ui.components import ANSWERED, Box, Card, card
from cogs.ui.locale import use_language_of
from retrieval.errors import QuestionError
from retrieval.wording.translations import LANGUAGES, tr

MAX_OFFERED = 25
SERVERS_OWN = "own"
MANAGERS = "members who may manage the server"
NO_SERVER = "Settings belong to a server; please do this in one."
FOREIGN = "That does not belong to this server; choose one from the list."
NOT_HERE = "Who may change settings is set for the whole server only; leave the channel out."
LINKS_ON = (
    "Everyone who posts a link there adds its page, whatever their role. I look for links in "
    "messages and store nothing else of them."
)
LINKS_OFF = (
    "I cannot see messages: my operator has to allow that first, with "
    "FOOTNOTE_POSTED_LINKS=on and Discord's message-content intent."
)

Choices = list[app_commands.Choice[str]]
Change = Callable[[int], Awaitable[None]]


class _WritableChannel(app_commands.Transformer):
    """An option for any channel that members can write in.

    Annotating the parameter with forum channels would also offer media channels, which the
    document of Discord's API does not list for options.
    """

    @property
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        kind = discord.ChannelType
        return [kind.text, kind.news, kind.voice, kind.stage_voice, kind.forum]

    async def transform(
        self, interaction: discord.Interaction[Any], value: app_commands.AppCommandChannel
    ) -> app_commands.AppCommandChannel:
        return value


Channel = app_commands.Transform[app_commands.AppCommandChannel, _WritableChannel]


class Settings(commands.Cog):
    """The commands, for members who may administer. The answers are private."""

    settings = app_commands.Group(
        name="settings",
        description="Who may ask and add, where I answer, and how often",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False),
    )

    def __init__(self, rules: ServerRules, promises: Promises, *, reads_messages: bool) -> None:
        """`reads_messages` tells whether the bot may see links that are posted."""
        self._rules = rules
        self._promises = promises
        self._reads_messages = reads_messages

    @settings.command(name="show", description="Show the settings of this server, or of a channel")
    @app_commands.describe(channel="Which channel; leave it out for the whole server")
    async def show(
        self,
        interaction: discord.Interaction[commands.Bot],
        channel: Channel | None = None,
    ) -> None:
        await self._change(interaction, channel, None)

    @settings.command(name="role", description="Let a role ask, add articles, or change settings")
    @app_commands.describe(
        right="What they may do",
        role="Which role; @everyone is one too",
        allowed="Whether the role may do it",
        channel="Only in this channel; leave it out for the whole server",
    )
    @app_commands.choices(
        right=[
            app_commands.Choice(name="ask", value=Right.ASK.name),
            app_commands.Choice(name="add and remove articles", value=Right.ADD.name),
            app_commands.Choice(name="change settings", value=Right.ADMINISTER.name),
        ]
    )
    async def role(
        self,
        interaction: discord.Interaction[commands.Bot],
        right: str,
        role: discord.Role,
        allowed: bool,
        channel: Channel | None = None,
    ) -> None:
        meant, place = Right[right], _id_of(channel)
        if role.guild.id != interaction.guild_id:
            await say(interaction, FOREIGN)
            return
        if meant is Right.ADMINISTER and channel is not None:
            await say(interaction, NOT_HERE)
            return

        async def change(server: int) -> None:
            await self._rules.change_role(server, place, meant, role.id, allowed=allowed)

        await self._change(interaction, channel, change)

    @settings.command(
        name="answers", description=("Choose whether I answer, in the whole server or in a channel")
    )
    @app_commands.describe(
        answer="Whether I answer there",
        channel="Only for this channel; leave it out for the whole server",
    )
    async def answers(
        self,
        interaction: discord.Interaction[commands.Bot],
        answer: bool,
        channel: Channel | None = None,
    ) -> None:
        await self._set(interaction, channel, answers=answer)

    @settings.command(
        name="quota", description=("Limit how many questions may be asked here each day")
    )
    @app_commands.describe(
        member="By each member; 0 means no limit",
        server="By all members together; 0 means no limit",
    )
    async def quota(
        self,
        interaction: discord.Interaction[commands.Bot],
        member: app_commands.Range[int, 0, 1_000_000] | None = None,
        server: app_commands.Range[int, 0, 1_000_000] | None = None,
    ) -> None:
        shown = {"member_quota": member, "server_quota": server}
        given = {name: value or None for name, value in shown.items() if value is not None}
        await self._set(interaction, None, **given)

    @settings.command(
        name="time-zone", description=("Set the time zone that decides when a day begins")
    )
    @app_commands.describe(zone="Such as Europe/Berlin; choose one from the list")
    async def time_zone(self, interaction: discord.Interaction[commands.Bot], zone: str) -> None:
        async def change(server: int) -> None:
            if zone not in await asyncio.to_thread(zones):
                raise QuestionError(
                    "I do not know a time zone of that name; choose one from the list."
                )
            await self._rules.change(server, WHOLE_SERVER, time_zone=zone)

        await self._change(interaction, None, change)

    @time_zone.autocomplete("zone")
    async def complete_zone(
        self, interaction: discord.Interaction[commands.Bot], typed: str
    ) -> Choices:
        if not await is_allowed(interaction, Right.ADMINISTER):
            return []
        wanted = typed.strip().replace(" ", "_").casefold()
        found = [one for one in await asyncio.to_thread(zones) if wanted in one.casefold()]
        found.sort(key=lambda one: not one.casefold().rpartition("/")[2].startswith(wanted))
        return [app_commands.Choice(name=one, value=one) for one in found[:MAX_OFFERED]]

    @settings.command(name="language", description="Choose which language I speak")
    @app_commands.describe(
        language="Quotations stay as they were written",
        channel="Only in this channel; leave it out for the whole server",
    )
    @app_commands.choices(
        language=[
            *(app_commands.Choice(name=name, value=code) for code, name in LANGUAGES.items()),
            app_commands.Choice(name="the server's own", value=SERVERS_OWN),
        ]
    )
    async def language(
        self,
        interaction: discord.Interaction[commands.Bot],
        language: str,
        channel: Channel | None = None,
    ) -> None:
        chosen = None if language == SERVERS_OWN else language
        await self._set(interaction, channel, language=chosen)

    @settings.command(name="digest", description="Send a daily or weekly digest to a channel")
    @app_commands.describe(
        every="How often; “never” stops it",
        at="At what time of day, in the server's time zone: 7:30, 19:00",
        channel="Which channel; this one by default",
    )
    @app_commands.choices(
        every=[
            app_commands.Choice(name="day", value="day"),
            *(app_commands.Choice(name=name, value=name) for name in WEEKDAYS),
            app_commands.Choice(name="never", value="never"),
        ]
    )
    async def digest(
        self,
        interaction: discord.Interaction[commands.Bot],
        every: str,
        at: str = "8:00",
        channel: Channel | None = None,
    ) -> None:
        place = _id_of(channel) or channel_of(interaction.channel, interaction.channel_id)
        weekday = WEEKDAYS.index(every) if every in WEEKDAYS else None

        async def change(server: int) -> None:
            written = None if every == "never" else Schedule(parse_time_of_day(at), weekday).text
            await self._rules.change(server, place, digest=written)

        await self._change(interaction, channel, change, place=place)

    @settings.command(
        name="links", description=("Add the pages that members link to automatically")
    )
    @app_commands.describe(
        on="Whether to add them",
        channel="Only in this channel; leave it out for the whole server",
    )
    async def links(
        self,
        interaction: discord.Interaction[commands.Bot],
        on: bool,
        channel: Channel | None = None,
    ) -> None:
        await self._set(interaction, channel, takes_links=on)

    @settings.command(name="reset", description="Reset the settings to their defaults")
    @app_commands.describe(
        channel=("Only this channel's settings; leave it out for the whole server's")
    )
    async def reset(
        self,
        interaction: discord.Interaction[commands.Bot],
        channel: Channel | None = None,
    ) -> None:
        async def change(server: int) -> None:
            await self._rules.reset(server, _id_of(channel))

        await self._change(interaction, channel, change)

    async def _set(
        self,
        interaction: discord.Interaction[commands.Bot],
        channel: Channel | None,
        **values: object,
    ) -> None:
        async def change(server: int) -> None:
            await self._rules.change(server, _id_of(channel), **values)

        await self._change(interaction, channel, change)

    async def _change(
        self,
        interaction: discord.Interaction[commands.Bot],
        channel: Channel | None,
        change: Change | None,
        *,
        place: int | None = None,
    ) -> None:
        """Make the change, if any, and show the settings of `channel`, or of `place` if given."""
        server = interaction.guild_id
        if server is None:
            await say(interaction, NO_SERVER)
            return
        if channel is not None and channel.guild_id != server:
            await say(interaction, FOREIGN)
            return
        if await require(interaction, Right.ADMINISTER) is None:
            return

        async def work() -> Reply:
            if change is not None:
                await change(server)
            where = _id_of(channel) if place is None else place
            own = await self._rules.set_in(server, where) if where else frozenset()
            rules = await self._rules.of(server, where)
            await use_language_of(interaction)  # it may just have been changed
            return settings_card(rules, where, own, reads_messages=self._reads_messages)

        await self._promises.answer(interaction, work, private=True)


def settings_card(rules: Rules, channel: int, own: frozenset[str], *, reads_messages: bool) -> Card:
    """The settings of a channel, 0 for the whole server; `own` names those set for it alone."""
    language = LANGUAGES.get(rules.language or "")
    values = {
        "ask_roles": (tr("May ask"), _roles(rules.ask_roles) or tr("everybody")),
        "add_roles": (tr("May add and remove articles"), _with_managers(rules.add_roles)),
        "admin_roles": (tr("May change settings"), _with_managers(rules.admin_roles)),
        "answers": (tr("I answer here"), _yes(rules.answers)),
        "member_quota": (tr("Questions a day, each member"), _limit(rules.member_quota)),
        "server_quota": (tr("Questions a day, all together"), _limit(rules.server_quota)),
        "language": (tr("Language"), language or tr("the server's own, or English")),
        "time_zone": (tr("Time zone"), rules.time_zone),
        "takes_links": (
            tr("Pages that members link to are added automatically"),
            _yes(rules.takes_links),
        ),
    }
    if rules.digest is not None:
        values["digest"] = (tr("Digest"), Schedule.parse(rules.digest).sentence)
    lines = {name: f"**{label}:** {value}" for name, (label, value) in values.items()}
    box: Box = ui.Container(accent_colour=ANSWERED)
    where = f"<#{channel}>" if channel else tr("the whole server")
    box.add_item(ui.TextDisplay(f"### {tr('Settings')}\n-# {where}"))
    here = tr("only in this channel")
    shown = [f"{line} ({here})" if name in own else line for name, line in lines.items()]
    box.add_item(ui.TextDisplay("\n".join(shown)))
    if rules.takes_links:
        box.add_item(ui.TextDisplay(f"-# {tr(LINKS_ON) if reads_messages else tr(LINKS_OFF)}"))
    return card(box)


def _id_of(channel: Channel | None) -> int:
    return WHOLE_SERVER if channel is None else channel.id


def _roles(roles: tuple[int, ...]) -> str:
    return ", ".join(f"<@&{role}>" for role in roles)


def _with_managers(roles: tuple[int, ...]) -> str:
    return f"{_roles(roles)}, {tr(MANAGERS)}" if roles else tr(MANAGERS)


def _limit(limit: int | None) -> str:
    return tr("no limit") if limit is None else f"{limit:,}"


def _yes(is_so: bool) -> str:
    return tr("yes") if is_so else tr("no")


@functools.cache
def zones() -> tuple[str, ...]:
    """The names of all time zones, sorted. Reads files the first time."""
    return tuple(sorted(zoneinfo.available_timezones()))
