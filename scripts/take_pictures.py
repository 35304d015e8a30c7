"""Takes the pictures in docs/pictures: the real bot's cards in simcord's preview, by Chromium.

pip install --require-hashes -r requirements-dev.lock
pip install 'simcord[preview]==3.2.1'
python scripts/take_pictures.py [NAME ...]
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import discord
import simcord
from PIL import Image, ImageChops

import bot
from cogs.client import FootnoteClient
from cogs.records.database import Records
from corpus.storage.locations import library_file
from corpus.storage.store import ArticleStore
from corpus.web.feeds import Feed, FeedEntry
from corpus.web.fetch import Fetched
from corpus.web.recrawl_schedule import Schedule
from corpus.web.watchlist import WatchList
from retrieval.serving.server_libraries import ServerLibraries
from retrieval.serving.service import AskService

PICTURES = Path(bot.__file__).with_name("docs") / "pictures"
WIDTH, HEIGHT, SCALE = 760, 1500, 2
# Of the page: the channel between the preview's own controls and the line to write in.
LEFT, TOP, RIGHT, BOTTOM, EDGE = 12, 160, 736, 1340, 14
PATIENCE_S = 20.0
ARTICLES = {
    "envoy": (
        "Title: Zorblatt recalls its envoy\nSource: The Daily Example\nDate: 2026-03-16\n"
        "URL: https://daily.example/envoy\n\n"
        "Zorblatt recalled its envoy to Quux on Monday, with 12 of his cooks. The envoy, Anton "
        "Zorn, was recalled because he had sung at dinner, the palace said. Nobody had asked him "
        "to, and the minister left before the soup. Relations had been good for a century."
    ),
    "cooks": (
        "Title: Cooks leave with the envoy\nSource: The Evening Example\nDate: 2026-03-17\n"
        "URL: https://evening.example/cooks\n\n"
        "Zorblatt recalled its envoy to Quux on Monday, with 14 of his cooks. It was not "
        "said who would cook for those who stay. Guests of the dinner spoke of long, sad songs."
    ),
    "bridge": (
        "Title: The bridge over the Xyzzy opens again\nSource: The Daily Example\n"
        "Date: 2026-03-18\nURL: https://daily.example/bridge\n\n"
        "The bridge over the Xyzzy was opened again on Wednesday after a year of work. It cost "
        "3 million crowns, a third more than was planned. Carts may cross it from Friday on."
    ),
}

FEEDS = {
    "The Daily Example": None,
    "The Evening Example": "evening.example is out of order (503); try again later.",
}


@dataclass
class Stage:
    """A server with the articles above; alice is a member, bob manages it."""

    env: Any
    channel: Any
    alice: Any
    bob: Any
    guild: int
    articles: ServerLibraries
    data_dir: Path

    async def ask(self, **options: Any) -> Any:
        return (await self.alice.slash(self.channel, "ask", **options)).response

    async def summary(self, command: str, **options: Any) -> Any:
        return (await self.alice.slash(self.channel, command, **options)).response


async def answer(stage: Stage) -> None:
    await stage.ask(question="why was Antonov recalled?")


async def form(stage: Stage) -> Any:
    card = await stage.ask(question="Why was the envoy of Zorblatt recalled?")
    return await stage.alice.click(card, label="Follow up")


async def conflict(stage: Stage) -> None:
    await stage.ask(question="How many cooks left with the envoy of Zorblatt?")


async def refusal(stage: Stage) -> None:
    await stage.ask(question="Who won the 2022 World Cup?")


async def passage(stage: Stage) -> None:
    card = await stage.ask(question="Why was the envoy of Zorblatt recalled?")
    await stage.alice.click(card, label="Show passage 1")


async def why(stage: Stage) -> None:
    card = await stage.ask(question="Why was the envoy of Zorblatt recalled?", private=True)
    await stage.alice.click(card, label="Why this answer?")


async def summary(stage: Stage) -> None:
    await stage.summary("summary topic", topic="envoy of Zorblatt")


async def digest(stage: Stage) -> None:
    await stage.summary("digest")


async def timeline(stage: Stage) -> None:
    card = await stage.summary("summary topic", topic="envoy of Zorblatt", length="line")
    await stage.alice.click(card, label="Timeline")


async def articles(stage: Stage) -> None:
    await stage.alice.slash(stage.channel, "article list")


async def removing(stage: Stage) -> None:
    await stage.bob.slash(
        stage.channel, "article add", file=("envoy.txt", ARTICLES["envoy"].encode())
    )
    (article,) = await stage.articles.completed(
        server=stage.guild, typed="", max_count=1, only_own=True
    )
    await stage.bob.slash(stage.channel, "article remove", article=article.id)


async def feeds(stage: Stage) -> None:
    file = library_file(stage.data_dir, str(stage.guild))
    now = discord.utils.snowflake_time(stage.guild) - timedelta(minutes=7)
    with ArticleStore.open(file) as store:
        watched = WatchList(store, Schedule(now=lambda: now))
        for number, (name, problem) in enumerate(FEEDS.items()):
            url = f"https://{number}.example/feed.xml"
            feed = watched.add_feed(url, "feed")
            entries = tuple(FeedEntry(f"https://{number}.example/{n}") for n in range(3 - number))
            watched.record_feed(feed, Fetched(url, b""), Feed(name, entries))
            if problem is not None:
                watched.record_feed_failure(feed, problem, None)
    await stage.bob.slash(stage.channel, "feed list")


async def german(stage: Stage) -> None:
    await stage.bob.slash(stage.channel, "settings language", language="de")
    await stage.ask(question="How many cooks left with the envoy of Zorblatt?")


async def settings(stage: Stage) -> None:
    await stage.bob.slash(stage.channel, "settings digest", every="Monday", at="7:30")


async def privacy(stage: Stage) -> None:
    await stage.alice.slash(stage.channel, "privacy")


# A scene returns what to show; if it returns nothing, the channel is shown.
SCENES: dict[str, Callable[[Stage], Awaitable[Any]]] = {
    scene.__name__: scene
    for scene in (
        *(answer, conflict, refusal, passage, why, form),
        *(summary, digest, timeline, articles, removing, feeds, settings, privacy, german),
    )
}
OF_THE_SAMPLE = {answer.__name__}
OF_BOB = {one.__name__ for one in (settings, removing, feeds)}


async def take(name: str, data_dir: Path, profile: Path) -> None:
    service = AskService(data_dir)
    records = await Records.in_memory()
    await service.warm_up()
    client = FootnoteClient(service, records)
    async with simcord.run(client, settle_timeout=PATIENCE_S) as env:
        env.backend.bot_user.name = "Footnote"
        guild = env.create_guild(name="Article readers")
        channel = guild.create_text_channel("articles")
        alice = guild.add_member(env.create_user("alice"))
        manager = guild.create_role("manager", permissions=discord.Permissions(manage_guild=True))
        bob = guild.add_member(env.create_user("bob"), roles=[manager])
        shown = await SCENES[name](
            Stage(env, channel, alice, bob, guild.id, service.articles, data_dir)
        )
        viewer = bob if name in OF_BOB else alice
        target = PICTURES / f"{name}.png"
        async with env.preview(
            channel, viewers=[viewer], layout="channel", width=WIDTH, height=HEIGHT
        ) as page:
            if shown is not None:
                await page.show(shown)
            browser = await asyncio.create_subprocess_exec(
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                f"--user-data-dir={profile}",
                f"--window-size={WIDTH},{HEIGHT}",
                f"--force-device-scale-factor={SCALE}",
                "--virtual-time-budget=8000",
                f"--screenshot={target}",
                page.url,
                stderr=asyncio.subprocess.DEVNULL,
            )
            await asyncio.wait_for(browser.wait(), 60)
        with Image.open(target) as picture:
            trimmed(picture.convert("RGB")).quantize(128).save(target, optimize=True)
    await service.close()
    await records.close()


def trimmed(page: Image.Image) -> Image.Image:
    """The channel from its name to its last message."""
    left, top, right, bottom = (SCALE * edge for edge in (LEFT, TOP, RIGHT, BOTTOM))
    shown = page.crop((left, top, right, bottom))
    ground = Image.new("RGB", shown.size, shown.getpixel((shown.width // 2, shown.height - 1)))
    box = ImageChops.difference(shown, ground).point(lambda value: 255 * (value > 8)).getbbox()
    if box is None:
        return shown
    bottom = min(shown.height, box[3] + SCALE * EDGE)
    return shown.crop((0, max(0, box[1] - SCALE * EDGE), shown.width, bottom))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        data_dir, texts = Path(folder) / "data", Path(folder) / "texts"
        texts.mkdir()
        for name, text in ARTICLES.items():
            (texts / f"{name}.txt").write_text(text)
        os.environ["FOOTNOTE_DATA_DIR"] = str(data_dir)
        bot.main(["ingest", str(texts)])
        for name in sys.argv[1:] or SCENES:
            with tempfile.TemporaryDirectory() as profile:
                of = Path(folder) / name  # simcord's servers all have the same id
                if name not in OF_THE_SAMPLE:
                    shutil.copytree(data_dir, of)
                asyncio.run(take(name, of, Path(profile)))


if __name__ == "__main__":
    main()
