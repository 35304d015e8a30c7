"""Stores data as this version writes it, for tests/upgrades: run it once for each new layout.

python scripts/keep_for_upgrades.py
"""

from __future__ import annotations

import asyncio
import lzma
import os
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import bot
from cogs.records.database import FILE_NAME, Records
from cogs.records.server_settings import WHOLE_SERVER, ServerRules
from corpus.storage.locations import library_file

ROOT = Path(bot.__file__).parent
ARTICLE = """\
Title: Zorblatt recalls its envoy
Source: The Daily Example
Date: 2026-03-16
URL: https://daily.example/envoy

Zorblatt recalled its envoy to Quux on Monday, with 12 of his cooks. The envoy, Anton Zorn, was \
recalled because he had sung at dinner, the palace said. Nobody had asked him to, and the minister \
left before the soup.
"""


async def remember(file: Path) -> None:
    records = await Records.open(file)
    await ServerRules(records).change(7, WHOLE_SERVER, time_zone="Europe/Berlin")
    await records.close()


def keep(file: Path, name: str) -> None:
    target = ROOT / "tests" / "upgrades" / f"{name}.xz"
    if target.exists():
        print(f"{target.name} is there already, and stays as it is")
        return
    with closing(sqlite3.connect(file)) as connection:  # all in the one file
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
    target.write_bytes(lzma.compress(file.read_bytes(), preset=9))


def newest(schema: str) -> int:
    return len(list((ROOT / schema).glob("*.sql")))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FOOTNOTE_DATA_DIR"] = folder
        article = Path(folder) / "envoy.txt"
        article.write_text(ARTICLE, encoding="utf-8")
        bot.main(["ingest", str(article)])
        asyncio.run(remember(Path(folder) / FILE_NAME))
        library = newest("corpus/storage/sqlite/schema")
        keep(library_file(Path(folder), "default"), f"library-{library}")
        keep(Path(folder) / FILE_NAME, f"discord-{newest('cogs/records/schema/sqlite')}")


if __name__ == "__main__":
    main()
