"""The whole road in Discord: the real bot and retrieval, real sockets, an emulated Discord."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from cogs.client import FootnoteClient
from cogs.records.database import FILE_NAME, Records
from cogs.supervisor import TokenRefused, check_token
from corpus.article import SpanRef
from corpus.ingestion.embedding import recipe
from corpus.ingestion.ingest import ingest
from corpus.ingestion.sources import find_files
from corpus.storage.locations import library_file
from corpus.storage.store import ArticleStore
from retrieval.encoders.embedder import Embedder
from retrieval.errors import CitationLost
from retrieval.ingestion.crawl_client import CrawlClient
from retrieval.serving.service import AskService
from tests.discord import launch, messages
from tests.discord.components import walk
from tests.discord.emulator import FakeDiscord
from tests.discord.stage import ORACLE
from tests.discord.tls import Certificates
from tests.discord.values import Interaction, Message, User

QUOTE = "did not give specific reasons for the recall"
QUESTION = "why was Antonov recalled?"


@dataclass
class Stage:
    """One server with one channel, alice in it, and the bot answering from `data_dir`."""

    discord_: FakeDiscord
    service: AskService
    guild: int
    channel: int
    alice: User

    async def answer(self, question: str = QUESTION) -> Message:
        """What stands in the end where alice's /ask was."""
        asked = await self.discord_.slash(self.channel, self.alice, "ask", question=question)
        await self.discord_.until(lambda: not self.discord_.message(asked).loading)
        return self.discord_.message(asked)

    async def reply_to(self, message: Message, text: str) -> Message:
        """What the bot says to alice's reply."""
        before = len(self.discord_.replies(self.channel))
        await self.discord_.say(self.channel, self.alice, text, reply_to=message)
        await self.discord_.until(lambda: len(self.discord_.replies(self.channel)) > before)
        return self.discord_.replies(self.channel)[-1]

    async def done(self, interaction: Interaction) -> Message:
        """What the bot says to it in the end."""
        await self.discord_.until(
            lambda: interaction.message_id and not self.discord_.message(interaction).loading
        )
        return self.discord_.message(interaction)

    async def press(self, message: Message, beginning: str) -> Message:
        """What comes of alice pressing the button whose custom id begins so."""
        custom_id = id_on(message, beginning)
        return await self.done(await self.discord_.press(message, self.alice, custom_id))


def id_on(message: Message, beginning: str) -> str:
    ids = [str(part.get("custom_id") or "") for part in walk(message.components)]
    return next(one for one in ids if one.startswith(beginning))


@asynccontextmanager
async def staged(
    data_dir: Path,
    *,
    tls: bool = False,
    collector: CrawlClient | None = None,
    embedder: Callable[[], Embedder] = Embedder.load,
) -> AsyncIterator[Stage]:
    service = AskService(data_dir, collector=collector, embedder=embedder)
    records = await Records.in_memory()
    certificates = Certificates.issue() if tls else None
    async with FakeDiscord(ORACLE, certificates=certificates) as discord_:
        guild = discord_.guild()
        channel = discord_.channel(guild)
        alice = discord_.join(guild, discord_.user("alice"))
        stage = Stage(discord_, service, guild, channel, alice)
        if tls:
            client = FootnoteClient(
                service, records, guild_ready_timeout=0.05, connector=discord_.connector()
            )
            async with discord_.running(client):
                yield stage
        else:
            with discord_.override():
                client = FootnoteClient(service, records, guild_ready_timeout=0.05)
                async with discord_.running(client):
                    yield stage
        discord_.assert_clean()
    await service.close()
    await records.close()


async def test_the_sample_is_asked_and_quoted(tmp_path: Path):
    async with staged(tmp_path) as stage:
        answer = await stage.answer()
        assert answer.is_v2
        assert "No specific reason was given." in answer.text
        assert QUOTE in answer.text
        refusal = await stage.answer("who won the 2022 World Cup?")
        assert "Nothing in the articles speaks of this." in refusal.text


async def test_an_unpatched_client_over_tls(tmp_path: Path):
    async with staged(tmp_path, tls=True) as stage:
        assert QUOTE in (await stage.answer()).text


