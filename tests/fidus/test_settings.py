"""Settings are read once, whole, and refused early with the name of the fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidus.errors import ConfigurationInvalid
from fidus.settings import load_settings

WHOLE = """
demonstration = true
[api]
certificate = "hub.crt"
key = "hub.key"
client_issuers = "issuers.pem"
[log]
origin = "audit.fidus.example/log"
retention_years = 10
[catalogue]
approvals_needed = 0
"""


def home(tmp_path: Path, text: str) -> Path:
    (tmp_path / "fidus.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    settings = load_settings(home(tmp_path, WHOLE), {})
    assert settings.log.retention_years == 10
    assert settings.path(settings.log.directory) == tmp_path / "log"
    assert settings.path(Path("/elsewhere")) == Path("/elsewhere")


def test_a_variable_wins_over_the_file(tmp_path: Path) -> None:
    environment = {"FIDUS_API__PORT": "8443", "UNRELATED": "1"}
    assert load_settings(home(tmp_path, WHOLE), environment).api.port == 8443


@pytest.mark.parametrize(
    "name", ["FIDUS_DEMONSTRATION__X", "FIDUS_LOG__ORIGIN__X", "FIDUS_LOG__ORIGIN__X__Y"]
)
def test_a_variable_that_names_a_setting_as_a_section_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=rf"{name}: .* is no section"):
        load_settings(home(tmp_path, WHOLE), {name: "1"})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        pytest.param(("retention_years = 10", ""), "log.retention_years", id="retention-must-be-decided"),
        pytest.param(
            ("retention_years = 10", "retention_years = 0"), "log.retention_years", id="no-retention"
        ),
        pytest.param(('key = "hub.key"', 'key = "hub.key"\nhots = "x"'), "api.hots", id="unknown-member"),
        pytest.param(("[api]", "[api"), "not TOML", id="not-toml"),
        pytest.param(("demonstration = true", ""), "approvals_needed is 0", id="approval-outside-a-demo"),
        pytest.param(
            ("demonstration = true", "demonstration = false"), "approvals_needed is 0", id="demo-said-false"
        ),
        pytest.param(("audit.fidus.example/log", "audit+log"), "log.origin", id="origin-with-plus"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, change: tuple[str, str], named: str) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        load_settings(home(tmp_path, WHOLE.replace(*change)), {})
    assert named in str(caught.value)


def test_too_few_approvers_are_refused(tmp_path: Path) -> None:
    text = WHOLE.replace("demonstration = true", "").replace("approvals_needed = 0", 'approvers = ["one"]')
    with pytest.raises(ConfigurationInvalid, match="names 1, 2 approvals"):
        load_settings(home(tmp_path, text), {})


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="fidus demo"):
        load_settings(tmp_path, {})
