"""The writer that the settings name, for the terminal and for Discord."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrieval.writing.llm import Named
    from retrieval.writing.writer import Writer
    from terminal.settings import Settings


def named_writer(settings: Settings) -> Writer | None:
    """None where none is named. Raises WriterError."""
    if not settings.writer:
        return None
    from retrieval.writing.llm import Named, make_writer

    named = Named.of(settings.writer)
    return make_writer(named, key_for(named, settings), settings.writer_seconds)


def key_for(named: Named, settings: Settings) -> str:
    """Its key, "" for none. A maker's own key goes to the maker's service only."""
    own = settings.writer_key.get_secret_value()
    if own or named.address is not None:
        return own
    makers = {"openai": settings.openai_api_key, "anthropic": settings.anthropic_api_key}
    return makers[named.kind].get_secret_value()
