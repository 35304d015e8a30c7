"""Questions with passages, as the token lists that the reader is trained on.

    python scripts/reader_examples.py QA --tokenizer FILE --to FILE      # the first stage
    python scripts/reader_examples.py --own FOLDER --tokenizer FILE --to FILE [--apart]

The first stage has single passages of public question sets (QA has a folder for each, with
train.jsonl.gz), the second the passages that the product's own search found for each question
of ours (FOLDER is what scripts/reader_passages.py made). Both are lists of groups: a question
and its passages, whose sentences, with "none of them", compete in one softmax.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

QUESTION_TOKENS, TITLE_TOKENS, PASSAGE_TOKENS = 40, 16, 208
LONGEST_SPAN = 40  # tokens: what is longer is no short answer
WINDOW_CHARS = 800  # as long as a passage of the product is
SEED = 5
RIGHT, WRONG, UNSURE = 1, 0, -1

# Rows of each set, and how much one counts. What people really asked is there whole; what is
# made by a rule, or far from articles, in part.
FIRST_STAGE = {
    "tydiqa_goldp_en": (4111, 1.0),
    "qed_dev": (1341, 1.0),
    "nq_open_gold": (1700, 1.0),
    "selqa": (1500, 0.8),
    "squad_train_pieces": (5000, 1.0),
    "squadshifts_new_wiki": (3500, 1.0),
    "squadshifts_reddit": (1600, 1.0),
    "squadshifts_amazon": (800, 0.8),
    "tweetqa": (1500, 0.7),
    "qamr": (1500, 0.6),
    "ace_whqa": (600, 1.0),
    "hotpot_distractor": (500, 1.0),
    "timeqa_human": (800, 0.7),
    "mined_negatives": (3500, 1.0),
    "ablated_negatives": (2500, 0.8),
    "swapped_negatives": (900, 0.6),
}

Row = dict[str, Any]
Encode = Callable[[str], Any]


@dataclass
class Passage:
    """Token ids of title and text; of each sentence its tokens' range and its label."""

    title: list[int]
    text: list[int]
    ranges: list[tuple[int, int]]
    labels: list[int]
    spans: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class Group:
    """A question and its passages; unanswerable where no sentence is RIGHT."""

    question: list[int]
    passages: list[Passage]
    weight: float = 1.0
    kind: str = ""
    article: str = ""

    @property
    def is_answerable(self) -> bool:
        return any(RIGHT in passage.labels for passage in self.passages)

    @property
    def tokens(self) -> int:
        return sum(len(self.question) + len(p.title) + len(p.text) + 4 for p in self.passages)


def encoder(tokenizer: Path) -> Encode:
    """Text to its encoding, without the marks of beginning and end."""
    made = Tokenizer.from_file(str(tokenizer))
    made.no_padding()
    made.no_truncation()
    known: dict[str, Any] = {}

    def encode(text: str) -> Any:
        if text not in known:
            known[text] = made.encode(text, add_special_tokens=False)
        return known[text]

    return encode


def passage(
    encode: Encode,
    title: str,
    sentences: Sequence[tuple[int, int, str]],
    labels: Sequence[int],
    answers: Sequence[tuple[int, int]] = (),
) -> Passage:
    """Sentences are start, end and text; answers are offsets in the same text.

    Each sentence is encoded by itself, as the product does; what goes beyond PASSAGE_TOKENS
    is cut off.
    """
    made = Passage(encode(title).ids[:TITLE_TOKENS], [], [], [])
    for (start, end, text), label in zip(sentences, labels, strict=True):
        encoding = encode(text)
        room = PASSAGE_TOKENS - len(made.text)
        ids = encoding.ids[:room]
        if not ids:
            continue
        at = len(made.text)
        for first, last in answers:
            if start <= first and last <= end:
                span = _span(encoding.offsets[: len(ids)], first - start, last - start)
                if span is not None:
                    made.spans.append((at + span[0], at + span[1]))
        made.text += ids
        made.ranges.append((at, at + len(ids)))
        made.labels.append(label)
    made.spans = sorted(set(made.spans))
    return made


def _span(offsets: list[tuple[int, int]], first: int, last: int) -> tuple[int, int] | None:
    """The tokens of the characters from `first` to `last`; None if they are too many or cut."""
    inside = [at for at, (start, end) in enumerate(offsets) if end > first and start < last]
    if not inside or offsets[inside[-1]][1] < last or len(inside) > LONGEST_SPAN:
        return None
    return inside[0], inside[-1]


