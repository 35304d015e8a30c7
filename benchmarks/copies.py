"""Measures whether copies of articles are found, and only copies; compares a rule over titles.

    python -m benchmarks.copies SET... [--large PASSAGES.jsonl.xz]

Every third article of the sets is copied as wire texts are: with another headline, another lead,
the end cut off, other quotations, or several of these at once. The other articles stay as they
are; many of them are on the same event. Copies that the sets have themselves (a third of the
shorter one's sentences stand in the longer one) are left out. A random half of the originals is
for choosing the numbers in corpus.ingestion.near_duplicates, the other half for the figures.
--large takes each passage as an article, and prints the time.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from corpus.article import Article, ArticleInfo
from corpus.ingestion.near_duplicates import assign_story
from corpus.segmentation.splitter import sentences
from corpus.storage.store import ArticleStore

TITLES_ALIKE = 0.55  # Jaccard: the rule beside which this is measured
QUOTED = re.compile(r"[“\"][^“”\"\n]{15,200}[”\"]")
Pair = frozenset[str]


@dataclass(frozen=True)
class Text:
    """An article of a set, or a copy that was made here: of which article, and how."""

    id: str
    title: str
    text: str
    original: str
    how: str = "original"


class Copier:
    """Makes copies of texts, with leads and quotations from `originals`."""

    def __init__(self, originals: list[Text], dice: random.Random) -> None:
        self._dice = dice
        leads = [
            " ".join(s.text for s in found[at : at + dice.randint(1, 3)])
            for found in (sentences(text.text) for text in originals)
            for at in range(0, len(found) - 3, 3)
        ]
        dice.shuffle(leads)
        self._leads = iter(leads)  # each once: no two texts get the same
        self._quotes = [q for text in originals for q in QUOTED.findall(text.text)] or ['"No."']

    def copies(self, text: Text) -> Iterator[Text]:
        ways: dict[str, tuple[Callable[[str], str], ...]] = {
            "the same text": (),
            "an added lead": (self._led,),
            "a cut end": (self._cut,),
            "other quotations": (self._requoted,),
            "all of these": (self._cut, self._requoted, self._led),
        }
        for way, changes in ways.items():
            for headline in ("its headline", "another headline"):
                body = text.text
                for change in changes:
                    body = change(body)
                title = text.title if headline == "its headline" else self._headline(text)
                how = f"{way}, {headline}"
                yield Text(f"{text.id}/{how}", title, body, text.original, how)

    def _headline(self, text: Text) -> str:
        """A headline from words of the text's first sentences, as another editor might choose."""
        words = re.findall(r"\w+", text.text)[:40]
        return " ".join(words[self._dice.randrange(0, 8) :][:9]).capitalize()

    def _led(self, body: str) -> str:
        return f"{next(self._leads)}\n{body}"

    def _cut(self, body: str) -> str:
        kept = sentences(body)
        return body[: kept[max(2, int(len(kept) * self._dice.uniform(0.3, 0.8))) - 1].end]

    def _requoted(self, body: str) -> str:
        return QUOTED.sub(lambda match: self._dice.choice(self._quotes), body)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--large", type=Path)
    parser.add_argument(
        "--half",
        type=int,
        choices=(0, 1),
        default=1,
        help="1 (the default) for the figures, 0 for choosing numbers",
    )
    options = parser.parse_args()
    dice = random.Random(20)  # noqa: S311  no secret
    originals = [text for folder in options.sets for text in _read(folder)]
    side = [dice.randrange(2) == options.half for _ in originals]
    half = [text for text, is_here in zip(originals, side, strict=True) if is_here]
    rest = [text for text, is_here in zip(originals, side, strict=True) if not is_here]
    copier = Copier(rest, dice)  # their words are in no other text here
    texts = list(half)
    for text in half[::3]:
        if len(sentences(text.text)) >= 4:
            texts += copier.copies(text)
    dice.shuffle(texts)
    unsure = {frozenset(pair) for pair in _copied_already(half)}
    true = {
        frozenset((a.id, b.id))
        for group in _grouped(texts, lambda text: text.original).values()
        for a, b in combinations(group, 2)
    }
    print(f"{len(half)} articles, {len(texts) - len(half)} copies, {len(true):,} pairs of copies;")
    print(f"{len(unsure)} pairs of articles left out as copies that the sets have\n")
    origin = {text.id: text.original for text in texts}

    def is_counted(pair: Pair) -> bool:
        return frozenset(origin[one] for one in pair) not in unsure

    started = time.perf_counter()
    found = {pair for pair in _in_one_story(texts) if is_counted(pair)}
    spent = (time.perf_counter() - started) / len(texts) * 1e3
    by_title = {pair for pair in _titles_alike(texts) if is_counted(pair)}
    print("| pairs | precision | recall | F1 |\n|---|---|---|---|")
    for name, pairs in (("in one story", found), ("titles alike", by_title)):
        print(f"| {name} | {_measures(pairs, true)} |")
    how = {text.id: text.how for text in texts}
    print("\n| an article and its copy with | in one story | titles alike |\n|---|---|---|")
    kinds: dict[str, list[Pair]] = defaultdict(list)
    for pair in true:
        made = [how[one] for one in pair if how[one] != "original"]
        if len(made) == 1:
            kinds[made[0]].append(pair)
    for kind in dict.fromkeys(text.how for text in texts[:0] or sorted(texts, key=lambda t: t.how)):
        if kind in kinds:
            shares = [
                sum(p in some for p in kinds[kind]) / len(kinds[kind]) for some in (found, by_title)
            ]
            print(f"| {kind} | {shares[0]:.3f} | {shares[1]:.3f} |")
    print(f"\n{spent:.1f} ms an article to file it")
    for pair in list(found - true)[:5]:
        print("not copies:", sorted(pair))
    if options.large:
        _large(options.large)


