"""Typed settings: `HOME/fidus.toml`, then `FIDUS_*` variables. The only module that reads either.

A variable names a setting in capitals, sections joined by two underscores: `FIDUS_API__PORT=8443`.
Relative paths are below the home.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fidus.errors import ConfigurationFault, ConfigurationInvalid

DEMONSTRATION = "fidus DEMONSTRATION"  # the organisation that issues every certificate of a demonstration
Name: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]  # of a section, in figures too


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LimitSettings(_Strict):
    """How much of a hub process one peer, and all together, may take up: `fidus.api.limits.Limits`, whose
    figures these are. Times in seconds."""

    connections: int = Field(default=2_000, ge=1, description="That showed a certificate.")
    of_one: int = Field(default=500, ge=1, description="Of these, with the same certificate.")
    strangers: int = Field(default=250, ge=1, description="In the handshake, or without certificate.")
    consultations: int = Field(default=1_000, ge=1, description="Under way at once.")
    handshake_s: float = Field(default=10.0, gt=0)
    idle_s: float = Field(default=60.0, gt=0, description="A connection without request.")
    head_s: float = Field(default=10.0, gt=0, description="From a request's first byte to its headers' end.")
    body_s: float = Field(default=20.0, gt=0)
    answer_s: float = Field(default=30.0, gt=0, description="While an answer is not taken.")
    parting_s: float = Field(default=3.0, gt=0, description="For the farewell of TLS.")


class ApiSettings(_Strict):
    """Where institutions connect, and whose client certificates are looked at."""

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535, description="0: any free port.")
    certificate: Path
    key: Path
    client_issuers: Path = Field(description="PEM file with the registered issuers of client certificates.")
    limits: LimitSettings = LimitSettings()


class RevocationSettings(_Strict):
    """Where it is read whose certificates one registered issuer revoked. `crl`: addresses or paths, tried in
    this order. `unchecked`: said in so many words that it publishes no list."""

    issuer: Path = Field(description="PEM file with the issuer's certificate, one of `api.client_issuers`.")
    crl: tuple[str, ...] = ()
    ca: Path | None = Field(default=None, description="Authorities for https, instead of the system's.")
    unchecked: bool = False

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if bool(self.crl) is self.unchecked:
            raise ValueError("name `crl`, or say `unchecked = true` for an issuer that publishes none")
        return self


class ProxySettings(_Strict):
    """One proxy that ends TLS before the hub. `certificate`: PEM file with its own client certificates."""

    certificate: Path
    form: Literal["rfc9440", "escapedPem"] = "rfc9440"


class ManagementSettings(_Strict):
    """Health and metrics, for the operator's own machine only."""

    host: str = Field(default="127.0.0.1", pattern=r"^(127\.0\.0\.1|::1|localhost)$")
    port: int = Field(default=0, ge=0, le=65535)


class LogSettings(_Strict):
    """The audit log. `retention_years` has no default on purpose: somebody has to decide it."""

    origin: str = Field(pattern=r"^[^\s+]{1,128}$")
    signing_key: Path = Path("log.key")
    directory: Path = Path("log")
    keys: Path = Path("keys")
    retention_years: int = Field(ge=1, le=100)


class CatalogueSettings(_Strict):
    """Who has to approve a catalogue. Two approvals are needed unless this is a demonstration."""

    approvers: tuple[str, ...] = ()
    approvals_needed: int = Field(default=2, ge=0)


class SourceSettings(_Strict):
    """How one source is reached. What else a source wants to know stands beside it: `options`."""

    model_config = ConfigDict(extra="allow", frozen=True)

    adapter: str | None = Field(
        default=None, description="Another instance of this one; else the slug's own."
    )
    url: str = Field(pattern=r"^https://")
    ca: Path
    client_certificate: Path | None = None
    client_key: Path | None = None
    timeout_s: float = Field(default=10.0, gt=0, le=60, description="Whole call, connection included.")
    at_once: int = Field(default=64, ge=1, le=10_000, description="Calls under way.")
    queue: int | None = Field(default=None, ge=0, le=10_000, description="Calls that wait; else as many.")

    @property
    def options(self) -> Mapping[str, Any]:
        """The members that only this source knows; its adapter checks them."""
        return self.model_extra or {}


class StopSettings(_Strict):
    """How the hub takes leave on SIGTERM."""

    notice_s: float = Field(default=0.0, ge=0, le=300, description="Health says DOWN so long; calls go on.")
    within_s: float = Field(default=75.0, gt=0, le=600, description="For what is under way to end.")


class Settings(_Strict):
    """Everything that a hub needs to know before it starts."""

    home: Path
    demonstration: bool = Field(default=False, description="Synthetic numbers only; never with real issuers.")
    database: str = Field(
        default="sqlite",
        pattern=r"^(sqlite$|postgres(ql)?://)",
        repr=False,  # it may hold a password
        description="`sqlite`: one file in the home, one hub. `postgresql://…`: any number of hubs.",
    )
    api: ApiSettings
    management: ManagementSettings = ManagementSettings()
    revocation: Mapping[Name, RevocationSettings] = Field(default_factory=dict)
    proxies: Mapping[Name, ProxySettings] = Field(default_factory=dict)
    log: LogSettings
    catalogue: CatalogueSettings = CatalogueSettings()
    stop: StopSettings = StopSettings()
    sources: Mapping[str, SourceSettings] = Field(default_factory=dict)

    def path(self, relative: Path) -> Path:
        """A path of the settings as one that can be opened."""
        return relative if relative.is_absolute() else self.home / relative


def load_settings(home: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read `home/fidus.toml` and the variables. Raises ConfigurationInvalid with every fault."""
    file = home / "fidus.toml"
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _invalid(
            file, "there is no such file", "Create it, or run `fidus demo` for a whole sample"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _invalid(file, f"not TOML ({error})", "Correct the syntax") from None
    _overlay(values, environment)
    try:
        settings = Settings.model_validate({**values, "home": home})
    except ValidationError as error:
        faults = tuple(
            ConfigurationFault(
                str(file), 0, f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}", "Correct it"
            )
            for fault in error.errors(include_input=False, include_url=False)
        )
        raise ConfigurationInvalid(faults) from None
    return _consistent(settings, file)


def _consistent(settings: Settings, file: Path) -> Settings:
    """Rules over several settings. Raises ConfigurationInvalid."""
    needed, named = settings.catalogue.approvals_needed, len(settings.catalogue.approvers)
    if not settings.demonstration and needed < 1:
        raise _invalid(file, "catalogue.approvals_needed is 0", "Only a demonstration goes without approval")
    if not settings.demonstration and named < needed:
        raise _invalid(
            file,
            f"catalogue.approvers names {named}, {needed} approvals are needed",
            "Name the approvers by their verifier keys",
        )
    return settings


def _overlay(values: dict[str, Any], environment: Mapping[str, str]) -> None:
    for name, value in environment.items():
        if not name.startswith("FIDUS_"):
            continue
        *sections, last = name.removeprefix("FIDUS_").lower().split("__")
        target: Any = values
        for section in sections:
            target = target.setdefault(section, {})
            if not isinstance(target, dict):
                cure = "Name a setting as FIDUS_SECTION__NAME, or take the variable away"
                raise _invalid(Path(name), f"in the environment, {section} is no section", cure)
        target[last] = value


def _invalid(file: Path, problem: str, cure: str) -> ConfigurationInvalid:
    return ConfigurationInvalid((ConfigurationFault(str(file), 0, problem, cure),))
