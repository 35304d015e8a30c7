"""Three servers and those who are in them, the real bot and its libraries, and all that it says.

Every article has a secret word that tells whose it is. Whatever the bot sends, in whatever way, is
read by the simulated Discord's log: a secret of one server in what is sent to another, or in
private, is a leak.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord
import simcord
from discord import ui

from cogs.client import FootnoteClient
from cogs.records.database import Records
from corpus.parsing.extract import extract
from corpus.storage.locations import Home
from retrieval.encoders.embedder import Embedder
from retrieval.ingestion import upload_process
from retrieval.ingestion.upload_process import AddedFile, OnProgress
from retrieval.serving.service import AskService

SERVERS = 3
PRIVATE = -1
PATIENCE_S = 20.0  # many towns share two cores
SOME_FIRST = 4  # steps in which articles are added, for something to be leaked later
NAMES = ("Zorblatt", "Quuxley")
_SECRET = re.compile(r"zq(\d+)x\d+")
_CUSTOM_ID = re.compile(r"['\"]custom_id['\"]: ['\"]([^'\"]+)['\"]")
_MOST_COPIED = 40


class Leak(AssertionError):
    """Something of one server was seen elsewhere."""


class Here:
    """Adds files in this process: many small libraries in a row."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    async def add(
        self, library: Path, name: str, data: bytes, on_progress: OnProgress
    ) -> AddedFile:
        return await asyncio.to_thread(
            upload_process.add_file, library, name, data, self._embedder, extract
        )

    async def close(self) -> None:
        """Nothing is held open."""


@dataclass(frozen=True)
class Server:
    """`manager` may add; `member` may what everybody may; `wanderer` is in every server."""

    number: int
    guild: Any
    channels: tuple[Any, Any]
    role: Any
    manager: Any
    member: Any
    wanderer: Any


@dataclass
class Town:
    """One history's world. `seen` counts what was seen of a server's own: it must be some."""

    env: Any
    service: AskService
    servers: tuple[Server, ...]
    loner: Any
    dice: random.Random
    added: int = 0
    seen: int = 0
    read_until: int = 0
    article_ids: set[str] = field(default_factory=set)
    at: tuple[Server, Any] | None = None
    buttons: list[tuple[str, tuple[Server, Any]]] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)

    async def live(self, count: int) -> None:
        """`count` steps by chance. Raises Leak."""
        for number in range(count):
            step = add if number < SOME_FIRST else self.dice.choice(STEPS)
            server = self.dice.choice(self.servers)
            self.steps.append(f"{step.__name__} {server.number}")
            await self._watched(step(self, server), server.number)

    async def _watched(self, doing: Awaitable[int | None], number: int) -> None:
        """Do a step; afterwards, look at all that was sent because of it.

        A step may give back where it happened instead: in another server, or in private, where no
        server's articles are.
        """
        self.at = None
        allowed = await doing
        if allowed is None:
            allowed = number
        for entry in self.env.http_requests[self.read_until :]:
            said = str(entry.json)
            for found in _SECRET.findall(said):
                if int(found) != allowed:
                    raise Leak(f"of server {found} at {allowed}, after {self.steps}: {said[:500]}")
                self.seen += 1
            if self.at is not None:
                self.buttons += [(one, self.at) for one in _CUSTOM_ID.findall(said)]
        self.buttons = self.buttons[-_MOST_COPIED:]
        self.read_until = len(self.env.http_requests)
        for server in self.servers:
            page = await self.service.articles.page(server=server.guild.id, start=0, count=20)
            self.article_ids |= {info.id for info in page.articles}

    def anybody(self, server: Server) -> Any:
        return self.dice.choice((server.manager, server.member, server.wanderer))


async def add(town: Town, server: Server) -> None:
    """Titles are the same everywhere, so that ids are: only the library tells whose it is."""
    town.added += 1
    name, secret = town.dice.choice(NAMES), f"zq{server.number}x{town.added}"
    text = f"Title: {name}\n\nThe envoy {name} was recalled by order {secret}."
    if town.dice.random() < 0.3:
        text = text.replace(f"Title: {name}", f"Title: {secret}")
    whoever = town.dice.choice((server.manager, server.manager, server.wanderer))
    await whoever.slash(server.channels[0], "article add", file=(f"{name}.txt", text.encode()))


async def remove(town: Town, server: Server) -> None:
    whoever = town.dice.choice((server.manager, server.member))
    await whoever.slash(server.channels[0], "article remove", article=_any_article(town))


async def show(town: Town, server: Server) -> None:
    whoever = town.anybody(server)
    await whoever.slash(server.channels[0], "article show", article=_any_article(town))


async def list_(town: Town, server: Server) -> None:
    await town.anybody(server).slash(server.channels[1], "article list")


async def ask(town: Town, server: Server) -> None:
    options: dict[str, Any] = {"question": _question(town)}
    if town.dice.random() < 0.3:
        options["private"] = True
    if town.dice.random() < 0.3:
        options["source"] = _any_article(town)
    town.at = server, town.dice.choice(server.channels)
    await town.anybody(server).slash(town.at[1], "ask", **options)


