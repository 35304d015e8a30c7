"""Take the README's picture: the real bot's answer in simcord's preview, by headless Chromium.

pip install --require-hashes -r requirements-dev.lock
pip install 'simcord[preview]==3.2.1'
python scripts/take_picture.py "why was Antonov recalled?" docs/pictures/answer.png
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import simcord
from PIL import Image

from cogs.client import FootnoteClient
from cogs.records import Records
from retrieval.service import AskService

WIDTH, HEIGHT, SCALE = 760, 690, 2
FRAME = (0, 184, 744, 600)  # of the page: the channel, without the preview's own controls


async def take(question: str, target: Path) -> None:
    with tempfile.TemporaryDirectory() as data_dir, tempfile.TemporaryDirectory() as profile:
        service = AskService(Path(data_dir))
        records = await Records.in_memory()
        await service.warm_up()
        async with simcord.run(FootnoteClient(service, records)) as env:
            env.backend.bot_user.name = "Footnote"
            guild = env.create_guild(name="Article readers")
            channel = guild.create_text_channel("articles")
            alice = guild.add_member(env.create_user("alice"))
            await alice.slash(channel, "ask", question=question)
            async with env.preview(
                channel, viewers=[alice], layout="channel", width=WIDTH, height=HEIGHT
            ) as page:
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
                picture.crop(tuple(SCALE * edge for edge in FRAME)).quantize(64).save(target)
        await service.close()
        await records.close()


if __name__ == "__main__":
    asyncio.run(take(sys.argv[1], Path(sys.argv[2]).resolve()))