async def test_a_mention_and_a_private_message_are_answered(tmp_path: Path):
    async with staged(tmp_path) as stage:
        d = stage.discord_
        await d.say(stage.channel, stage.alice, f"{d.bot.mention} {QUESTION}")
        await d.until(lambda: d.replies(stage.channel))
        assert QUOTE in d.replies(stage.channel)[0].text
        private = d.dm(stage.alice)
        await d.say(private, stage.alice, QUESTION)
        await d.until(lambda: d.replies(private))
        assert QUOTE in d.replies(private)[0].text


async def test_a_reply_to_a_card_is_a_follow_up(tmp_path: Path):
    async with staged(tmp_path) as stage:
        d = stage.discord_
        card = await stage.answer("Who is Antonov?")
        # A reply to what /ask brought pings nobody, so it has to mention the bot.
        text = f"{d.bot.mention} why was he recalled?"
        second = await stage.reply_to(card, text)
        assert "Understood as: why was Antonov recalled?" in second.text
        assert QUOTE in second.text
        # One to the bot's own message pings it; the bot may read it for that.
        third = await stage.reply_to(second, "and what did Biden say?")
        assert "Understood as: what did Biden say about Antonov?" in third.text
        assert "Biden responded with" in third.text
        await d.say(stage.channel, stage.alice, "why?", reply_to=third, ping=False)
        await asyncio.sleep(0.2)
        assert d.replies(stage.channel)[-1] == third  # without the ping it is for the others


@pytest.mark.parametrize("is_there", [True, False])
async def test_a_card_that_discord_does_not_send_along_is_fetched(tmp_path: Path, is_there: bool):
    async with staged(tmp_path) as stage:
        d = stage.discord_
        card = await stage.answer("Who is Antonov?")
        # As after a restart: the bot has not heard of this one.
        body: dict[str, object] = {"components": card.components, "flags": 1 << 15}
        old = messages.create(d.world, stage.channel, d.bot, body, {})
        body = {
            "content": f"{d.bot.mention} why was he recalled?",
            "message_reference": {"message_id": old.id},
        }
        asked = messages.create(d.world, stage.channel, stage.alice, body, {})
        del asked.data["referenced_message"]
        if not is_there:
            await d.delete(old)
        before = len(d.replies(stage.channel))
        await messages.announce(d.world, "MESSAGE_CREATE", asked)
        await d.until(lambda: len(d.replies(stage.channel)) > before)
        answer = d.replies(stage.channel)[-1].text
        assert ("Understood as: why was Antonov recalled?" in answer) == is_there
        assert (QUOTE in answer) == is_there


async def test_the_passage_opens_from_the_card(tmp_path: Path):
    async with staged(tmp_path) as stage:
        answer = await stage.answer()
        shown = await stage.press(answer, "passage:")
        assert shown.ephemeral
        assert "We are interested in preventing" in shown.text


async def test_why_this_answer_and_a_vote_work_in_the_program_after_it_was_killed(tmp_path: Path):
    async with FakeDiscord(ORACLE) as d:
        guild = d.guild()
        stage = Stage(d, AskService(tmp_path), guild, d.channel(guild), d.user("alice"))
        d.join(guild, stage.alice)
        async with process(d, tmp_path, d.token) as bot:
            await d.connected()
            card = await stage.answer()
            bot.kill()
            await d.until(lambda: not d.gateway.live)
        async with process(d, tmp_path, d.token):
            await d.connected()
            why = await stage.press(card, "why:")
            assert why.ephemeral
            assert "**Searched:** all articles, by meaning and by words." in why.text
            assert QUOTE in why.text
            assert " · not shown · " in why.text
            form = await d.press(card, stage.alice, id_on(card, "vote:down:"))
            thanks = await stage.done(await d.submit(form, stage.alice, "Too long."))
            assert thanks.content.startswith("Thank you: noted, with your reason.")
        d.assert_clean()