def _read(folder: Path) -> Iterator[Text]:
    for line in (folder / "articles.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        name = f"{folder.name}/{row['id']}"
        yield Text(name, row["title"], row["text"], name)


def _grouped(texts: Iterable[Text], key: Callable[[Text], str]) -> dict[str, list[Text]]:
    groups: dict[str, list[Text]] = defaultdict(list)
    for text in texts:
        groups[key(text)].append(text)
    return groups


def _copied_already(texts: list[Text]) -> Iterator[tuple[str, str]]:
    """Pairs in which the longer text has a third of the shorter one's longer sentences."""
    kept = {t.id: {s.text for s in sentences(t.text) if len(s.text) > 40} for t in texts}
    having: dict[str, list[str]] = defaultdict(list)
    for name, held in kept.items():
        for sentence in held:
            having[sentence].append(name)
    shared: dict[tuple[str, str], int] = defaultdict(int)
    for names in having.values():
        for pair in combinations(sorted(names), 2):
            shared[pair] += 1
    for (one, other), count in shared.items():
        if count * 3 >= min(len(kept[one]), len(kept[other])):
            yield one, other


def _in_one_story(texts: list[Text]) -> Iterator[Pair]:
    with ArticleStore.in_memory() as store:
        for text in texts:
            article = Article(ArticleInfo(text.id, 1, text.title or "—"), text.text)
            with store.together():
                store.put(article, [])
                assign_story(store, article)
        groups: dict[int, list[str]] = defaultdict(list)
        for name, story in store.connection.rows("SELECT article_id, story FROM copy"):
            groups[story].append(name)
    for names in groups.values():
        yield from map(frozenset, combinations(names, 2))


def _titles_alike(texts: list[Text]) -> Iterator[Pair]:
    words = {text.id: frozenset(re.findall(r"\w+", text.title.lower())) for text in texts}
    for one, other in combinations(words, 2):
        either = len(words[one] | words[other])
        if either and len(words[one] & words[other]) / either >= TITLES_ALIKE:
            yield frozenset((one, other))


def _measures(found: set[Pair], true: set[Pair]) -> str:
    both = len(found & true)
    precision, recall = both / max(1, len(found)), both / len(true)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return f"{precision:.4f} | {recall:.4f} | {f1:.4f}"


def _large(file: Path) -> None:
    with lzma.open(file, "rt", encoding="utf-8") as lines, ArticleStore.in_memory() as store:
        started, count = time.perf_counter(), 0
        for count, line in enumerate(lines, start=1):
            article = Article(ArticleInfo(str(count), 1, "A passage"), json.loads(line)["text"])
            with store.together():
                store.put(article, [])
                assign_story(store, article)
            if count % 20_000 == 0:
                spent = (time.perf_counter() - started) / 20_000 * 1e3
                print(f"{count:,} articles: {spent:.2f} ms for each of the last 20,000", flush=True)
                started = time.perf_counter()


if __name__ == "__main__":
    main()
