"""Operations travel through the Unix socket with their errors whole."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fidus.control import SOCKET, call_control, serve_control
from fidus.errors import AuditUnavailable, ConfigurationFault, ConfigurationInvalid


async def echo(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"got": dict(arguments)}


async def faulty(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    raise ConfigurationInvalid((ConfigurationFault("a.toml", 3, "wrong", "mend it"),))


async def unavailable(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    raise AuditUnavailable


async def unknown(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    raise LookupError("there is no flow x")


OPERATIONS = {"echo": echo, "faulty": faulty, "unavailable": unavailable, "unknown": unknown}


def call(home: Path, operation: str, arguments: Mapping[str, Any] | None = None) -> Mapping[str, Any] | None:
    async def run() -> Mapping[str, Any] | None:
        runner = await serve_control(home, OPERATIONS)
        try:
            assert stat.S_IMODE((home / SOCKET).stat().st_mode) == 0o600
            return await call_control(home, operation, arguments or {})
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def test_an_operation_answers(tmp_path: Path) -> None:
    assert call(tmp_path, "echo", {"a": 1}) == {"got": {"a": 1}}


def test_a_socket_left_by_a_crash_is_replaced(tmp_path: Path) -> None:
    (tmp_path / SOCKET).touch()
    assert call(tmp_path, "echo") == {"got": {}}


def test_no_hub_is_none(tmp_path: Path) -> None:
    assert asyncio.run(call_control(tmp_path, "echo", {})) is None


def test_faults_arrive_as_faults(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"a\.toml:3: wrong\. mend it"):
        call(tmp_path, "faulty")


def test_an_unavailable_log_arrives_as_such(tmp_path: Path) -> None:
    with pytest.raises(AuditUnavailable):
        call(tmp_path, "unavailable")


@pytest.mark.parametrize(("operation", "text"), [("unknown", "no flow x"), ("other", "no such operation")])
def test_other_errors_arrive_as_sentences(tmp_path: Path, operation: str, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        call(tmp_path, operation)


def test_a_hub_that_dies_before_it_answers_is_told_in_one_sentence(tmp_path: Path) -> None:
    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async def run() -> None:
        async with await asyncio.start_unix_server(die, str(tmp_path / SOCKET)):
            await call_control(tmp_path, "echo", {})

    with pytest.raises(OSError, match="nobody knows whether it was done"):
        asyncio.run(run())
