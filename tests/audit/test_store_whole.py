"""Store, recorder, published files and both verifications together, as a hub puts them together."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING
from uuid import uuid4

from audit.event import Kind, Sealed
from audit.files_verify import verify_files
from audit.index import normalise
from audit.keys import DirectoryKeyStore
from audit.log import Declined
from audit.proof import check_proof
from audit.reader import Reader
from audit.recorder import Recorder
from audit.search import Criteria, search
from audit.store_verify import verify_store
from audit.tilereader import TileReader
from audit.tiles import Publisher
from fidus.model import SubjectType

if TYPE_CHECKING:
    from tests.audit.conftest import Clock, Events, LogStore


def test_what_is_recorded_is_found_proved_published_and_verified(
    store: LogStore, events: Events, keystore: DirectoryKeyStore, clock: Clock
) -> None:
    log = store.open()

    async def life(reader: Reader, publisher: Publisher, asked: int) -> None:
        recorder = await Recorder.open(log, reader, keystore, clock)

        async def consult(serial: int) -> None:
            consultation = uuid4()
            person = events.person(serial)
            intent = events.intent(consultation=consultation, sealed=Sealed(subjects=(person,)))
            assert not isinstance(await log.append(await recorder.record(intent)), Declined)
            outcome = await recorder.record(events.outcome(consultation=consultation), proved=True)
            written = await log.append(outcome)
            assert not isinstance(written, Declined)
            assert check_proof(written[0].proof, store.key.verifier).index == written[0].index
            assert reader.outcome_of(consultation) == written[0].index

        for round_ in range(3):
            await asyncio.gather(*(consult(serial) for serial in range(asked)))
            assert await asyncio.to_thread(publisher.publish) == (round_ + 1) * asked * 2
        report = verify_store(
            reader, store.key.verifier, published=store.published, expected_tags=recorder.expected_tags
        )
        assert report.faults == ()
        who = normalise(SubjectType.PERSON, str(events.person(7).id))
        page = search(reader, recorder, Criteria(identifier=(SubjectType.PERSON, who)))
        assert [row.kind for row in page.rows] == [Kind.INTENT] * 3

    with closing(Reader(store.path)) as reader:
        store.published.mkdir()
        publisher = Publisher(store.published, reader)
        store.play(log, lambda: life(reader, publisher, 50))
        files = verify_files(TileReader.open(str(store.published)), store.key.verifier)
        assert files.faults == ()
        assert (files.size, files.root) == (300, reader.head().root)
    again = store.open()
    assert again.stopped_because is None
    store.play(again, lambda: asyncio.sleep(0))
