"""LexRank and TextRank (sumy) and ROUGE (rouge-score), in an environment of their own.

    python benchmarks/engines/summaries.py < job.json > scores.json

A job has the articles' sentences, the reference summaries, the summaries of other systems as
sentences in the order in which they were chosen, and word limits. All summaries are cut to the
same number of words.
"""

from __future__ import annotations

import json
import re
import sys

from rouge_score import rouge_scorer
from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
from sumy.nlp.stemmers import Stemmer
from sumy.summarizers.lex_rank import LexRankSummarizer
from sumy.summarizers.text_rank import TextRankSummarizer
from sumy.utils import get_stop_words

MEASURES = ("rouge1", "rouge2", "rougeL")


class Words:
    """The one method of a tokenizer that sumy calls here."""

    def to_words(self, text: str) -> tuple[str, ...]:
        return tuple(re.findall(r"[\w']*[^\W\d_][\w']*", text))


def ranked(method: type, sentences: list[str], most: int) -> list[str]:
    """The first sentences by a method of sumy, best first.

    sumy gives them in the text's order, so each is found as what one more adds.
    """
    tokenizer = Words()
    rows = [Sentence(text, tokenizer) for text in sentences]
    document = ObjectDocumentModel([Paragraph(rows)])
    summarizer = method(Stemmer("english"))
    summarizer.stop_words = get_stop_words("english")
    found: list[str] = []
    before: set[int] = set()
    for count in range(1, most + 1):
        chosen = {id(row): row for row in summarizer(document, count)}
        found += [str(row) for key, row in chosen.items() if key not in before]
        before = set(chosen)
    return found


def main() -> None:
    job = json.load(sys.stdin)
    scorer = rouge_scorer.RougeScorer(list(MEASURES), use_stemmer=True)
    systems = dict(job["systems"])
    for name, method in (("LexRank", LexRankSummarizer), ("TextRank", TextRankSummarizer)):
        systems[name] = {
            key: ranked(method, sentences, job["most"])
            for key, sentences in job["articles"].items()
        }
    scores: dict[str, dict[str, dict[str, list[float]]]] = {}
    for name, summaries in systems.items():
        for limit, counts in job["limits"].items():
            rows = {}
            for key, sentences in summaries.items():
                text = " ".join(" ".join(sentences).split()[: counts[key]])
                told = [scorer.score(reference, text) for reference in job["references"][key]]
                rows[key] = [sum(one[m].fmeasure for one in told) / len(told) for m in MEASURES]
            scores.setdefault(name, {})[limit] = rows
    json.dump(scores, sys.stdout)


if __name__ == "__main__":
    main()