async def test_a_follow_up_is_entered_in_a_form(tmp_path: Path):
    async with staged(tmp_path) as stage:
        card = await stage.answer("Who is Antonov?")
        form = await stage.discord_.press(card, stage.alice, id_on(card, "follow-up:"))
        text = "why was he recalled?"
        followed = await stage.done(await stage.discord_.submit(form, stage.alice, text))
        assert "Understood as: why was Antonov recalled?" in followed.text
        assert QUOTE in followed.text


async def test_a_message_is_asked_about_without_the_intent_to_read_it(tmp_path: Path):
    async with staged(tmp_path) as stage:
        d = stage.discord_
        said = await d.say(stage.channel, stage.alice, QUESTION)
        form = await d.menu(stage.channel, stage.alice, "Ask about this", said)
        assert form.modal is not None
        field = next(part for part in walk(form.modal["components"]) if "value" in part)
        assert field["value"] == QUESTION
        answer = await stage.done(await d.submit(form, stage.alice, QUESTION))
        assert QUOTE in answer.text


async def test_in_a_thread_a_mention_follows_on_the_answer_above_and_then_on_the_last(
    tmp_path: Path,
):
    async with staged(tmp_path) as stage:
        d = stage.discord_
        card = await stage.answer("Who is Antonov?")
        thread = await d.thread(card, stage.alice, "Antonov")

        async def said(text: str) -> Message:
            before = len(d.replies(thread))
            await d.say(thread, stage.alice, f"{d.bot.mention} {text}")
            await d.until(lambda: len(d.replies(thread)) > before)
            return d.replies(thread)[-1]

        assert (
            "Understood as: why was Antonov recalled?" in (await said("why was he recalled?")).text
        )
        assert "Understood as: when was Antonov recalled?" in (await said("and when?")).text
        await d.say(thread, stage.alice, "and why?")
        await asyncio.sleep(0.2)
        assert len(d.replies(thread)) == 2  # without a mention it cannot be read


async def test_only_one_source_is_asked_and_only_this_servers_are_offered(tmp_path: Path):
    async with staged(tmp_path) as stage:
        d = stage.discord_
        theirs = d.guild("theirs")
        there = d.channel(theirs)
        d.join(theirs, stage.alice)
        facts = "Source: {}\nDate: 2021-03-17\n\nThe envoy Zorblatt sang {{}}."
        _add(tmp_path, str(stage.guild), facts.format("Reuters").format("loudly"))
        _add(tmp_path, str(theirs), facts.format("The Secret").format("softly"))

        async def offered(channel: int, typed: str) -> list[str]:
            found = await d.autocomplete(channel, stage.alice, "ask", "source", source=typed)
            return [choice["name"] for choice in found or []]

        assert await offered(stage.channel, "")
        assert "Reuters" in await offered(stage.channel, "reu")
        assert await offered(stage.channel, "secret") == []
        assert await offered(d.dm(stage.alice), "secret") == []
        assert await offered(there, "Secret") == ["The Secret"]

        async def answer(**options: str) -> str:
            question = "How did Zorblatt sing?"
            asked = await d.slash(stage.channel, stage.alice, "ask", question=question, **options)
            return (await stage.done(asked)).text

        assert "sang loudly" in await answer(source="Reuters")
        assert (
            "No article here is from “The Secret” or called so; there are articles from Reuters."
            in (await answer(source="The Secret"))
        )
        assert "There are no articles from Reuters published since 18 March 2021." in (
            await answer(source="Reuters", since="18 March 2021")
        )


async def test_one_servers_articles_are_not_anothers(tmp_path: Path):
    async with staged(tmp_path) as stage:
        d = stage.discord_
        theirs = d.guild("theirs")
        _add(tmp_path, str(theirs), "The envoy Zorblatt was recalled because he sang at dinner.")
        channel = d.channel(theirs)
        d.join(theirs, stage.alice)
        asked = await d.slash(channel, stage.alice, "ask", question="Why was Zorblatt recalled?")
        await d.until(lambda: not d.message(asked).loading)
        assert "he sang at dinner" in d.message(asked).text
        here = await stage.answer("Why was Zorblatt recalled?")
        assert "sang" not in here.text
        _, article_id, version, start, end = id_on(d.message(asked), "passage:").split(":")
        ref = SpanRef(article_id, int(version), int(start), int(end))
        await stage.service.excerpt(server=theirs, ref=ref)
        for other in (stage.guild, None):
            with pytest.raises(CitationLost):
                await stage.service.excerpt(server=other, ref=ref)


