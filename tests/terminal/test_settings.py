"""Settings: where each may stand, which comes first, and what is said of a wrong one."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

import bot
from terminal.settings import SECRET_NAMES, Settings, SettingsError, load_settings

TOKEN = "MTIz.abc.planted-token-of-the-tests"


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("FOOTNOTE_") or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        file = tmp_path / "footnote.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def said() -> list[str]:
    with pytest.raises(SettingsError) as wrong:
        load_settings()
    return str(wrong.value).splitlines()


def test_defaults_work():
    read = load_settings()
    assert read.origins == {}
    assert (read.settings.writer, read.settings.monitor_port) == ("", 0)
    assert read.settings.data_dir.name == "footnote"


def test_a_variable_comes_before_a_secrets_file_and_that_before_the_file(
    write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    file = write(
        'writer = "openai:a"\nwriter_key = "f"\ndiscord_token = "f"\nposted_links = true\n'
    )
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "footnote_discord_token").write_text("s\n")
    (secrets / "footnote_writer_key").write_text("s\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secrets))
    monkeypatch.setenv("FOOTNOTE_DISCORD_TOKEN", "v")
    monkeypatch.setenv("FOOTNOTE_POSTED_LINKS", "")
    read = load_settings()
    assert read.settings.discord_token.get_secret_value() == "v"
    assert read.settings.writer_key.get_secret_value() == "s"
    assert (read.settings.writer, read.settings.posted_links) == ("openai:a", True)
    assert [
        read.origin(name) for name in ("discord_token", "writer_key", "writer", "log_level")
    ] == [
        "FOOTNOTE_DISCORD_TOKEN",
        "a secret's file",
        file.name,
        "default",
    ]


@pytest.mark.parametrize(
    ("value", "meant"), [("on", True), ("1", True), ("TRUE", True), ("off", False), ("no", False)]
)
def test_a_switch_may_be_written_in_several_ways(
    value: str, meant: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FOOTNOTE_POSTED_LINKS", f" {value} ")
    assert load_settings().settings.posted_links is meant


def test_each_thing_that_is_wrong_is_said_in_a_sentence(
    write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
):
    write("writter = 'x'\nlog_level = 'loud'\n[writer_seconds]\n")
    monkeypatch.setenv("FOOTNOTE_DISCORD_TOKN", "x")
    monkeypatch.setenv("FOOTNOTE_MONITOR_PORT", "99999")
    monkeypatch.setenv("FOOTNOTE_TEST_HISTORIES", "of the tests")
    assert said() == [
        "The variable FOOTNOTE_DISCORD_TOKN is not known; perhaps FOOTNOTE_DISCORD_TOKEN is meant.",
        "“writter” in footnote.toml is not known; perhaps writer is meant.",
        "“writer_seconds” in footnote.toml cannot be “{}”; give a number over 0 and up to 50.",
        "“log_level” in footnote.toml cannot be “loud”; give debug, info, warning or error.",
        "FOOTNOTE_MONITOR_PORT cannot be “99999”; give a port, or 0.",
    ]


def test_a_secret_that_cannot_be_is_not_repeated(write: Callable[[str], Path]):
    write("discord_token = ['MTIz.planted']\n")
    (sentence,) = said()
    assert sentence.startswith("“discord_token” in footnote.toml cannot be what it is")
    assert "planted" not in sentence


@pytest.mark.parametrize("text", ["= 1", "writer = 'a\nb'", "\x00"])
def test_a_file_that_is_no_toml_is_told_with_its_place(text: str, write: Callable[[str], Path]):
    write(text)
    assert said()[0].startswith("footnote.toml is not valid TOML: ")


def test_a_file_that_is_named_must_be_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FOOTNOTE_CONFIG", "nowhere.toml")
    assert said() == ["FOOTNOTE_CONFIG names nowhere.toml, which is not there; name a TOML file."]


def test_what_is_shown_is_a_file_that_means_the_same_without_its_secrets(
    monkeypatch: pytest.MonkeyPatch,
    write: Callable[[str], Path],
    capsys: pytest.CaptureFixture[str],
):
    for name in SECRET_NAMES:
        field = Settings.model_fields[name]
        variable = name.upper() if field.validation_alias else f"FOOTNOTE_{name.upper()}"
        monkeypatch.setenv(variable, TOKEN)
    monkeypatch.setenv("FOOTNOTE_WRITER", 'openai:"m"\\@http://x')
    monkeypatch.setenv("FOOTNOTE_MONITOR_PORT", "9100")
    assert bot.main(["config", "show"]) == 0
    shown = capsys.readouterr().out
    assert TOKEN not in shown
    assert "planted" not in shown
    before = load_settings().settings
    assert tomllib.loads(shown) == {"writer": before.writer, "monitor_port": 9100}
    for name in Settings.model_fields:
        assert f"{name} " in shown
    monkeypatch.delenv("FOOTNOTE_WRITER")
    monkeypatch.delenv("FOOTNOTE_MONITOR_PORT")
    write(shown)
    assert load_settings().settings == before


def test_check_says_what_a_program_can_know(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("FOOTNOTE_DISCORD_TOKEN", TOKEN)
    assert bot.main(["config", "check"]) == 0
    assert capsys.readouterr().out.startswith("All is right: 1 of ")
    monkeypatch.setenv("FOOTNOTE_WRITER", "gpt")
    assert bot.main(["config", "check"]) == 2
    assert "No writer can be made of “gpt”" in capsys.readouterr().err
    monkeypatch.setenv("FOOTNOTE_WRITER", "")
    monkeypatch.setenv("FOOTNOTE_DISCORD_TOKEN", "my bot")
    assert bot.main(["config", "check"]) == 2
    assert "This is not a bot's token" in capsys.readouterr().err