def load(path: Path) -> list[Group]:
    """The groups that this script wrote to a file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = map(json.loads, lines)
        return [
            Group(**(row | {"passages": [Passage(**p) for p in row["passages"]]})) for row in rows
        ]


def first_stage(folder: Path, encode: Encode, chance: random.Random) -> list[Group]:
    groups: list[Group] = []
    for name, (count, weight) in FIRST_STAGE.items():
        with gzip.open(folder / name / "train.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        chance.shuffle(rows)
        made: list[Group] = []
        for row in rows:
            if len(made) == count:
                break
            if row["context"].strip() and len(row["context"]) <= 6000:
                group = _of_row(row, encode, chance, weight, name)
                if group is not None:
                    made.append(group)
        groups += made
        right = sum(group.is_answerable for group in made)
        print(f"{name}: {len(made)}, {right} answerable", flush=True)
    return groups


def _of_row(
    row: Row, encode: Encode, chance: random.Random, weight: float, name: str
) -> Group | None:
    from corpus.segmentation.splitter import sentences as split

    context = row["context"]
    found = [(one.start, one.end, one.text) for one in split(context)]
    answers = [(a["start"], a["start"] + len(a["text"])) for a in row["answers"]]
    right = list(answers)
    if row.get("answer_sentence"):
        at = context.find(row["answer_sentence"])
        if at >= 0:
            right = [(at, at + len(row["answer_sentence"]))]
    labels = [RIGHT if any(_is_in(one, r) for r in right) else WRONG for one in found]
    for first, _ in answers:  # wherever the words stand they may well answer
        for at, (start, end, _) in enumerate(found):
            if start <= first < end and labels[at] == WRONG:
                labels[at] = UNSURE
    if answers and RIGHT not in labels:
        return None
    found, labels = _window(found, labels, chance)
    if not found:
        return None
    spans = answers if row.get("span_level", "phrase") == "phrase" else []
    title = "" if chance.random() < 0.15 else row.get("title") or ""
    made = passage(encode, title, found, labels, spans)
    if answers and RIGHT not in made.labels:
        return None
    return Group(encode(row["question"]).ids[:QUESTION_TOKENS], [made], weight, name)


def _is_in(sentence: tuple[int, int, str], right: tuple[int, int]) -> bool:
    """Whether more than half of the shorter of the two lies in both."""
    start, end, _ = sentence
    shared = min(end, right[1]) - max(start, right[0])
    return shared > 0.5 * min(end - start, right[1] - right[0])


def _window(
    found: list[tuple[int, int, str]], labels: list[int], chance: random.Random
) -> tuple[list[tuple[int, int, str]], list[int]]:
    """Sentences around one that answers, else around any, as many as a passage has."""
    if not found:
        return [], []
    right = [at for at, label in enumerate(labels) if label == RIGHT]
    first = last = right[0] if right else chance.randrange(len(found))
    while True:
        ways = []
        if first > 0 and found[last][1] - found[first - 1][0] <= WINDOW_CHARS:
            ways.append((first - 1, last))
        if last + 1 < len(found) and found[last + 1][1] - found[first][0] <= WINDOW_CHARS:
            ways.append((first, last + 1))
        if not ways:
            return found[first : last + 1], labels[first : last + 1]
        first, last = chance.choice(ways)


# Second stage: the passages that the product's search finds.
SECOND_WRONG = 0.6  # of the questions have two wrong passages beside the right one, others one
NEAR_PASSAGES = 3  # of a near miss
TWINS = 0.3  # of the answerable questions come again without their answer
# Kinds of questions that today's reader fails count a little more.
KIND_WEIGHTS = {"who": 1.3, "what": 1.3, "number": 1.3, "whois": 1.3, "how": 1.2}
TWIN_WEIGHT, TOPIC_WEIGHT = 0.7, 0.6
_WORD = re.compile(r"[^\W_]+")


def second_stage(folder: Path, encode: Encode, chance: random.Random) -> Iterator[Group]:
    """A group for every question, and for some a twin whose answering sentences are taken out."""
    store = {row["id"]: row for row in _rows(folder / "passages.jsonl")}
    of_article: dict[str, list[int]] = {}
    for number, row in store.items():
        of_article.setdefault(row["article"], []).append(number)
    for row in _rows(folder / "found.jsonl"):
        own = of_article[row["article"]]
        yield from _of_question(row, [store[n] for n in own], store, encode, chance)


def _rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _of_question(
    row: Row, own: list[Row], store: dict[int, Row], encode: Encode, chance: random.Random
) -> Iterator[Group]:
    found = [store[number] for number in row["found"]]
    kind, question = row["kind"], encode(row["q"]).ids[:QUESTION_TOKENS]
    weight = KIND_WEIGHTS.get(kind, 1.0) * (TOPIC_WEIGHT if kind == "topic" else 1.0)
    right = [one for one in own if RIGHT in _labels(one, row)]
    wrong = [one for one in found if RIGHT not in _labels(one, row)]
    if right:
        # The one that the search liked best; sometimes another, so that all are learnt.
        order = {one["id"]: at for at, one in enumerate(found)}
        right.sort(key=lambda one: order.get(one["id"], len(order)))
        gold = right[0] if chance.random() < 0.8 else chance.choice(right)
        picked = [gold, *wrong[:1]]
        if chance.random() < SECOND_WRONG:
            picked += _some(wrong[1:6], 1, chance)
        yield _group(row, picked, question, encode, weight)
        if chance.random() < TWINS:
            # Its neighbours in the article are what a reader would take instead.
            yield _group(row, picked[:2], question, encode, weight * TWIN_WEIGHT, is_twin=True)
    elif row["gold"]:
        return  # its sentence is in no passage: the article was cut elsewhere
    else:
        tempting = [one for one in own if _is_tempting(one, row)]
        picked = tempting[:1]
        for one in found:  # others may hold what this article does not say: its own come first
            if one["article"] == row["article"] and one not in picked:
                picked.append(one)
        others = [one for one in found if one["article"] != row["article"]]
        picked = [*picked[: NEAR_PASSAGES - 1], *others[:1]][:NEAR_PASSAGES]
        yield _group(row, picked, question, encode, weight)


def _some(among: list[Row], count: int, chance: random.Random) -> list[Row]:
    return chance.sample(among, min(count, len(among)))


def _is_tempting(one: Row, row: Row) -> bool:
    return any(_is_in(tuple(s), tuple(t)) for s in one["sentences"] for t in row["tempting"])


def _labels(one: Row, row: Row) -> list[int]:
    """A sentence of another article that has the answer's words is neither right nor wrong."""
    sentences = one["sentences"]
    if one["article"] == row["article"]:
        return [
            RIGHT if any(_is_in(tuple(s), tuple(g)) for g in row["gold"]) else WRONG
            for s in sentences
        ]
    words = _words(row["answer_text"]) if row.get("answer_text") else ""
    return [UNSURE if words and words in _words(text) else WRONG for _, _, text in sentences]


