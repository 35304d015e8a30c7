"""Headless Chromium, driven through the DevTools protocol: where a link takes a reader.

The page's own style paints what the text directive marks in a colour of its own (::target-text),
a screenshot is taken, and the browser counts the pixels of that colour, within the sentence that
should be marked and outside of it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

START_S = 30.0
STEP_S = 0.1
COMMAND = os.environ.get("FOOTNOTE_TEST_CHROMIUM", "chromium")
IS_LOADED = "document.readyState === 'complete' && scrollY >= 0"
WIDTH, HEIGHT = 800, 600
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--remote-debugging-port=0",
    f"--window-size={WIDTH},{HEIGHT}",
)

# Everything of class "here" is the sentence. Counted in the screenshot, which has the colour
# exactly: nothing else on the page is coloured, and marked text is as its background.
_MEASURE = """
(async (shot) => {
  const blob = await (await fetch('data:image/png;base64,' + shot)).blob();
  const picture = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const context = canvas.getContext('2d');
  context.drawImage(picture, 0, 0);
  const parts = [...document.querySelectorAll('.here, .here *')];
  const rects = parts.flatMap(e => [...e.getClientRects()]);
  const is_in = (x, y, by) => rects.some(r =>
    x >= r.left - by && x < r.right + by && y >= r.top - by && y < r.bottom + by);
  const {data, width, height} = context.getImageData(0, 0, picture.width, picture.height);
  const found = {marked: 0, sentence: 0, outside: 0};
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
    const i = 4 * (y * width + x);
    const is_marked = data[i] > 200 && data[i + 1] < 60 && data[i + 2] > 200;
    if (is_in(x, y, 0)) { found.sentence++; found.marked += is_marked; }
    else if (is_marked && !is_in(x, y, 3)) found.outside++;
  }
  found.is_in_view = rects.every(r => r.top >= 0 && r.bottom <= innerHeight);
  found.scrolled = scrollY;
  return found;
})
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader sees: pixels of the sentence and of them the marked, and others marked."""

    sentence: int
    marked: int
    outside: int
    is_in_view: bool
    scrolled: float

    @property
    def share(self) -> float:
        """How much of the sentence is marked."""
        return self.marked / self.sentence if self.sentence else 0.0


class Browser:
    """One tab. Made by `open_browser`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    async def see(self, url: str) -> Seen:
        """Open an address as a click from elsewhere does, and look."""
        await self._do("Page.navigate", url="about:blank")
        await self._do("Page.navigate", url=url)
        while not await self._evaluate(IS_LOADED):  # noqa: ASYNC110  another process loads it
            await asyncio.sleep(STEP_S)
        # The directive is looked for once the page has come to rest.
        await self._evaluate("new Promise(r => setTimeout(r, 400))")
        shot = (await self._do("Page.captureScreenshot", format="png"))["data"]
        return Seen(**await self._evaluate(f"{_MEASURE}({json.dumps(shot)})"))

    async def _evaluate(self, script: str) -> Any:
        found = await self._do(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in found:
            raise AssertionError(found["exceptionDetails"])
        return found["result"].get("value")

    async def _do(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            told = await self._socket.receive_json(timeout=START_S)
            if told.get("id") == number:
                if "error" in told:
                    raise AssertionError(told["error"])
                return told["result"]


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            COMMAND,
            *FLAGS,
            f"--user-data-dir={profile}",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            port = await _port(Path(profile) / "DevToolsActivePort")
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json/list") as reply:
                    tabs = await reply.json()
                (page,) = [tab for tab in tabs if tab["type"] == "page"]
                address = page["webSocketDebuggerUrl"]
                async with session.ws_connect(address, max_msg_size=0) as socket:
                    yield Browser(socket)
        finally:
            process.kill()
            await process.wait()


async def _port(file: Path) -> int:
    async with asyncio.timeout(START_S):
        while not (said := _said(file)):  # noqa: ASYNC110  another process writes
            await asyncio.sleep(STEP_S)
    return int(said.splitlines()[0])


def _said(file: Path) -> str:
    return file.read_text() if file.exists() else ""
