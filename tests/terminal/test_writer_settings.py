"""Which writer the settings name, and which key it gets."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from retrieval.writing.llm import ModelSpec
from terminal.settings import Settings
from terminal.writer_settings import writer_key, writer_of

MAKERS = {"openai_api_key": SecretStr("O"), "anthropic_api_key": SecretStr("A")}


@pytest.mark.parametrize(
    ("line", "own", "key"),
    [
        ("openai:qwen@http://127.0.0.1:8080/v1", "", ""),
        ("openai:qwen@http://127.0.0.1:8080/v1", "W", "W"),
        ("openai:gpt", "", "O"),
        ("openai:gpt", "W", "W"),
        ("anthropic:claude", "", "A"),
    ],
)
def test_a_makers_key_stays_with_its_maker(line: str, own: str, key: str):
    settings = Settings(writer_key=SecretStr(own), **MAKERS)
    assert writer_key(ModelSpec.of(line), settings) == key


def test_without_a_name_there_is_none():
    assert writer_of(Settings()) is None
