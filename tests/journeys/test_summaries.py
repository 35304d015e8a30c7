"""Summaries on the whole road: the real retrieval, the real client, an emulated Discord."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import bot
from retrieval.summaries.timeline import UNDATED
from tests.journeys.test_discord import Stage, staged

TOLD = {
    "Daily": (
        16,
        "The envoy of Zorblatt was recalled on Monday with 12 of his cooks. He had sung at dinner, "
        "to which nobody had asked him, and the minister left before the soup.",
    ),
    "Evening": (
        17,
        "The envoy of Zorblatt was recalled on Monday with 14 of his cooks, the ministry said. "
        "The palace would not speak of the songs, which a guest called long and sad ones.",
    ),
}


async def summed(stage: Stage, command: str, **options: str) -> str:
    """What a command of alice's shows in the end."""
    asked = await stage.discord_.slash(stage.channel, stage.alice, command, **options)
    return (await stage.done(asked)).text


def ingested(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two dated articles in the common library."""
    articles = data_dir / "articles"
    articles.mkdir()
    for name, (day, text) in TOLD.items():
        head = f"Title: The envoy of Zorblatt\nSource: The {name}\nDate: 2026-03-{day}\n\n"
        (articles / f"{name}.txt").write_text(head + text)
    monkeypatch.setenv("FOOTNOTE_DATA_DIR", str(data_dir))
    assert bot.main(["ingest", str(articles)]) == 0


async def test_a_topic_is_summed_up_quoted_and_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    await asyncio.to_thread(ingested, tmp_path, monkeypatch)
    async with staged(tmp_path) as stage:
        d = stage.discord_
        options = {"topic": "envoy of Zorblatt", "length": "page"}
        asked = await d.slash(stage.channel, stage.alice, "summary topic", **options)
        card = await stage.done(asked)
        assert card.is_v2
        assert "was recalled on Monday with 12 of his cooks" in card.text
        assert "The sources differ: 12 in" in card.text
        drawn = await stage.press(card, "timeline:")
        assert drawn.ephemeral
        (attachment,) = drawn.attachments
        assert attachment["filename"] == "timeline.png"
        assert d.file(attachment).startswith(b"\x89PNG")
        assert "Nothing in the articles speaks of “penguins”." in await summed(
            stage, "summary topic", topic="penguins"
        )


async def test_a_digest_is_told_once_and_an_undated_article_has_no_timeline(tmp_path: Path):
    async with staged(tmp_path) as stage:
        card = await stage.done(await stage.discord_.slash(stage.channel, stage.alice, "digest"))
        assert "What is new" in card.text
        assert "recalled its ambassador to the United States" in card.text
        assert await summed(stage, "digest") == (
            "There are no new articles since the last digest here."
        )
        assert (await stage.press(card, "timeline:")).text == UNDATED
