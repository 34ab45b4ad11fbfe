"""What a deployment may set, by environment variables that begin with SHANGLIANG_."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.calendar.days import CalendarPath
from shared.contracts.words import CommunityId


class Environment(StrEnum):
    """Development mints tokens for whoever asks and shows what production keeps to itself."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class LogLevel(StrEnum):
    """From how bad on it is worth a line."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Settings(BaseSettings):
    """`up` and `demo` start the embedded server, its data under `data`, in place of a `postgres` or `kafka` that is not
    set; `serve` wants both."""

    model_config = SettingsConfigDict(
        env_prefix="SHANGLIANG_", frozen=True, extra="ignore", use_attribute_docstrings=True
    )

    environment: Environment = Environment.PRODUCTION
    """`shangliang up` takes it as development where it is not set, `shangliang demo` always."""
    data: Path = Path(".shangliang")
    """The folder of the embedded servers' data and of the signing key."""
    postgres: str | None = None
    """A server's URI; each service has a database of its own there."""
    kafka: str | None = None
    """Bootstrap servers, `host:port,host:port`."""
    host: str = "127.0.0.1"
    """The address that HTTP is answered at."""
    port: int = 8311
    """And its port."""
    key: Path | None = None
    """The deployment's signing keys, a JWK Set file (Ed25519); made under `data` where there is none."""
    name: Annotated[str, Field(pattern=r"^[!-*,-~]+$")] = "shangliang"
    """What signed tree heads call this deployment: its host name, say. Auditors hold to it, so choose it for good."""
    keks: Path | None = None
    """The keys that wrap people's keys, a JWK Set file; made beside the signing key where there is none."""
    keks_json: SecretStr | None = None
    """The same JWK Set itself, in place of a file."""
    kms: str | None = None
    """`module:function` of your own that returns a KMS' key-encryption keys, oldest first, in place of the file's."""
    origin: str | None = None
    """The address that browsers see, `https://…`; the issuer of OpenID Connect sends them back to it. That of `host`
    and `port` where it is not set."""
    proxies: Annotated[int, Field(ge=0, le=9)] = 0
    """How many proxies stand in front, each of which adds to X-Forwarded-For: limits count by the address that the
    first of them saw."""
    logins: Annotated[int, Field(ge=1)] = 300
    """Codes and tries to sign in that one address has in a quarter of an hour: a whole centre may share one."""
    sms: str | None = None
    """`module:function` of your own, a coroutine that takes a phone number and a text and sends it. Without it one-time
    codes reach nobody in production; in development they are answered and logged."""
    oidc_issuer: str | None = None
    """An OpenID Connect issuer that people may sign in by; `oidc_client_id` goes with it."""
    oidc_client_id: str | None = None
    """What it knows this deployment as."""
    oidc_client_secret: SecretStr | None = None
    """And by which secret; a public client has none."""
    calendar: CalendarPath = None
    """Holidays and make-up days of years that the library does not know yet, or has otherwise: a YAML or JSON file."""
    jurisdiction: CommunityId | None = None
    """The community that Open311 clients mean who send no jurisdiction_id."""
    licence: str = "CC-BY-4.0"
    """The licence of open data, as SPDX names it."""
    licence_url: str = "https://creativecommons.org/licenses/by/4.0/"
    """Where it can be read."""
    evidence: str | None = None
    """Where photos, recordings and documents are kept, sealed: a folder, or `s3://bucket/path` of anything that speaks
    S3, reached as AWS_ENDPOINT, AWS_ACCESS_KEY_ID and the like say. `evidence` under `data` where it is not set."""
    scanner: str | None = None
    """Where a clamd listens that looks for viruses in them: `host:port`, or the path of its socket. Without it nobody
    looks."""
    partitions: int = 6
    """Of each service's topic, where it is created; a community's events stay in one."""
    replication: int = 1
    """How many brokers hold each partition of a topic that is created."""
    retention_days: int = 365
    """Days that Kafka keeps an event in a topic that is created; the logs keep it for ever."""
    traces: float = 0.01
    """The share of requests that are traced where the caller does not say; spans go where OTEL_EXPORTER_OTLP_* says."""
    log: LogLevel = LogLevel.INFO
    """What is logged: `debug`, `info`, `warning` or `error`, and what is worse. `shangliang demo` takes it as `warning`
    where it is not set."""

    @property
    def address(self) -> str:
        """The address that browsers see."""
        return (self.origin or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def signing_key(self) -> Path:
        return self.key or self.data / "keys" / "signing.jwk"

    @property
    def key_encryption_keys(self) -> Path:
        return self.keks or self.signing_key.with_name("keks.jwks")
