"""What is said of sentences in which no reason is given: only what they say of what is asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.language.no_reason import describe_missing_reason

RECALLED = "Why was Antonov recalled?"
DID_RECALL = "Why did Russia recall Antonov?"


@pytest.mark.parametrize(
    ("question", "sentence", "says"),
    [
        (
            RECALLED,
            "The Russian Foreign Ministry’s spokesperson, Maria Zakharova, did not give specific "
            "reasons for the recall of Ambassador Anatoly Antonov but stressed that relations are "
            "in a “difficult state,” accusing Washington of bringing them “to a dead-end.”",
            "specific",
        ),
        (RECALLED, "Antonov was recalled on Monday, but the ministry gave no reason.", ""),
        (
            RECALLED,
            "Antonov was recalled on Monday; no official explanation was given.",
            "official",
        ),
        (RECALLED, "Russia recalled its ambassador Antonov without giving a reason.", ""),
        (RECALLED, "The ministry declined to say why Ambassador Antonov was recalled.", ""),
        (RECALLED, "The ministry did not explain why Antonov was recalled.", ""),
        (RECALLED, "No reason for the recall of Antonov was given.", ""),
        (RECALLED, "No reason was given for Antonov’s sudden recall.", ""),
        (DID_RECALL, "Russia recalled Antonov on Wednesday and gave no reason.", ""),
        (DID_RECALL, "Russia on Wednesday recalled Antonov, giving no reason for the move.", ""),
        (DID_RECALL, "Russia hasn’t given any reason for recalling Antonov.", ""),
        ("Why did Smith resign?", "Smith resigned on Friday without giving a reason.", ""),
        ("Why did Smith resign?", "The party gave no reason for the resignation of Smith.", ""),
        (
            "Why was the festival cancelled?",
            "The festival was cancelled on Friday, but the organisers did not say why.",
            "",
        ),
        (
            "What was the reason for the delay of the ferry?",
            "No clear reason was given for the delay of the ferry.",
            "clear",
        ),
        ("Why was he recalled?", "She did not give specific reasons for the recall.", "specific"),
        ("Why was he recalled?", "She declined to say why he was recalled.", ""),
    ],
)
def test_it_is_said_where_the_sentence_says_it_of_what_is_asked(
    question: str, sentence: str, says: str
):
    statement = f"No {says} reason was given." if says else "No reason was given."
    assert describe_missing_reason(sentence, question) == statement


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        # The sentence gives the reason.
        (
            RECALLED,
            "Antonov was recalled because he sang at dinner, although the ministry did not give "
            "any reason for the delay.",
        ),
        (RECALLED, "Antonov was recalled for singing, although no official reason was given."),
        (RECALLED, "Antonov was recalled over a song, but the ministry gave no reason."),
        (RECALLED, "Antonov was recalled after a dinner, and the ministry gave no reason."),
        (RECALLED, "Antonov was recalled to discuss relations; no specific reason was given."),
        (RECALLED, "The ministry gave no reason for the recall of Antonov, but said he was ill."),
        (
            RECALLED,
            "The ministry gave no reason for Antonov’s recall, which envoys tied to a song.",
        ),
        # It is of another thing, or of another.
        (RECALLED, "Antonov was recalled on Monday, and no reason was given for the delay."),
        (RECALLED, "Antonov was recalled; the ministry gave no reason for the recall of Smirnov."),
        (RECALLED, "Antonov, recalled on Monday, left the dinner without giving a reason."),
        (RECALLED, "Antonov recalled his cook and gave no reason."),
        (RECALLED, "Antonov’s cook was recalled on Monday, but the ministry gave no reason."),
        (RECALLED, "Antonov was recalled on Monday and Smirnov resigned without giving a reason."),
        (RECALLED, "The ministry did not say why Antonov’s deputy was recalled."),
        (RECALLED, "The ministry did not say why Antonov was not recalled."),
        (RECALLED, "The ministry gave no reason for the delay in the recall of Antonov."),
        (RECALLED, "The ministry gave no reason for the 2019 recall of Antonov."),
        (RECALLED, "The ministry gave no reason."),
        ("Why did Antonov resign?", "No reason was given for the recall of Antonov."),
        ("Why was Antonov not recalled?", "No reason was given for the recall of Antonov."),
        # Somebody else says it, or nobody, or whoever it was done to does not know.
        (RECALLED, "Smirnov said the ministry gave no reason for the recall of Antonov."),
        (RECALLED, "The ministry gave no reason for the recall of Antonov, his lawyer complained."),
        (RECALLED, "“The ministry gave no reason for the recall of Antonov.”"),
        (RECALLED, "The ministry would have given no reason for the recall of Antonov."),
        (RECALLED, "Antonov did not say why he was recalled."),
        (RECALLED, "Antonov was recalled on Monday and gave no reason."),
        (RECALLED, "Has no reason been given for the recall of Antonov?"),
        # Of a part, or for a while.
        (RECALLED, "The ministry gave no further reason for the recall of Antonov."),
        (RECALLED, "The ministry did not immediately give a reason for the recall of Antonov."),
        (RECALLED, "No reason for the recall of Antonov was given until Friday."),
        (RECALLED, "The ministry did not give a reason for the recall of Antonov, but several."),
        # It says something else.
        (RECALLED, "Antonov was recalled on Monday and was given no reason to stay."),
        (RECALLED, "She gave specific reasons for the recall of Antonov."),
        (RECALLED, "Antonov was recalled for no other reason than his song."),
        (RECALLED, "Antonov was not recalled because of his song."),
        (RECALLED, "It is not given that reasons matter."),
        ("Why?", "No reason was given."),
        ("", ""),
    ],
)
def test_else_the_quotation_speaks_alone(question: str, sentence: str):
    assert describe_missing_reason(sentence, question) is None


@pytest.mark.parametrize(
    ("context", "is_said"),
    [
        ("Russia recalled Antonov on Monday.", True),
        ("Antonov was recalled on Monday, and a cook was fired.", False),
        ("Antonov was recalled on Monday after a dinner.", False),
        ("Antonov sang.", False),
    ],
)
def test_the_sentence_before_may_tell_of_what(context: str, is_said: bool):
    found = describe_missing_reason("It gave no reason.", RECALLED, context)
    assert (found is not None) is is_said


WORDS = st.sampled_from(
    "Why was Antonov recalled did not give any reason for the recall of without giving no , ; and "
    "“ why said because it".split()
)
TEXTS = st.one_of(st.text(), st.lists(WORDS, max_size=20).map(" ".join))


@given(TEXTS, TEXTS, st.none() | TEXTS)
def test_any_texts_are_read(sentence: str, question: str, context: str | None):
    found = describe_missing_reason(sentence, question, context)
    assert found is None or found.endswith(" reason was given.")
