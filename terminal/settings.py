"""Reads all settings of the program, once: what each means, and where it may be written.

A setting may be written in four places. The first that has it counts: an environment variable, a
secret's file (as Docker and systemd provide them), footnote.toml, the default. A key of
footnote.toml is the name of the variable without FOOTNOTE_, in small letters. The rest of the
program gets plain values: nothing else reads the environment.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote, urlsplit

from platformdirs import user_config_path, user_data_path
from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from corpus.errors import FootnoteError

if TYPE_CHECKING:
    from corpus.storage.locations import Database, Folder

PREFIX = "FOOTNOTE_"
CONFIG = "FOOTNOTE_CONFIG"
"""This variable names the file, if it is neither ./footnote.toml nor in the user's folder."""
TEST_PREFIX = "FOOTNOTE_TEST_"
FILE_NAME = "footnote.toml"
SECRETS = (Path("/run/secrets"),)
CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""systemd's variable for the folder with what LoadCredential= reads."""
DEFAULT = "default"


class SettingsError(FootnoteError):
    """A setting is unknown or has an impossible value; one sentence for each, on lines."""


class Settings(BaseSettings):
    """Each setting: `description` says what it does, `examples` what may be written.

    Both are sentences for whoever runs the bot; `config show` and errors print them.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, str_strip_whitespace=True
    )

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("footnote", appauthor=False),
        description="The folder for libraries, the settings of Discord servers and stored answers.",
        examples=["a folder"],
    )
    database: SecretStr = Field(
        SecretStr(""),
        description="The PostgreSQL database, with pgvector, for libraries that several bots "
        "share. Empty: libraries are files in data_dir. It needs: pip install 'psycopg[binary]'.",
        examples=["an address like postgresql://user:password@host/name"],
    )
    discord_token: SecretStr = Field(
        SecretStr(""),
        description="The bot's token, from Discord's developer portal.",
        examples=["the token of a bot"],
    )
    posted_links: bool = Field(
        False,
        description="Whether servers may let the bot add the links that members post. "
        "It needs Discord's message-content intent.",
        examples=["true or false (a variable also takes on or off)"],
    )
    writer: str = Field(
        "",
        description="The language model that words the answers. Empty: answers are quotations.",
        examples=["openai:MODEL@ADDRESS, openai:MODEL or anthropic:MODEL"],
    )
    writer_key: SecretStr = Field(
        SecretStr(""), description="The API key for the language model.", examples=["a key"]
    )
    writer_seconds: float = Field(
        20.0,
        gt=0,
        le=50,  # in Discord an answer may take 60
        description="How many seconds the language model may take for one answer.",
        examples=["a number over 0 and up to 50"],
    )
    openai_api_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("openai_api_key", "OPENAI_API_KEY"),
        description="The API key for OpenAI's own service. OPENAI_API_KEY sets it too.",
        examples=["a key"],
    )
    anthropic_api_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("anthropic_api_key", "ANTHROPIC_API_KEY"),
        description="The API key for Anthropic's service. ANTHROPIC_API_KEY sets it too.",
        examples=["a key"],
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info",
        description="The least serious messages that the running bot writes to its log.",
        examples=["debug, info, warning or error"],
    )
    log_format: Literal["auto", "text", "json"] = Field(
        "auto",
        description="How messages are written: text for people, or a line of JSON each for "
        "programs; auto means text in a terminal and JSON elsewhere.",
        examples=["auto, text or json"],
    )
    log_questions: bool = Field(
        False,
        description="Whether the questions that members ask may be written to the log.",
        examples=["true or false (a variable also takes on or off)"],
    )
    caution: Literal["helpful", "careful"] = Field(
        "helpful",
        description="How sure an answer must be: careful refuses more questions, also some that "
        "the articles answer.",
        examples=["helpful or careful"],
    )
    shards: int = Field(
        1,
        ge=1,
        le=10_000,
        description="How many Discord shards the bots of one database divide among them. Discord "
        "requires one for each 2,500 servers.",
        examples=["a number from 1 on, the same for all bots of a database"],
    )
    monitor_port: int = Field(
        0,
        ge=0,
        le=65_535,
        description="The port for /metrics, /healthz and /readyz, open to this machine only "
        "(127.0.0.1). 0: no port.",
        examples=["a port, or 0"],
    )
    trace_endpoint: str = Field(
        "",
        pattern=r"(https?://\S+)?",
        description="The address to send OpenTelemetry spans to, by OTLP over HTTP. Empty: none "
        "are sent. It needs: pip install opentelemetry-exporter-otlp-proto-http.",
        examples=["an address like http://127.0.0.1:4318/v1/traces"],
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)  # load_settings reads the others, to know what came from where


SECRET_NAMES = frozenset(
    name for name, field in Settings.model_fields.items() if field.annotation is SecretStr
)


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings, and by name where each one was found that is not a default.

    `file` is the file of settings that was read, None if there is none.
    """

    settings: Settings
    origins: Mapping[str, str]
    file: Path | None

    def origin(self, name: str) -> str:
        return self.origins.get(name, DEFAULT)

    def secrets(self) -> list[str]:
        """All secrets that are set, and the database's password: no log may show them."""
        found = (getattr(self.settings, name).get_secret_value() for name in SECRET_NAMES)
        password = _password(self.settings.database.get_secret_value())
        return [secret for secret in (*found, password) if secret]


