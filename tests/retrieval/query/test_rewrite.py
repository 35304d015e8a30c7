"""Follow-ups are made whole; what stands alone is left alone."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval.query.rewrite import RewrittenQuestion, rewrite_follow_up

RECALL = "Why did Russia recall its ambassador to the United States?"
ANTONOV = "Why was Antonov recalled?"


@pytest.mark.parametrize(
    ("before", "question", "whole"),
    [
        # A question word alone asks the same again.
        ("When was Antonov recalled?", "why?", "why was Antonov recalled?"),
        ("Did Russia recall its ambassador?", "And why?", "why did Russia recall its ambassador?"),
        (ANTONOV, "when was that?", "when was Antonov recalled?"),
        (ANTONOV, "Where did it happen?", "Where was Antonov recalled?"),
        ("Did Biden resign?", "Why did he do that?", "Why did Biden resign?"),
        (ANTONOV, "by whom?", "by whom: Why was Antonov recalled?"),
        ("How many were hurt?", "why?", "why: How many were hurt?"),
        # Another time.
        (ANTONOV, "and in 2021?", "Why was Antonov recalled in 2021?"),
        ("What did Biden say in 2020?", "and in 2021?", "What did Biden say in 2021?"),
        ("What did Biden say yesterday?", "last week?", "What did Biden say last week?"),
        # Another name.
        (
            RECALL,
            "what about Ukraine?",
            "Why did Ukraine recall its ambassador to the United States?",
        ),
        (
            "What did the Kremlin say?",
            "and the White House?",
            "What did the White House say?",
        ),
        ("why was he recalled", "what about the report?", "why was he recalled about the report?"),
        # A short question that is joined to the one before.
        (ANTONOV, "and what did Biden say?", "what did Biden say about Antonov?"),
        (RECALL, "But who won?", "who won about Russia and the United States?"),
        ("why did the envoy sing", "and who paid?", "who paid about envoy sing?"),
        # Pronouns that nothing in the question explains.
        (ANTONOV, "When was he born?", "When was Antonov born?"),
        (ANTONOV, "Who recalled him?", "Who recalled Antonov?"),
        ("Who is Alexey Navalny?", "What is his age?", "What is Alexey Navalny’s age?"),
        ("why was the envoy recalled", "what did he say?", "what did envoy say?"),
        (RECALL, "Who reported it?", "Who reported it about Russia and the United States?"),
    ],
)
def test_a_follow_up_is_made_whole(before: str, question: str, whole: str):
    assert rewrite_follow_up(question, [before]).text == whole


ALONE = [
    "Why did Russia recall its ambassador?",
    "But why did Russia recall its ambassador to Germany?",
    "And who is Alexey Navalny?",
    "what did  Biden say?",
    "who won?",
    "climate change?",
    "What time is it?",
    "Is it true that Biden resigned?",
    "why did biden say that he would go",
    "What did that report say?",
    "When Antonov was recalled, what did he say?",
    "What does it mean when a currency floats?",
    "Who had Kublai wanted to succeed him?",
    "¿Por qué?",
    "Why not?",
]


@pytest.mark.parametrize("question", ALONE)
def test_what_stands_alone_is_left_as_it_is(question: str):
    for earlier in ([], [ANTONOV], [RECALL, "why?"]):
        assert rewrite_follow_up(question, earlier) == RewrittenQuestion(question, question)


@pytest.mark.parametrize("question", ["why?", "and in 2021?", "What did he say?", "and Biden?"])
def test_with_nothing_before_it_every_question_is_left_as_it_is(question: str):
    assert rewrite_follow_up(question, []) == RewrittenQuestion(question, question)


def test_a_conversation_is_followed_through_its_follow_ups():
    earlier = ["Why was Antonov recalled?", "and when?", "what about Zakharova?"]
    assert rewrite_follow_up("where was that?", earlier).text == "where was Zakharova recalled?"


def test_a_topic_is_searched_for_and_not_asked_for():
    asked = rewrite_follow_up("And what did Biden say?", [ANTONOV])
    assert asked == RewrittenQuestion(
        "what did Biden say about Antonov?", own_text="what did Biden say?"
    )


WORDS = st.sampled_from(
    "why And what about in 2021 yesterday the US Biden he his it that was did recalled ? ’s by who "
    "— 🎺 how many . Why's".split()
)
QUESTIONS = st.one_of(st.text(max_size=40), st.lists(WORDS, max_size=8).map(" ".join))


@given(QUESTIONS, st.lists(QUESTIONS, max_size=4))
@example("AND", [":"])
def test_any_conversation_is_made_whole_in_some_way(question: str, earlier: list[str]):
    whole = rewrite_follow_up(question, earlier).text
    assert len(whole) <= 3 * sum(map(len, (question, *earlier))) + 100
    assert whole or not question