def _words(text: str) -> str:
    return f" {' '.join(_WORD.findall(text.lower()))} "


def _group(
    row: Row,
    picked: list[Row],
    question: list[int],
    encode: Encode,
    weight: float,
    *,
    is_twin: bool = False,
) -> Group:
    made = []
    for one in picked:
        sentences, labels = one["sentences"], _labels(one, row)
        if is_twin:
            kept = [at for at, label in enumerate(labels) if label == WRONG]
            sentences, labels = [sentences[at] for at in kept], [WRONG] * len(kept)
        if sentences:
            answers = [row["answer"]] if row["answer"] and one["article"] == row["article"] else []
            made.append(passage(encode, one["title"], sentences, labels, answers))
    kind = f"twin-{row['kind']}" if is_twin else row["kind"]
    return Group(question, made, weight, kind, row["article"])


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the reader's training examples.")
    parser.add_argument("qa", type=Path, nargs="?", help="a folder of public question sets")
    parser.add_argument("--own", type=Path, help="what reader_passages.py made")
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--to", type=Path, required=True)
    options = parser.parse_args()
    chance = random.Random(SEED)  # noqa: S311  nothing secret
    encode = encoder(options.tokenizer)
    if options.own:
        groups = [g for g in second_stage(options.own, encode, chance) if g.passages]
    else:
        groups = first_stage(options.qa, encode, chance)
    tokens = sum(group.tokens for group in groups)
    right = sum(group.is_answerable for group in groups)
    print(f"{len(groups)} groups, {right} answerable, {tokens / 1e6:.2f} million tokens")
    with gzip.open(options.to, "wt", encoding="utf-8", compresslevel=3) as sink:
        for group in groups:
            sink.write(json.dumps(asdict(group)) + "\n")


if __name__ == "__main__":
    main()