def _add(data_dir: Path, library: str, text: str) -> None:
    folder = data_dir / "incoming"
    folder.mkdir(exist_ok=True)
    (folder / f"{library}.txt").write_text(text)
    embedder = Embedder.load()
    store = ArticleStore.open(library_file(data_dir, library))
    ingest(find_files([folder / f"{library}.txt"]), store, embedder.encode)
    store.set_stamp("recipe", recipe(embedder.identity))
    store.close()


async def test_articles_added_while_the_bot_runs_are_answered_from(tmp_path: Path):
    async with staged(tmp_path) as stage:
        assert "Nothing in the articles" in (await stage.answer("Who sang at dinner?")).text
        _add(tmp_path, "default", "The envoy Zorblatt sang at dinner.")
        assert "Zorblatt sang" in (await stage.answer("Who sang at dinner?")).text
        _add(tmp_path, "default", "The envoy Quibble sang at dinner.")
        assert "Quibble sang" in (await stage.answer("Who sang at dinner?")).text


class SlowEmbedder(Embedder):
    """The real one, which thinks for `delay_s` first."""

    delay_s = 0.0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        time.sleep(self.delay_s)
        return super().encode(texts)


async def test_slow_thinking_does_not_delay_the_acknowledgement(tmp_path: Path):
    embedder = SlowEmbedder.load()
    async with staged(tmp_path, embedder=lambda: embedder) as stage:
        await stage.service.warm_up()
        embedder.delay_s = 4.0  # longer than Discord waits for an acknowledgement
        d = stage.discord_
        asked = await d.slash(stage.channel, stage.alice, "ask", question=QUESTION)
        assert asked.acknowledged
        assert d.message(asked).loading
        await d.until(lambda: not d.message(asked).loading, timeout_s=15)
        assert QUOTE in d.message(asked).text


# -- staying connected ---------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "  ", "not a token", "abc", "a.b", "Bot a.b.c", "a.b.c\nd"])
def test_what_cannot_be_a_token_is_said_before_anything_is_sent(token: str):
    with pytest.raises(TokenRefused, match="copy it from the Bot page"):
        check_token(token)


@asynccontextmanager
async def process(d: FakeDiscord, data_dir: Path, token: str) -> AsyncIterator[Process]:
    changes = {"FOOTNOTE_DATA_DIR": str(data_dir), "FOOTNOTE_DISCORD_TOKEN": token}
    started = await asyncio.create_subprocess_exec(
        *launch.command("run"),
        cwd=launch.ROOT,
        env={**os.environ, **d.environment(), **changes},
        stdout=DEVNULL,
        stderr=PIPE,
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


async def test_the_program_answers_and_stops_when_told_to(tmp_path: Path):
    async with FakeDiscord(ORACLE) as d:
        guild = d.guild()
        channel = d.channel(guild)
        alice = d.join(guild, d.user("alice"))
        async with process(d, tmp_path, d.token) as bot:
            await d.connected()
            asked = await d.slash(channel, alice, "ask", question=QUESTION)
            await d.until(lambda: not d.message(asked).loading)
            assert QUOTE in d.message(asked).text
            bot.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(bot.wait(), 10) == 0
        d.assert_clean()
    assert os.listdir(tmp_path) == [FILE_NAME]  # the samples answered: no library was made


async def test_a_token_that_discord_refuses_is_one_sentence(tmp_path: Path):
    async with FakeDiscord(ORACLE) as d, process(d, tmp_path, "wrong.token.here") as bot:
        _, said = await asyncio.wait_for(bot.communicate(), 30)
        assert bot.returncode == 2
        assert b"footnote: Discord refused the bot's token; copy it from" in said
        assert b"Traceback" not in said
        assert b"wrong.token.here" not in said
