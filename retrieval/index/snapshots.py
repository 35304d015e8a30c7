"""Makes and opens index snapshots: files for search that are made from a library.

A snapshot is a folder that never changes once it has its name. It holds the ids and embeddings of
all passages up to one change of the library, the embeddings' quantised codes where there are many,
and a word index. Its manifest has the history, the change and the recipe that it was made from,
and each file's size and checksum. A snapshot that does not fit the library, or is damaged, is never
searched. It is made under another name beside the present one, and renamed when it is whole.
"""

from __future__ import annotations

import json
import logging
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from corpus.errors import StoreError
from corpus.processes.job_server import JobServer
from corpus.storage.sqlite.errors import store_errors
from corpus.storage.store import ArticleStore, derived_folder
from retrieval.index import bm25, vectors
from retrieval.index.prefilter import hash_fact

_log = logging.getLogger(__name__)
FIRST = 500  # passages; to index them in memory when a library opens takes some 50 ms
MOST = 20_000  # passages in memory, for what their memory and a search in them cost
_FORMAT = 1
_MANIFEST = "manifest.json"
_PART = ".part"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a snapshot must have in common with a library to be used.

    `history` names the library's history, `recipe` how its articles were split and embedded,
    and `analyzer` how its texts were split into terms.
    """

    history: str | None
    recipe: str | None
    analyzer: str = bm25.ANALYZER

    @classmethod
    def of(cls, store: ArticleStore) -> Stamp:
        """The stamp of a library as it is now."""
        return cls(store.stamp("history"), store.stamp("recipe"))


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot says of itself.

    `change` is the last change of the library that it has, `last` the highest passage id. It
    holds `passages` passages, `embedded` of them with embeddings of `dimension` numbers.
    `proposed` and `recall` are those of `write_quantised`; `proposed` is 0 if the embeddings are
    not quantised. `mean_length` is the mean length of a passage in terms, and `files` has each
    file's size in bytes and checksum.
    """

    stamp: Stamp
    change: int
    last: int
    passages: int
    embedded: int
    dimension: int
    proposed: int
    recall: float
    mean_length: float
    files: dict[str, tuple[int, str]]

    def __str__(self) -> str:
        """A line for people: 12,000 passages up to change 40, exact."""
        how = f"quantised, recall {self.recall:.4f}" if self.proposed else "exact"
        return f"{self.passages:,} passages up to change {self.change:,}, {how}"

    def dump(self) -> str:
        """The manifest as JSON, with a checksum of its own."""
        body = json.dumps(asdict(self), sort_keys=True)
        return json.dumps({"format": _FORMAT, "check": _hash(body.encode()), "body": body})

    @classmethod
    def load(cls, text: str) -> Manifest:
        """Read what `dump` returned.

        Raises:
            ValueError: It is damaged, or another release wrote it.
            KeyError: A part is missing.
            TypeError: A part has another type.
        """
        data = json.loads(text)
        if data["format"] != _FORMAT or data["check"] != _hash(data["body"].encode()):
            raise ValueError("the manifest is damaged or of another release")
        body: dict[str, Any] = json.loads(data["body"])
        files = {name: (size, check) for name, (size, check) in body.pop("files").items()}
        return cls(stamp=Stamp(**body.pop("stamp")), files=files, **body)


@dataclass(frozen=True, slots=True)
class IndexSnapshot:
    """A snapshot that is whole, open for search.

    `ids` are the ids of all its passages, ascending. `vectors` is None if no passage has an
    embedding.
    """

    manifest: Manifest
    ids: NDArray[np.int64]
    vectors: vectors.ExactIndex | vectors.QuantisedIndex | None
    words: bm25.DiskIndex


def open_newest(path: Path, stamp: Stamp, change: int) -> IndexSnapshot | None:
    """Open the newest snapshot that fits a library and is whole.

    Args:
        path: The library's file.
        stamp: What the snapshot must have in common with the library.
        change: The library's last change; a snapshot of a later one is of another library.

    Returns:
        The snapshot, None if there is none.
    """
    for folder in sorted(_named(path), reverse=True):
        try:
            manifest = Manifest.load((folder / _MANIFEST).read_text(encoding="utf-8"))
            if manifest.stamp != stamp or manifest.change > change:
                continue
            _check(folder, manifest)
            return _open(folder, manifest)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            _log.warning("The index %s is left aside, and made again: %s", folder.name, error)
    return None


