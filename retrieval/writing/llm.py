"""Makes a writer from one line: openai:MODEL@ADDRESS, openai:MODEL or anthropic:MODEL."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.components.generators.chat.types import ChatGenerator
from haystack.utils import Secret

from retrieval.errors import WriterError
from retrieval.writing.writer import TIME_LIMIT_S, Writer

FORMS = "openai:MODEL@ADDRESS, openai:MODEL or anthropic:MODEL"
MAX_REPLY_BYTES = 1_000_000
_LINE = re.compile(r"(?P<kind>openai|anthropic):(?P<model>[^@\s]+)(?:@(?P<address>https?://\S+))?")


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Which model, and where; `address` is None for the service of the model's maker."""

    kind: str
    model: str
    address: str | None = None

    @classmethod
    def of(cls, line: str) -> ModelSpec:
        """Parse a line such as "openai:MODEL@ADDRESS".

        Raises:
            WriterError: The line has another form.
        """
        match = _LINE.fullmatch(line.strip())
        if match is None or (match["kind"] == "anthropic" and match["address"]):
            raise WriterError(f"No writer can be made of “{line}”; write {FORMS}.")
        return cls(match["kind"], match["model"], match["address"])


def make_writer(named: ModelSpec, key: str, time_limit_s: float = TIME_LIMIT_S) -> Writer:
    """Make the writer of that name.

    Args:
        named: The model.
        key: The key of its service; "" for none.
        time_limit_s: For one answer, all attempts together.

    Raises:
        WriterError: The key that it needs, or the package, is missing.
    """
    if not key and named.address is None:
        raise WriterError(
            f"The writer {named.kind}:{named.model} needs a key; "
            f"set FOOTNOTE_WRITER_KEY or {named.kind.upper()}_API_KEY."
        )
    if named.kind == "anthropic":
        return Writer(_anthropic(named, key, time_limit_s), named.model, time_limit_s=time_limit_s)
    generator = _openai(named, key, time_limit_s)
    return Writer(generator, named.model, takes_options=True, time_limit_s=time_limit_s)


def _openai(named: ModelSpec, key: str, time_limit_s: float) -> ChatGenerator:
    return OpenAIChatGenerator(
        api_key=Secret.from_token(key or "none"),
        model=named.model,
        api_base_url=named.address,
        timeout=time_limit_s,
        max_retries=0,  # the writer's own attempts share one time limit
        http_client_kwargs={
            "event_hooks": {"response": [_bounded]},
            "headers": {"Accept-Encoding": "identity"},
        },
    )


def _anthropic(named: ModelSpec, key: str, time_limit_s: float) -> ChatGenerator:
    try:
        from haystack_integrations.components.generators.anthropic import AnthropicChatGenerator
    except ImportError as error:
        raise WriterError(
            f"The writer anthropic:{named.model} needs one more package; install it with: "
            "pip install anthropic-haystack"
        ) from error
    made: ChatGenerator = AnthropicChatGenerator(
        api_key=Secret.from_token(key), model=named.model, timeout=time_limit_s, max_retries=0
    )
    return made


async def _bounded(response: httpx.Response) -> None:
    """Bound a reply to MAX_REPLY_BYTES in memory. httpx calls this before it reads the reply."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise WriterError("The writer's server packs its replies, which could be any size.")
    if isinstance(response.stream, httpx.AsyncByteStream):
        response.stream = _Bounded(response.stream)


class _Bounded(httpx.AsyncByteStream):
    """Another stream, which may have MAX_REPLY_BYTES at most."""

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > MAX_REPLY_BYTES:
                raise WriterError("The writer's server sends without end.")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
