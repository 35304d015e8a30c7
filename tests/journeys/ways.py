"""Everybody asks at once, each in another way, and we look at what each of them sees.

The real bot under its own supervisor, the real retrieval over the sample article, real sockets.
Each way has a member and a channel of its own, so that what is seen there came of it alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cogs.client import FootnoteClient
from cogs.records.database import Records
from cogs.supervisor import keep_running
from retrieval.answering.answer import Answer
from retrieval.answering.citation import Excerpt
from retrieval.query.question import Question
from retrieval.serving.service import AskService
from tests.discord.components import walk
from tests.discord.emulator import FakeDiscord
from tests.discord.stage import ORACLE
from tests.discord.values import Interaction, Message, User

QUESTION = "why was Antonov recalled?"
QUOTE = "did not give specific reasons for the recall"
PASSAGE = "We are interested in preventing"
ACK_S = 3.0  # as long as Discord waits

# What one may see come of a question: where it stands, and what it is.
HERE = ("the answer",)
WHISPERED = ("the answer, in a direct message",)
NOTHING: tuple[str, ...] = ()


class HeldService(AskService):
    """The real one, which begins a question only when it is let."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        self.go = asyncio.Event()
        self.go.set()
        self.begun = 0

    async def ask(self, question: Question, **given: Any) -> Answer:
        self.begun += 1
        await self.go.wait()
        return await super().ask(question, **given)

    async def excerpt(self, **given: Any) -> Excerpt:
        self.begun += 1
        await self.go.wait()
        return await super().excerpt(**given)


