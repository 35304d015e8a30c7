"""Shows the progress of long work in one message, edited at most once a second."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import discord

from cogs.interactions.sending import CONNECTION_ERRORS
from retrieval.wording.translations import in_every_language, tr, translate_sentence

log = logging.getLogger(__name__)

EVERY_S = 1.0
WAITING = "⏳ Waiting for its turn to be read…"
FETCHING = "⏳ Fetching…"
READING = "⏳ Reading… {share}"

T = TypeVar("T")
OnProgress = Callable[[float], None]


def reading_sentence(share: float) -> str:
    """The sentence for the share of the work that is done, from 0 to 1."""
    return tr(READING, share=f"{share:.0%}")


def is_progress(sentence: str) -> bool:
    """Whether this is one of the progress sentences, in any language."""
    whole = [*in_every_language(WAITING), *in_every_language(FETCHING)]
    begun = [text.partition("{share}")[0] for text in in_every_language(READING)]
    return sentence in whole or sentence.startswith(tuple(begun))


async def run_with_progress(
    work: Callable[[OnProgress], Coroutine[Any, Any, T]],
    tell: Callable[[str], Awaitable[object]],
    *,
    first: str = WAITING,
    every_s: float = EVERY_S,
) -> T:
    """Run `work` and return its result; `tell` its progress meanwhile, each time it changed.

    `first` is told until `work` reports a share. No `tell` is running when this returns, so none
    can overtake the result.
    """
    sentence, last = first, ""

    def note(share: float) -> None:
        nonlocal sentence
        sentence = reading_sentence(share)

    task = asyncio.create_task(work(note))
    try:
        while not (await asyncio.wait({task}, timeout=every_s))[0]:
            if sentence != last:
                last = sentence
                await tell(sentence)
        return await task
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})


async def show_progress(interaction: discord.Interaction[Any], sentence: str) -> None:
    """Show the sentence in place of "thinking…". The work goes on if a member dismissed that."""
    try:
        await interaction.edit_original_response(content=translate_sentence(sentence))
    except (discord.HTTPException, *CONNECTION_ERRORS) as error:
        log.info("Progress could not be shown: %r", error)
