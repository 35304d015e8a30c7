"""Checks that the bot can run here: disk, models, libraries, feeds, clock and writer.

Each finding is one line: what was checked, whether it is well, and if not, what to do.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from corpus.errors import FootnoteError
from corpus.storage.locations import Home, as_home
from corpus.storage.maintenance import stats, verify
from corpus.web.results import FeedHealth
from corpus.web.watchlist import WatchList
from retrieval.encoders.embedder import Embedder
from retrieval.encoders.reader_model import ReaderModel
from retrieval.writing.llm import ModelSpec

LEAST_FREE = 1_000_000_000
LATE = timedelta(minutes=15)  # while the bot runs, a feed is read so soon after it is due
APART = timedelta(seconds=5)  # a good clock is within a second
WRITER_S = 10.0
BUILT = datetime(2026, 1, 1, tzinfo=UTC)
MAKERS = {
    "openai": ("https://api.openai.com/v1", "OPENAI_API_KEY"),
    "anthropic": ("https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: `says` has what is there, or what is wrong and what to do."""

    name: str
    is_well: bool
    says: str


def disk(data_dir: Path) -> Finding:
    """Whether files can be written, and whether there is room."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data_dir) as file:
            file.write(b"written")
            os.fsync(file.fileno())
        free = shutil.disk_usage(data_dir).free
    except OSError as error:
        advice = "make the folder writable or set FOOTNOTE_DATA_DIR."
        return Finding("disk", False, f"{data_dir}: {error.strerror or error}; {advice}")
    told = f"{free / 1e9:,.1f} GB free in {data_dir}"
    if free < LEAST_FREE:
        return Finding("disk", False, f"Only {told}; make room, or set FOOTNOTE_DATA_DIR.")
    return Finding("disk", True, f"{told}, writable")


def models() -> Iterator[Finding]:
    """Whether the models that ship are whole; loading them compares their hashes."""
    for name, load in (("embedder", Embedder.load), ("reader", ReaderModel.load)):
        try:
            load()
        except FootnoteError as error:
            yield Finding(f"model: {name}", False, str(error))
        else:
            yield Finding(f"model: {name}", True, "its files are those that were shipped")


def libraries(home: Path | Home) -> Iterator[Finding]:
    """Whether every library is whole; this reads all of it. Servers' are named by their ids."""
    home = as_home(home)
    try:
        names = home.names()
    except FootnoteError as error:
        yield Finding("libraries", False, str(error))
        return
    if not names:
        yield Finding("libraries", True, "none yet; the sample answers")
    for name in names:
        place = home.place(name)
        flag = "" if name == "default" else f" --library {name}"
        try:
            if place.path is None:
                with place.open_to_read() as store:
                    told = f"{store.count():,} articles in the database"
                yield Finding(f"library {name}", True, told)
                continue
            wrong = [check for check in verify(place.path) if not check.ok]
            found = stats(place.path)
        except FootnoteError as error:
            yield Finding(f"library {name}", False, str(error))
            continue
        if wrong:
            told = "; ".join(f"{check.name}: {check.wrong}" for check in wrong)
            advice = f"run bot.py library rebuild{flag}, or restore a backup."
            yield Finding(f"library {name}", False, f"{told}; {advice}")
        else:
            told = f"{found.articles:,} articles, {found.bytes / 1e6:,.1f} MB, all checks hold"
            yield Finding(f"library {name}", True, told)


def feeds(home: Path | Home, now: datetime) -> Iterator[Finding]:
    """Which feeds cannot be read, and which are due but not read, in every library."""
    home = as_home(home)
    try:
        names = home.names()
    except FootnoteError:  # `libraries` reports it already
        return
    for library in names:
        name = f"feeds of {library}"
        try:
            with home.place(library).open_to_read() as store:
                found = WatchList(store).health()
        except FootnoteError as error:
            yield Finding(name, False, str(error))
            continue
        if not found:
            continue
        ill = [feed for feed in found if feed.problem]
        late = [feed for feed in found if _is_late(feed, now)]
        if ill:
            told = "; ".join(f"{feed.url}: {feed.problem}" for feed in ill[:3])
            more = f" and {len(ill) - 3} more" if len(ill) > 3 else ""
            yield Finding(name, False, f"{len(ill)} of {len(found)} cannot be read: {told}{more}")
        elif late:
            told = f"{len(late)} of {len(found)} had their turn and were not looked at; "
            yield Finding(name, False, f"{told}start the bot, or run bot.py feeds refresh.")
        else:
            yield Finding(name, True, f"{len(found)} read as they should be")


def _is_late(feed: FeedHealth, now: datetime) -> bool:
    return feed.next_at is not None and datetime.fromisoformat(feed.next_at) < now - LATE


def clock(now: datetime, their_date: str | None) -> Finding:
    """Compare this machine's clock with `their_date`, the Date header of Discord's reply."""
    if now < BUILT:
        return Finding("clock", False, f"It says {now:%Y-%m-%d}, which is past; set it.")
    if their_date is None:
        return Finding("clock", True, f"{now:%Y-%m-%d %H:%M} UTC, with nothing to compare it to")
    apart = now - parsedate_to_datetime(their_date)
    if abs(apart) > APART + timedelta(seconds=1):  # the header has whole seconds
        ahead = "ahead of" if apart > timedelta() else "behind"
        seconds = abs(apart.total_seconds())
        advice = "have it set by NTP: commands would seem too old to Discord."
        return Finding("clock", False, f"It is {seconds:,.0f} s {ahead} Discord's; {advice}")
    return Finding("clock", True, "within seconds of Discord's")


async def writer(line: str, key: str) -> Finding:
    """Whether the writer's server is there, takes the key, and knows the model."""
    try:
        named = ModelSpec.of(line)
    except FootnoteError as error:
        return Finding("writer", False, str(error))
    base, key_name = MAKERS[named.kind]
    address = (named.address or base).rstrip("/") + "/models"
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    if named.kind == "anthropic":
        headers = {"x-api-key": key, "anthropic-version": "2023-06-01"}
    try:
        async with httpx.AsyncClient(timeout=WRITER_S) as client:
            reply = await client.get(address, headers=headers)
    except httpx.HTTPError as error:
        why = str(error) or type(error).__name__
        advice = "start its server, or name another in FOOTNOTE_WRITER."
        return Finding("writer", False, f"{address} cannot be reached ({why}); {advice}")
    if reply.status_code in (401, 403):
        advice = f"look at FOOTNOTE_WRITER_KEY or {key_name}."
        return Finding(
            "writer", False, f"{address} refuses the key ({reply.status_code}); {advice}"
        )
    if reply.status_code == 200 and named.model not in reply.text:
        return Finding("writer", True, f"{address} answers; it does not list {named.model} by name")
    if reply.status_code != 200:
        return Finding("writer", True, f"{address} answers ({reply.status_code})")
    return Finding("writer", True, f"{address} answers, and has {named.model}")