def newest_name(path: Path, change: int | None = None) -> str | None:
    """The name of the newest snapshot, whether it fits or not; nothing is opened.

    Args:
        path: The library's file.
        change: Leave out later snapshots: who reads at one moment may be behind the newest.

    Returns:
        The name, None if there is none.
    """
    names = (folder.name for folder in _named(path))
    return max((name for name in names if change is None or _change(name) <= change), default=None)


def _change(name: str) -> int:
    return int(name.split("-")[0])


def _named(path: Path) -> list[Path]:
    with suppress(OSError):
        return [
            folder
            for folder in derived_folder(path).iterdir()
            if folder.name.split("-")[0].isdigit() and not folder.name.endswith(_PART)
        ]
    return []


def _check(folder: Path, manifest: Manifest) -> None:
    """Raise ValueError or OSError unless each file is as it was written."""
    for name, (size, check) in manifest.files.items():
        file = folder / name
        if file.stat().st_size != size or _hash_of(file) != check:
            raise ValueError(f"{name} is damaged")


def _open(folder: Path, manifest: Manifest) -> IndexSnapshot:
    ids = np.fromfile(folder / "ids", np.int64)
    embedded = np.fromfile(folder / "embedded", np.int64)
    found: vectors.ExactIndex | vectors.QuantisedIndex | None = None
    if len(embedded):
        shape = (len(embedded), manifest.dimension)
        rows = np.memmap(folder / "rows", np.float16, "r", shape=shape)
        if manifest.proposed:
            codes = vectors.read_codes(folder / "codes")
            found = vectors.QuantisedIndex(embedded, rows, codes, manifest.proposed)
        else:
            found = vectors.ExactIndex(manifest.dimension)
            found.add(embedded, rows)
    words = bm25.DiskIndex(folder / "words", manifest.mean_length)
    if words.count != manifest.passages or len(ids) != manifest.passages:
        raise ValueError("the passages are not all there")
    return IndexSnapshot(manifest, ids, found, words)


