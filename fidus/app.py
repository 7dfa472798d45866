"""The only place that wires the parts together. Nothing is opened before `Hub.open`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters._lib.xml import require_one_libxml2
from audit.keys import DirectoryKeyStore
from audit.recorder import Recorder
from audit.tiles import Publisher, PublishingRefused
from audit.writer import StoredLog
from fidus import expiry, revocation
from fidus.api.hub import Health
from fidus.changes import Approvers, Changes
from fidus.counters import day_counter
from fidus.crl_keeping import Keeper
from fidus.errors import (
    AuditUnavailable,
    FidusError,
    IdentityReason,
    IdentityRejected,
)
from fidus.exchange import Consulted, Exchange
from fidus.hubkeys import signing_key
from fidus.hubstore import HubStore
from fidus.inforce import InForce
from fidus.interrupted import Interrupter
from fidus.lease import Lease
from fidus.logs import ProcessLog
from fidus.makers import makers
from fidus.metrics import Metrics
from fidus.model import Caller, Catalogue, Channel, TraceIds
from fidus.patience import in_time
from fidus.policy import own_flow
from fidus.receipts import Receipts
from fidus.refusals import Refusals, reason_of
from fidus.services import load_services
from fidus.settings import Settings
from fidus.sources import Sources, with_instances
from fidus.store import APPLIERS, PART
from fidus.store.engine import StoreLock
from fidus.trustfiles import load_trust

ROOT = Path(__file__).parent.parent
HEALTH_TRUSTED_FOR_S = 1.0


def utc_now() -> datetime:
    """The clock of a real hub."""
    return datetime.now(UTC)


class Hub:
    """One hub process: all parts, open between `open` and `close`. What the REST interface sees of it is
    `fidus.api.hub.HubProtocol`."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = utc_now) -> None:
        self.settings = settings
        self.now = clock
        self.trouble = ProcessLog()
        self.metrics = Metrics()
        self.failed_because: str | None = None
        self.processes = 1  # that live, as of the last sweep
        self.on_failure: Callable[[], object] = lambda: None
        self.leaving = False
        """It is about to stop: health says that it is not ready, while it still answers."""
        self._health: tuple[float, Health] = (0.0, Health.DOWN)
        self._held = AsyncExitStack()

    async def open(self) -> None:
        """Take the store, check that the log is whole, take over what is in force, end what a former
        process left open. Raises ConfigurationInvalid, AuditUnavailable, and holds nothing then."""
        require_one_libxml2()
        try:
            self._open_log()
            keystore = DirectoryKeyStore(self.settings.path(self.settings.log.keys))
            self.recorder = await Recorder.open(self.log, self.reader, keystore, self.now)
            self._held.push_async_callback(lambda: self.crls.close())  # of the newest
            await self.crls.open()
            await self._wire()
        except BaseException:
            await self.close()
            raise

    def _open_log(self) -> None:
        settings = self.settings
        self.trust, lists = load_trust(settings)
        self.files_end = expiry.of_files(settings)
        self.crls = Keeper(lists, settings.home / "crl", self.now, self.trouble)
        self.services = with_instances(load_services(ROOT / "adapters"), settings)
        self._held.callback(StoreLock.take(settings.home).release)
        self.store = HubStore(settings)
        key = signing_key(
            settings.path(settings.log.signing_key), settings.log.origin, create=self.store.is_new()
        )
        self.verifier = key.verifier
        self.log_directory = settings.path(settings.log.directory)
        self.log_directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.log = StoredLog.open(
            self.store.backend,
            key,
            APPLIERS,
            fatal=self._fail,
            published=self.log_directory,
            parts=(PART,),
            create=not (self.log_directory / "checkpoint").exists(),
        )
        self.reader = self.store.reader
        self.publisher = Publisher(self.log_directory, self.reader)
        self._held.callback(self.reader.close)
        self._held.push_async_callback(self._publish_last)
        self._held.push_async_callback(self.log.close)

    async def _wire(self) -> None:
        settings, log, recorder = self.settings, self.log, self.recorder
        self.sources = Sources(makers(self.metrics, ROOT / "adapters"))
        self.sources.renew(settings)
        self._held.push_async_callback(self.sources.close)
        self.adapters = self.sources.adapters
        self.in_force = InForce(self.store.stored, self.services, self.sources.say)
        await self.in_force.reload()
        await self._begin_to_live()
        self.changes = Changes(self.in_force, log, recorder, approvers(settings), self.now)
        self.receipts = Receipts(log, self.reader, recorder)
        self.exchange = Exchange(
            in_force=lambda: self.in_force.catalogue,
            reload=self.in_force.reload,
            adapters=self.adapters,
            log=log,
            recorder=recorder,
            lease=self.lease,
            refusals=self.refusals,
            interrupter=self.interrupter,
            trouble=self.trouble,
            clock=self.now,
            synthetic=settings.demonstration,
            processes=lambda: self.processes,
        )
        self._measure()

    def _measure(self) -> None:
        self.metrics.sources(self.sources.look)
        self.metrics.gauge(
            "fidus_policy_epoch", "Rises with each change of the policy", lambda: self.catalogue.epoch
        )
        self.metrics.gauge(
            "fidus_consultations_under_way",
            "Consultations that have not ended yet",
            lambda: self.interrupter.under_way,
        )
        self.metrics.family("fidus_expires_seconds", expiry.TEXT, ("kind", "name"), self._ends)
        self.metrics.family("fidus_revocation", revocation.TEXT, ("issuer", "freshness"), self._freshness)

    def _ends(self) -> Iterator[tuple[tuple[str, str], float]]:
        now, trust = self.now(), self.trust
        ends = (*self.files_end, *expiry.of_trust(trust), *expiry.of_catalogue(self.catalogue, trust, now))
        for one in expiry.soonest(ends):
            yield (one.kind, one.name), one.seconds_left(now)

    def _freshness(self) -> Iterator[tuple[tuple[str, str], float]]:
        for one in self.trust.revocation.watched:
            yield (one.name, one.freshness(self.now())), 1.0

    async def _begin_to_live(self) -> None:
        """Take a lease, and end what processes that are gone left open."""
        log, recorder = self.log, self.recorder
        self.refusals = Refusals(log, recorder, self.now)
        self.lease = Lease(log)
        self.interrupter = Interrupter(
            log, recorder, lambda: self.store.left_behind(self.lease.id), self.reader.entry, self.now
        )
        await self.lease.bury(await asyncio.to_thread(self.store.former))
        await self.lease.ensure()
        self._held.push_async_callback(self._take_leave)
        await self.sweep()

    async def close(self) -> None:
        """Write what is counted, give back the lease, publish the log to its end, let go of everything."""
        await self._held.aclose()

    async def _take_leave(self) -> None:
        try:
            await self.refusals.flush()
            await self.lease.end()
        except AuditUnavailable as error:
            self.trouble.duty("close", error)

    async def _publish_last(self) -> None:
        try:
            await self.publish()
        except (AuditUnavailable, PublishingRefused, OSError) as error:
            self.trouble.duty("publish", error)

    @property
    def catalogue(self) -> Catalogue:
        """What is in force."""
        return self.in_force.catalogue

    async def consult(
        self,
        caller: Caller,
        flow_id: str,
        body: bytes | FidusError,
        traces: TraceIds,
        channel: Channel = Channel.API,
    ) -> Consulted:
        """See `HubProtocol.consult`."""
        begun = time.perf_counter()
        end = "internalServerError"
        try:
            consulted = await self.exchange.consult(caller, flow_id, body, channel, traces)
            end = consulted.outcome.value
            return consulted
        except FidusError as error:
            if isinstance(error, IdentityRejected):
                self.stranger(error.reason)
            end = reason_of(error)
            raise
        finally:
            flow = own_flow(self.catalogue, caller.institution, flow_id)
            if flow is not None:
                self.metrics.consulted(flow.id, flow.service, end, time.perf_counter() - begun)

    async def receipt(self, caller: Caller, consultation_id: str, _traces: TraceIds) -> Mapping[str, Any]:
        """See `HubProtocol.receipt`."""
        return await in_time(self.receipts.receipt(caller, consultation_id))

    async def used_today(self, flow_id: str) -> int:
        """See `HubProtocol.used_today`."""
        return await in_time(asyncio.to_thread(self.reader.counter, day_counter(flow_id, self.now())))

    async def health(self) -> Health:
        """See `HubProtocol.health`. Trusted for a second."""
        if self.leaving:
            return Health.DOWN
        asked, known = self._health
        if time.monotonic() - asked > HEALTH_TRUSTED_FOR_S:
            well = Health.DEGRADED if self._alarming() else Health.UP
            known = well if await self._can_write() else Health.DOWN
            self._health = (time.monotonic(), known)
        return known

    async def state(self) -> Mapping[str, Any]:
        """Health in detail, for the operator: live, ready, each source, the log."""
        states = await self.sources.reachable()
        ready = await self._can_write()
        log = self.log.stopped_because or self.log.failed_because or ("writable" if ready else "not readable")
        return {
            "live": True,
            "ready": ready and not self.leaving,
            "log": log,
            "epoch": self.catalogue.epoch,
            "flows": len(self.catalogue.flows),
            "sources": states,
            "gates": self.sources.look(),
            "revocation": {one.name: one.freshness(self.now()) for one in self.trust.revocation.watched},
        }

    def stranger(self, reason: IdentityReason | str) -> None:
        """See `HubProtocol.stranger`."""
        self.metrics.stranger(str(reason))
        self.refusals.count(None, str(reason))

    async def refused(
        self, caller: Caller, error: FidusError, traces: TraceIds, flow_id: str | None = None
    ) -> FidusError:
        """See `HubProtocol.refused`."""
        return await self.exchange.refuse(caller, flow_id or "", error, traces)

    async def publish(self) -> None:
        """Bring the published files up to the store. Raises AuditUnavailable where the two contradict each
        other, OSError where writing fails."""
        try:
            await asyncio.to_thread(self.publisher.publish)
        except PublishingRefused as error:
            raise AuditUnavailable(str(error)) from None

    async def sweep(self) -> None:
        """Count who lives, bury who does not, and end the consultations that were left behind."""
        gone, self.processes = await asyncio.to_thread(self.store.census, self.lease.id)
        await self.lease.bury(gone)
        await self.interrupter.sweep()

    def _alarming(self) -> bool:
        """Whether some issuer's list of revoked certificates is about to end, or has ended."""
        return any(one.freshness(self.now()).is_alarming for one in self.trust.revocation.watched)

    async def _can_write(self) -> bool:
        if self.log.stopped_because is not None or not self.lease.alive():
            return False
        if self.log.failed_because is not None:  # each renewal of the lease tries anew
            return False
        try:
            await in_time(asyncio.to_thread(self.reader.head))
        except AuditUnavailable:
            return False
        return self.log.failed_because is None

    def _fail(self, reason: str) -> None:
        """The log says that this process must end."""
        self.failed_because = reason
        self.on_failure()


def approvers(settings: Settings) -> Approvers:
    """Who may approve a catalogue of this hub."""
    named = settings.catalogue
    return Approvers(named.approvers, named.approvals_needed, settings.log.origin)
