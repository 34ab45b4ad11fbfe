"""What a deployment may set, by environment variables that begin with SHANGLIANG_."""

from enum import StrEnum
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(StrEnum):
    """Development mints tokens for whoever asks and shows what production keeps to itself."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """Without `postgres` and `kafka` the embedded servers are started, their data under `data`."""

    model_config = SettingsConfigDict(env_prefix="SHANGLIANG_", frozen=True, extra="ignore")

    environment: Environment = Environment.PRODUCTION
    data: Path = Path(".shangliang")
    postgres: str | None = None
    """A server's URI; each service has a database of its own there."""
    kafka: str | None = None
    """Bootstrap servers, `host:port,host:port`."""
    host: str = "127.0.0.1"
    port: int = 8311
    key: Path | None = None
    """The deployment's signing key, a JWK file (Ed25519); made under `data` where there is none."""
    partitions: int = 6
    replication: int = 1
    retention_days: int = 365
    traces: float = 0.01
    """The share of requests that are traced where the caller does not say; spans go where OTEL_EXPORTER_OTLP_* says."""

    @property
    def signing_key(self) -> Path:
        return self.key or self.data / "keys" / "signing.jwk"