def is_due(behind: int, passages: int) -> bool:
    """Whether a new snapshot is worth making.

    Args:
        behind: How many passages changed since the present one.
        passages: How many passages the present one has.
    """
    return behind > min(FIRST + passages // 8, MOST)


def read_newest_manifest(path: Path) -> tuple[Manifest | None, int]:
    """The newest snapshot's manifest, if it fits, and how many passages came since.

    No index is opened, so it is not known whether the snapshot is whole.
    """
    with ArticleStore.open_to_read(path) as store:
        with suppress(OSError, ValueError, KeyError, TypeError):
            name = newest_name(path)
            if name is not None:
                text = (derived_folder(path) / name / _MANIFEST).read_text(encoding="utf-8")
                manifest = Manifest.load(text)
                if manifest.stamp == Stamp.of(store):
                    return manifest, store.passage_count(after=manifest.last)
        return None, store.passage_count()


def make_snapshot(path: Path, on_passages: Callable[[int], None] = lambda count: None) -> bool:
    """Make a snapshot of a library as it is now, and remove the earlier ones.

    Args:
        path: The library's file.
        on_passages: Called with how many more passages are done.

    Returns:
        False if another program is making one, or has forgotten an article meanwhile.

    Raises:
        StoreError: The folder cannot be written.
    """
    home = derived_folder(path)
    with store_errors(home):
        home.mkdir(exist_ok=True)
        with closing(sqlite3.connect(home / "lock", timeout=0, isolation_level=None)) as lock:
            try:
                lock.execute("BEGIN EXCLUSIVE")  # it ends with the process, however that ends
            except sqlite3.OperationalError as error:
                if "locked" in str(error):
                    return False
                raise
            for left in home.glob(f"*{_PART}"):
                shutil.rmtree(left, ignore_errors=True)
            return _make(path, home, on_passages)


def _make(path: Path, home: Path, on_passages: Callable[[int], None]) -> bool:
    part = home / f"{secrets.token_hex(8)}{_PART}"
    try:
        with ArticleStore.open_to_read(path) as store:
            with store.snapshot():
                forgotten = store.stamp("forgotten")
                manifest = _write(part, store, on_passages)
            folder = home / f"{manifest.change:015d}-{secrets.token_hex(4)}"
            part.rename(folder)
            if store.stamp("forgotten") != forgotten:
                shutil.rmtree(folder, ignore_errors=True)
                return False
    except (OSError, ValueError, RuntimeError) as error:  # tantivy and FAISS raise no others
        if not part.exists():  # an article was forgotten, which removes all files made from it
            return False
        raise StoreError(
            f"The index in {home} cannot be made ({error}); free some space there and make the "
            "folder writable."
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    for other in _named(path):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    return True


def _write(part: Path, store: ArticleStore, on_passages: Callable[[int], None]) -> Manifest:
    (part / "words").mkdir(parents=True)
    ids: list[int] = []
    embedded: list[int] = []
    dimension = 0
    lengths: list[str] = []

    with (part / "rows").open("wb") as rows_file:

        def passages() -> Iterator[tuple[int, str, Iterable[int]]]:
            nonlocal dimension
            for passage in store.passages_after(0):
                ids.append(passage.id)
                row = passage.embedding
                if row is not None and len(row) == (dimension or len(row)):
                    dimension = len(row)
                    embedded.append(passage.id)
                    rows_file.write(row.tobytes())
                text = bm25.indexed_text(passage.title, passage.text)
                if len(ids) % 97 == 1 and len(lengths) < 2000:
                    lengths.append(text)
                if len(ids) % 500 == 0:
                    on_passages(500)
                yield passage.id, text, map(hash_fact, passage.facts)

        bm25.write_index(part / "words", passages())
    np.array(ids, np.int64).tofile(part / "ids")
    np.array(embedded, np.int64).tofile(part / "embedded")
    proposed, recall = 0, 1.0
    if len(embedded) > vectors.EXACT_UP_TO:
        rows = np.memmap(part / "rows", np.float16, "r", shape=(len(embedded), dimension))
        asked = np.random.default_rng(len(embedded)).choice(
            len(embedded), min(200, len(embedded)), False
        )
        questions = store.sentence_embeddings([embedded[i] for i in asked])
        if not len(questions):
            questions = rows[np.sort(asked)]
        made = vectors.write_quantised(rows, questions, part / "codes")
        if made is None:
            _log.warning("Searching exactly: no quantised index kept the recall that it must.")
        else:
            proposed, recall = made
    files = {}
    for file in sorted(part.rglob("*")):
        if file.is_file() and not file.name.endswith(".lock"):
            files[file.relative_to(part).as_posix()] = (file.stat().st_size, _hash_of(file))
    manifest = Manifest(
        stamp=Stamp.of(store),
        change=store.changes(),
        last=ids[-1] if ids else 0,
        passages=len(ids),
        embedded=len(embedded),
        dimension=dimension,
        proposed=proposed,
        recall=recall,
        mean_length=bm25.mean_term_count(lengths),
        files=files,
    )
    (part / _MANIFEST).write_text(manifest.dump(), encoding="utf-8")
    return manifest


def _hash(data: bytes) -> str:
    return str(xxhash.xxh3_128_hexdigest(data))


def _hash_of(file: Path) -> str:
    hashed = xxhash.xxh3_128()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            hashed.update(block)
    return str(hashed.hexdigest())


@dataclass(frozen=True, slots=True)
class MakeSnapshot:
    """A job: make a snapshot of the library in the file at `path`. There is no reply."""

    path: str


def main() -> None:
    """Make snapshots for the bot, in a process of its own, until no more jobs come."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with JobServer[MakeSnapshot].on_standard_streams(MakeSnapshot) as server:
        for received in server.jobs():
            make_or_warn(Path(received.message.path))


def make_or_warn(path: Path) -> bool:
    """Make a snapshot; if that cannot be done, return False and write a line to the log."""
    try:
        return make_snapshot(path)
    except StoreError as error:  # the bot goes on answering from what it has
        _log.warning("%s", error)
        return False


if __name__ == "__main__":
    main()
