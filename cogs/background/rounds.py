"""Keeps a repeated job going: what goes wrong in one round is logged, and the next one comes.

discord.ext.tasks ends a loop at the first exception that it does not know.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import discord

from cogs.interactions.sending import CONNECTION_ERRORS
from corpus.errors import FootnoteError

log = logging.getLogger(__name__)


@contextmanager
def one_round(job: str) -> Iterator[None]:
    """Log what the round raises; `job` begins the sentence: "Sending digests"."""
    try:
        yield
    except (FootnoteError, discord.HTTPException, *CONNECTION_ERRORS) as error:
        log.warning("%s failed and is tried again later: %r", job, error)
    except Exception:
        log.exception("%s failed", job)
