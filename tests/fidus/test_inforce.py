"""What is in force is what the store holds, as of its epoch."""

from __future__ import annotations

import asyncio

import pytest

from fidus.catalogue import digest
from fidus.errors import AuditUnavailable, ConfigurationInvalid
from fidus.inforce import InForce, Stored
from tests.fidus.desk import SERVICES
from tests.fidus.questions import FILES

APPLIED = Stored(1, digest(FILES), FILES, frozenset({"town-address"}))


class Store:
    """Gives what it holds, one after the other, if the epoch is another than the known one."""

    def __init__(self, *held: Stored | Exception) -> None:
        self.held = list(held)

    def __call__(self, known: int) -> Stored | None:
        held = self.held.pop(0)
        if isinstance(held, Exception):
            raise held
        return None if held.epoch == known else held


def test_nothing_is_in_force_before_the_first_apply() -> None:
    in_force = InForce(Store(Stored(0, b"", {}), Stored(1, b"", {}, frozenset({"a-flow"}))), SERVICES)
    asyncio.run(in_force.reload())
    assert (in_force.catalogue.epoch, in_force.catalogue.flows) == (0, {})
    asyncio.run(in_force.reload())
    assert (in_force.catalogue.epoch, in_force.catalogue.suspended) == (1, frozenset({"a-flow"}))


def test_files_are_parsed_when_the_epoch_has_moved() -> None:
    in_force = InForce(Store(APPLIED, APPLIED), SERVICES)
    asyncio.run(in_force.reload())
    known = in_force.catalogue
    assert (known.epoch, known.digest, known.suspended) == (1, digest(FILES), APPLIED.suspended)
    assert "town-address" in known.flows
    asyncio.run(in_force.reload())
    assert in_force.catalogue is known


def test_words_about_sources_are_said_when_the_epoch_has_moved() -> None:
    said: list[object] = []
    blocked = Stored(2, b"", {}, words={"national-register": "block"})
    in_force = InForce(Store(APPLIED, blocked, blocked), SERVICES, said.append)
    for _ in range(3):
        asyncio.run(in_force.reload())
    assert said == [{}, {"national-register": "block"}]
    assert in_force.words == {"national-register": "block"}


@pytest.mark.parametrize(
    ("held", "kind"),
    [
        (AuditUnavailable(), AuditUnavailable),
        (Stored(2, b"", {"a/b.toml": b"="}), ConfigurationInvalid),
    ],
)
def test_what_was_in_force_stays_where_the_store_cannot_be_read(
    held: Stored | Exception, kind: type[Exception]
) -> None:
    in_force = InForce(Store(APPLIED, held), SERVICES)
    asyncio.run(in_force.reload())
    known = in_force.catalogue
    with pytest.raises(kind):
        asyncio.run(in_force.reload())
    assert in_force.catalogue is known


def test_many_that_reload_at_once_end_with_the_newest() -> None:
    newest = Stored(9, APPLIED.digest, FILES)

    async def scene(in_force: InForce) -> None:
        await asyncio.gather(*(in_force.reload() for _ in range(4)))

    in_force = InForce(Store(APPLIED, newest, newest, newest), SERVICES)
    asyncio.run(scene(in_force))
    assert in_force.catalogue.epoch == 9