async def sum_up(town: Town, server: Server) -> None:
    """An article, a topic, or what is new; by the id of whatever server's article, too."""
    town.at = server, town.dice.choice(server.channels)
    command, options = town.dice.choice(
        (
            ("summary article", {"article": _any_article(town)}),
            ("summary topic", {"topic": f"the envoy {town.dice.choice(NAMES)}"}),
            ("summary source", {"source": _any_article(town)}),
            ("digest", {}),
        )
    )
    await town.anybody(server).slash(town.at[1], command, **options)


async def mention(town: Town, server: Server) -> None:
    said = f"<@{town.env.bot.user.id}> {_question(town)}"
    town.at = server, town.dice.choice(server.channels)
    await town.anybody(server).send(town.at[1], said)


async def in_private(town: Town, server: Server) -> int:
    """By one who is in no server, or by one who is in all of them."""
    if town.dice.random() < 0.5:
        await town.loner.send_dm(_question(town))
    else:
        await server.wanderer.send_dm(_question(town))
    return PRIVATE


async def complete(town: Town, server: Server) -> None:
    command, option = town.dice.choice(
        (
            ("ask", "source"),
            ("summary article", "article"),
            ("summary source", "source"),
            ("article show", "article"),
            ("article remove", "article"),
        )
    )
    typed = town.dice.choice(("", "z", *NAMES))
    await town.anybody(server).autocomplete(server.channels[0], command, option, typed)


async def press(town: Town, server: Server) -> int | None:
    """A button where it was seen, or a copy of it on a message of the bot somewhere else."""
    if not town.buttons:
        return None
    chosen, (origin, channel) = town.dice.choice(town.buttons)
    if town.dice.random() < 0.5:
        server = origin
    else:
        channel = town.dice.choice(server.channels)
    view = ui.View(timeout=None)
    view.add_item(ui.Button(label="Copied", custom_id=chosen))
    copied = await town.env.bot.get_channel(channel.id).send(view=view)
    whoever = town.anybody(server)
    pressed = await whoever.click(copied, custom_id=chosen)
    if pressed.modal is not None and town.dice.random() < 0.7:
        await whoever.submit_modal(pressed, {"text": _question(town)})
    return server.number


async def decide(town: Town, server: Server) -> None:
    """Who may ask is changed; a member who may not is told so, and nothing else."""
    allowed = town.dice.random() < 0.5
    await server.manager.slash(
        server.channels[0], "settings role", right="ASK", role=server.role, allowed=allowed
    )
    before = len(town.env.http_requests)
    await server.member.slash(server.channels[0], "ask", question=_question(town))
    if allowed:
        said = "".join(str(entry.json) for entry in town.env.http_requests[before:])
        if _SECRET.search(said) or "may ask here" not in said:
            raise Leak(f"to one who may not ask, after {town.steps}: {said[:500]}")


async def forget_me(town: Town, server: Server) -> None:
    await town.anybody(server).slash(server.channels[0], "forget-me")


async def erase(town: Town, server: Server) -> None:
    """What happens some days after the bot was told to leave."""
    await town.service.articles.erase(server.guild.id)


Step = Callable[[Town, Server], Awaitable[int | None]]
STEPS: tuple[Step, ...] = (
    *(
        add,
        ask,
        ask,
        ask,
        sum_up,
        sum_up,
        mention,
        press,
        press,
        press,
        press,
        in_private,
        complete,
    ),
    *(remove, show, list_, decide, forget_me, erase),
)


def _question(town: Town) -> str:
    return f"Why was the envoy {town.dice.choice(NAMES)} recalled?"


def _any_article(town: Town) -> str:
    """The id of an article of whatever server, or a title."""
    return town.dice.choice((*sorted(town.article_ids), *NAMES))


@asynccontextmanager
async def a_town(home: Path | Home, embedder: Embedder, seed: int) -> AsyncIterator[Town]:
    service = AskService(home, worker=Here(embedder), embedder=lambda: embedder)
    records = await Records.in_memory()
    try:
        async with simcord.run(FootnoteClient(service, records), settle_timeout=PATIENCE_S) as env:
            wanderer = env.create_user("wanderer")
            servers = tuple(_server(env, number, wanderer) for number in range(1, SERVERS + 1))
            dice = random.Random(seed)  # noqa: S311  no secret
            yield Town(env, service, servers, env.create_user("loner"), dice)
    finally:
        await records.close()
        await service.close()


def _server(env: Any, number: int, wanderer: Any) -> Server:
    guild = env.create_guild(f"Server {number}")
    channels = guild.create_text_channel("articles"), guild.create_text_channel("talk")
    role = guild.create_role("reader")
    manages = guild.create_role("manager", permissions=discord.Permissions(manage_guild=True))
    return Server(
        number,
        guild,
        channels,
        role,
        guild.add_member(env.create_user(f"manager {number}"), roles=[manages]),
        guild.add_member(env.create_user(f"member {number}")),
        guild.add_member(wanderer, roles=[manages]),
    )