class Client(FootnoteClient):
    """The real one, in a hurry: its waits for guilds and between two identifies are short."""

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Not the 5 s that discord.py leaves between two identifies."""


@dataclass
class Asker:
    """One member, the channel they ask in, and what they did before and now."""

    user: User
    channel: int
    card: Message | None = None
    asked: Interaction | None = None
    said: Message | None = None
    opened: Interaction | None = None
    before: set[int] = field(default_factory=set)


@dataclass
class Scene:
    """What a fault is done to. `askers` by their way of asking."""

    d: FakeDiscord
    service: HeldService
    client: Callable[[], Client]
    guild: int
    askers: dict[str, Asker]
    stop: asyncio.Event
    running: asyncio.Task[None]
    pauses: list[float]
    clock: list[float]

    async def ask(self) -> None:
        """All ask, each in their way."""
        ways = [("slash", self._slash), ("mention", self._mention), ("reply", self._reply)]
        ways += [("direct", self._direct), ("button", self._button), ("form", self._form)]
        for name, _ in ways:
            self.askers[name].before = {m.id for m in self._seen(self.askers[name])}
        await asyncio.gather(*(way(self.askers[name]) for name, way in ways))

    async def _slash(self, asker: Asker) -> None:
        asker.asked = await self.d.slash(
            asker.channel, asker.user, "ask", question=QUESTION, _wait_s=ACK_S
        )

    async def _mention(self, asker: Asker) -> None:
        text = f"{self.d.bot.mention} {QUESTION}"
        asker.said = await self.d.say(asker.channel, asker.user, text)

    async def _reply(self, asker: Asker) -> None:
        text = "why was he recalled?"
        asker.said = await self.d.say(asker.channel, asker.user, text, reply_to=asker.card)

    async def _direct(self, asker: Asker) -> None:
        asker.said = await self.d.say(asker.channel, asker.user, QUESTION)

    async def _button(self, asker: Asker) -> None:
        assert asker.card is not None
        pressed = id_on(asker.card, "passage:")
        asker.asked = await self.d.press(asker.card, asker.user, pressed, _wait_s=ACK_S)

    async def _form(self, asker: Asker) -> None:
        assert asker.opened is not None
        text = "why was he recalled?"
        asker.asked = await self.d.submit(asker.opened, asker.user, text, _wait_s=ACK_S)

    def outcomes(self) -> dict[str, tuple[str, ...]]:
        """What each asker sees that was not there before, oldest first."""
        return {name: self._outcome(name, asker) for name, asker in self.askers.items()}

    def _outcome(self, name: str, asker: Asker) -> tuple[str, ...]:
        expected = PASSAGE if name == "button" else QUOTE
        found = []
        for message in self._seen(asker):
            if message.id in asker.before or message.only_for not in (None, asker.user.id):
                continue
            private = message.channel_id != asker.channel
            if message.loading:
                what = "thinking…"
            elif expected in message.text:
                what = "the answer"
            else:
                what = message.text
            found.append(what + (", in a direct message" if private else ""))
        return tuple(found)

    def _seen(self, asker: Asker) -> Sequence[Message]:
        places = dict.fromkeys((asker.channel, self.d.dm(asker.user)))
        return [
            message
            for place in places
            if place in self.d.world.messages
            for message in self.d.replies(place)
        ]

    async def expect(
        self, wanted: Mapping[str, tuple[str, ...]], timeout_s: float = 20.0
    ) -> dict[str, tuple[str, ...]]:
        """What is seen in the end: when it is as `wanted` it stays so for a moment."""
        await self.d.world.bell.until(lambda: self.outcomes() == wanted, timeout_s)
        await asyncio.sleep(0.15)
        return self.outcomes()


WAYS = ("slash", "mention", "reply", "direct", "button", "form")


@asynccontextmanager
async def scene(
    data_dir: Path,
    *,
    heartbeat_ms: int = 41_250,
    at_start: Callable[[FakeDiscord], None] | None = None,
    service: type[HeldService] = HeldService,
    **client_options: Any,
) -> AsyncIterator[Scene]:
    """All are there; who replies or presses has a card to do it to. Everything runs.

    `at_start` is done to the emulator before the bot's first attempt.
    """
    offset = [0.0]
    real = asyncio.get_running_loop().time
    held = service(data_dir)
    records = await Records.in_memory()
    made: list[Client] = []
    pauses: list[float] = []

    def make() -> Client:
        client = Client(held, records, guild_ready_timeout=0.05, **client_options)
        made.append(client)
        return client

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    stop = asyncio.Event()
    async with FakeDiscord(
        ORACLE, clock=lambda: real() + offset[0], rate_limits=False, heartbeat_ms=heartbeat_ms
    ) as d:
        guild = d.guild()
        askers = {}
        for name in WAYS:
            user = d.join(guild, d.user(name))
            place = d.dm(user) if name == "direct" else d.channel(guild, name)
            askers[name] = Asker(user, place)
        if at_start is not None:
            at_start(d)
        with d.override():
            running = asyncio.create_task(keep_running(make, d.token, stop, sleep=pause))
            await d.connected()
            them = Scene(d, held, lambda: made[-1], guild, askers, stop, running, pauses, offset)
            try:
                for name in ("reply", "button"):
                    await _get_a_card(them, askers[name])
                await _open_a_form(them, askers["form"])
                yield them
            finally:
                held.go.set()
                stop.set()
                await asyncio.wait_for(running, 20)
                await held.close()
                await records.close()


async def _get_a_card(them: Scene, asker: Asker) -> None:
    text = f"{them.d.bot.mention} {QUESTION}"
    await them.d.say(asker.channel, asker.user, text)
    await them.d.until(lambda: them.d.replies(asker.channel), 15)
    (asker.card,) = them.d.replies(asker.channel)


async def _open_a_form(them: Scene, asker: Asker) -> None:
    await them._slash(asker)
    assert asker.asked is not None
    card = asker.asked
    await them.d.until(lambda: them.d.message(card).is_v2, 15)
    follow_up = id_on(them.d.message(card), "follow-up:")
    asker.opened = await them.d.press(them.d.message(card), asker.user, follow_up)


def id_on(card: Message, beginning: str) -> str:
    """The custom id, of those on a card, that begins so."""
    ids = [str(part.get("custom_id") or "") for part in walk(card.components)]
    return next(found for found in ids if found.startswith(beginning))


def everyone(outcome: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(WAYS, outcome)
