"""A hub before several sources gone bad at once, one row of SIEGES each: another source joins by a row."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from fidus.app import ROOT
from fidus.cli.homes import apply_folder, operate
from fidus.demo.home import prepare, write_settings
from fidus.model import Service
from fidus.services import load_services
from fidus.store.engine import SQLITE
from mocks.faults import EXPIRED_TOKEN, PLAIN_SOAP_KINDS, REPORT, REST_KINDS
from tests.attacks.front import Front, listening
from tests.attacks.hub import DEADLINE_S, HASTE_S, Attacked, Memory, Told, _reader, flow_of
from tests.attacks.jsons import JSON, JSONS
from tests.attacks.wires import WIRES, XML, Wire
from tests.attacks.xmls import XMLS
from tests.journeys.alone import serving
from tests.journeys.trial import CONTEXT, MUNICIPALITY, Extra
from tests.misbehaving import ANSWER, FAULT, UNAVAILABLE

Misdeed = tuple[dict[str, Any], tuple[int, str]]
ON_THE_WIRE: Final = frozenset({"delay", "reset", "slowBody"})  # kinds that WIRES and LATE try
TOKENS: Final = frozenset({"tokenRefused", "tokenDown"})  # kinds that need a token that has ended


@dataclass(frozen=True)
class Siege:
    """One source. `answers`: what it says wrongly. `not_wrong`: names of WIRES that mean something there.
    `misdeeds`: of its mock, with what each leads to. `tokens`: the path at which it gives them. `unasked`:
    services that are told by what the hub holds itself. `blind`: kind of a misbehaviour -> services that can
    not see it."""

    slug: str
    media: str
    answers: tuple[Wire, ...]
    not_wrong: frozenset[str]
    misdeeds: tuple[Misdeed, ...]
    tokens: str | None = None
    unasked: frozenset[str] = frozenset()
    blind: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def before(self, kind: str) -> Siege:
        """With the services alone that can see this misbehaviour."""
        return replace(self, unasked=self.unasked | self.blind.get(kind, frozenset()))

    @property
    def services(self) -> Mapping[str, Service]:
        """Every service of the source, as the manifest has it, but for those that never ask it."""
        every = load_services(ROOT / "adapters")
        own = {name: one for name, one in every.items() if name.startswith(f"{self.slug}/")}
        return {name: one for name, one in own.items() if name not in self.unasked}

    @property
    def wrongs(self) -> tuple[Wire, ...]:
        """All that can be said on its wire at once, and is no answer."""
        return (*self.answers, *(wire for wire in WIRES if wire.name not in self.not_wrong))

    @property
    def hasty(self) -> str:
        """The same source under another name, with less patience."""
        return f"hasty-{self.slug}"


OF_REST: Final[tuple[Misdeed, ...]] = (
    ({"kind": "status", "status": 429}, UNAVAILABLE),
    ({"kind": "status", "status": 404}, FAULT),
    ({"kind": "truncate", "bytes": 200}, ANSWER),
    ({"kind": "hugeBody", "bytes": 3_000_000}, ANSWER),
    ({"kind": "wrongSubject"}, ANSWER),
    ({"kind": "duplicateMember"}, ANSWER),
)
SIEGES: Final = (
    Siege(
        "div",
        JSON,
        JSONS,
        # 204: nothing is registered. 401: a new token is asked for, once.
        frozenset(
            {
                "json-media-type-of-a-good-answer",
                "status-204-with-a-good-answer",
                "status-401-with-a-good-answer",
            }
        ),
        (
            *OF_REST,
            ({"kind": EXPIRED_TOKEN, "count": 2}, FAULT),
            ({"kind": "tokenRefused"}, FAULT),
            ({"kind": "tokenDown"}, UNAVAILABLE),
        ),
        "/oauth2/token",
    ),
    Siege(
        "urbis",
        JSON,
        JSONS,
        frozenset({"json-media-type-of-a-good-answer"}),
        (*OF_REST, ({"kind": REPORT}, FAULT)),
    ),
    Siege(
        "cbe",
        XML,
        XMLS,
        frozenset(),
        (
            ({"kind": "status", "status": 429}, UNAVAILABLE),
            ({"kind": "status", "status": 500}, FAULT),
            ({"kind": "truncate", "bytes": 200}, ANSWER),
            ({"kind": "hugeBody", "bytes": 3_000_000}, ANSWER),
            ({"kind": "doctype"}, ANSWER),
            ({"kind": "wrongSubject"}, ANSWER),
            ({"kind": "replayed"}, ANSWER),
            ({"kind": "soapFault"}, FAULT),
            ({"kind": "errorCode", "code": 2}, FAULT),
            ({"kind": "errorCode", "code": 10}, FAULT),
            ({"kind": "errorCode", "code": 20}, UNAVAILABLE),
        ),
        unasked=frozenset({"cbe/changes"}),
        # How names sound, the bank alone judges: whomever it lists may be meant.
        blind={"wrongSubject": frozenset({"cbe/search"})},
    ),
)


class Besieged(Attacked):
    """A hub, the bad sources behind it by slug, and an institution that asks."""

    source: Any  # dict[str, Front]

    def ask(self, service: str, source: str | None = None) -> Told:
        """The example question of a service. `source`: under this name."""
        slug = service.partition("/")[0]
        example = load_services(ROOT / "adapters")[service].example
        body = json.dumps({"query": dict(example), "context": CONTEXT}, default=str)
        return self.call("POST", f"/flows/{flow_of(service, source or slug)}/consult", body)

    def front(self, slug: str) -> Front:
        """The bad source itself."""
        front: Front = self.source[slug]
        return front


@contextmanager
def besieged(folder: Path, database: str | None = None) -> Iterator[Besieged]:
    """A hub with a flow for each service of SIEGES, patient and hasty. `database`: None for a file."""
    home = prepare(folder, ROOT / "flows")
    for siege in SIEGES:
        for service in siege.services.values():
            fields = json.dumps(list(service.contracts["v1"]))
            for source in (siege.slug, siege.hasty):
                name = flow_of(service.id, source)
                text = Extra(name, MUNICIPALITY, f"{source}/{service.id.partition('/')[2]}").text()
                text = text.replace('fields = ["address"]', f"fields = {fields}")
                (home.flows / MUNICIPALITY / f"{name}.toml").write_text(text, encoding="utf-8")
    fronts = [Front(home, siege.slug, siege.media, siege.tokens) for siege in SIEGES]
    with listening(fronts):
        urls = {front.slug: front.url for front in fronts}
        write_settings(home, urls, database=database or SQLITE)
        _hurry(folder / "fidus.toml", urls)
        with serving(home) as hub, closing(_reader(folder, database)) as reader:
            apply_folder(home.folder, home.flows, [])
            for siege in SIEGES:
                why = "many late answers are no reason to rest"
                operate(home.folder, "say", {"source": siege.hasty, "word": "allow", "reason": why})
            sources: Any = {front.slug: front for front in fronts}
            under = Besieged(hub, sources, Memory(hub.process.pid), reader)
            try:
                yield under
            finally:
                under.leave()


def _hurry(settings: Path, urls: Mapping[str, str]) -> None:
    """A deadline for each source, and each source once more, with a shorter one."""
    text = settings.read_text(encoding="utf-8")
    hasty = ""
    for slug in urls:
        section = re.search(rf"(?ms)^\[sources\.{slug}\]\n(.*?)(?=^\[|\Z)", text)
        assert section is not None
        options = section[1].replace("timeout_s = 10", f"timeout_s = {HASTE_S}")
        hasty += f'\n[sources.hasty-{slug}]\nadapter = "{slug}"\n{options}'
    text = text.replace("timeout_s = 10", f"timeout_s = {DEADLINE_S}")
    settings.write_text(text + hasty, encoding="utf-8")


def every_kind_is_tried(siege: Siege) -> bool:
    """Whether each misbehaviour that a source of this protocol has is tried on it."""
    kinds = set(REST_KINDS if siege.media == JSON else PLAIN_SOAP_KINDS) - ON_THE_WIRE
    return kinds <= {fault["kind"] for fault, _ in siege.misdeeds}
