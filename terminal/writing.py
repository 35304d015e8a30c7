"""The writer that the environment names, for the terminal and for Discord."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrieval.writer import Writer


def named_writer() -> Writer | None:
    """The writer that FOOTNOTE_WRITER names. Raises WriterError."""
    line = os.environ.get("FOOTNOTE_WRITER", "").strip()
    if not line:
        return None
    from retrieval.generators import Named, make_writer, time_limit

    named = Named.of(line)
    keys = [key for name in named.key_names if (key := os.environ.get(name, "").strip())]
    seconds = os.environ.get("FOOTNOTE_WRITER_SECONDS", "").strip()
    return make_writer(named, keys[0] if keys else "", time_limit(seconds))