def _password(url: str) -> str | None:
    """The password in a database's address; a message might show it without the rest."""
    if (match := re.search(r"password=([^\s&]+)", url)) is not None:
        return match[1]
    try:
        return unquote(urlsplit(url).password or "") or None
    except ValueError:
        return None


def libraries_of(settings: Settings) -> Folder | Database:
    """Where the libraries are: in the database if one is set, else in the data folder."""
    from corpus.storage.locations import Database, Folder

    url = settings.database.get_secret_value().strip()
    return Database(url) if url else Folder(settings.data_dir)


def load_settings() -> LoadedSettings:
    """Read the settings from all places.

    Raises SettingsError with a sentence for each thing that is wrong.
    """
    file = _file()
    sources: list[tuple[str, Mapping[str, Any]]] = [
        (f"{PREFIX}…", EnvSettingsSource(Settings)()),
        ("a secret's file", _secret_files()),
        ("" if file is None else str(file), _in_file(file)),
    ]
    problems = [*_unknown_variables(), *(_unknown_keys(file, sources[2][1]))]
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, found in reversed(sources):
        for key, written in found.items():
            name, value = key.lower(), written.strip() if isinstance(written, str) else written
            if name in Settings.model_fields and value != "":
                values[name] = value
                origins[name] = _variable(name) if origin.startswith(PREFIX) else origin
    try:
        settings = Settings(**values)
    except ValidationError as error:
        problems += [_describe(one, origins) for one in error.errors()]
    if problems:
        raise SettingsError("\n".join(problems))
    settings = settings.model_copy(update={"data_dir": settings.data_dir.expanduser()})
    return LoadedSettings(settings, origins, file)


def _variable(name: str) -> str:
    """The environment variable that the setting was read from."""
    own = f"{PREFIX}{name.upper()}"
    return own if own in os.environ else name.upper()


def _file() -> Path | None:
    """The file of settings, None if there is none.

    Raises SettingsError if FOOTNOTE_CONFIG names a file that is not there.
    """
    named = os.environ.get(CONFIG, "").strip()
    if named:
        file = Path(named).expanduser()
        if not file.is_file():
            raise SettingsError(f"{CONFIG} names {file}, which is not there; name a TOML file.")
        return file
    places = (Path(FILE_NAME), user_config_path("footnote", appauthor=False) / FILE_NAME)
    return next((place for place in places if place.is_file()), None)


def _in_file(file: Path | None) -> Mapping[str, Any]:
    if file is None:
        return {}
    try:
        return TomlConfigSettingsSource(Settings, file)()
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise SettingsError(f"{file} is not valid TOML: {error}.") from error


def _secret_files() -> Mapping[str, Any]:
    credentials = os.environ.get(CREDENTIALS)
    folders = [*SECRETS, *([Path(credentials)] if credentials else [])]
    here = [folder for folder in folders if folder.is_dir()]
    return SecretsSettingsSource(Settings, here)() if here else {}


def _unknown_variables() -> Iterator[str]:
    known = {CONFIG} | {
        f"{PREFIX}{name.upper()}"
        for name, field in Settings.model_fields.items()
        if field.validation_alias is None  # the others' variables have no prefix
    }
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known and not name.startswith(TEST_PREFIX):
            yield f"The variable {name} is not known{_nearest(name, known)}."


def _unknown_keys(file: Path | None, found: Mapping[str, Any]) -> Iterator[str]:
    for name in found:
        if name not in Settings.model_fields:
            yield f"“{name}” in {file} is not known{_nearest(name, set(Settings.model_fields))}."


def _nearest(name: str, known: set[str]) -> str:
    """The end of a sentence about an unknown name: the known one that is most like it."""
    near = difflib.get_close_matches(name, known, 1, cutoff=0.5)
    return (
        f"; perhaps {near[0]} is meant" if near else "; `bot.py config show` lists those that are"
    )


def _describe(error: Any, origins: Mapping[str, str]) -> str:
    """A sentence for one of pydantic's errors, without the value if it is a secret."""
    name = str(error["loc"][0]).lower() if error["loc"] else ""
    forms = Settings.model_fields[name].examples or []
    value = "what it is" if name in SECRET_NAMES else f"“{error['input']}”"
    where = origins.get(name, DEFAULT)
    called = where if where.isupper() else f"“{name}” in {where}"
    return f"{called} cannot be {value}; give {forms[0]}."
