"""The log as its readers meet it: verified, exported, read over https and http, searched, with receipts."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import HTTPSHandler, build_opener

import pytest

from audit.checkpoint import open_checkpoint
from audit.files_verify import Report, verify_files
from audit.note import VerifierKey
from audit.proof import Inclusion
from audit.receipt import verify_receipt
from audit.tilereader import TileReader
from mocks.people import Person
from tests.journeys.commands import fidus
from tests.journeys.journal import Journal
from tests.journeys.trial import CONTEXT
from tests.journeys.world import World

pytestmark = pytest.mark.slow


def question(person: Person) -> dict[str, Any]:
    return {"query": {"ssin": person.number}, "context": CONTEXT}


def key(world: World) -> VerifierKey:
    return VerifierKey.parse(world.told["audit"]["vkey"])


def published(world: World, journal: Journal) -> Path:
    """The folder of the published files, with everything that was written so far."""
    return journal.published(Path(world.told["audit"]["directory"]))


def root(leaves: list[bytes]) -> bytes:
    """RFC 6962, §2.1, written down once more: nothing of ours is used to compare ours with."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(leaves[:split]) + root(leaves[split:])).digest()


def leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\0" + entry).digest()


def test_store_and_files_verify(world: World, journal: Journal) -> None:
    published(world, journal)
    done = fidus("audit", "verify", "--json", home=world.home)
    report = json.loads(done.out)
    assert (done.code, report["ok"], report["faults"]) == (0, True, [])
    assert report["size"] >= 1
    assert len(b64decode(report["root"])) == 32
    told = fidus("audit", "verify", home=world.home)
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("The log is whole: ")


def test_an_exported_copy_verifies_by_itself(world: World, journal: Journal, tmp_path: Path) -> None:
    """Also when it lies elsewhere, and by a key that somebody kept as text or as a file."""
    published(world, journal)
    copy = tmp_path / "copy"
    exported = fidus("audit", "export", str(copy), home=world.home)
    assert exported.code == 0, exported.err
    for vkey in (world.told["audit"]["vkey"], str(copy / "log.vkey")):
        done = fidus("audit", "verify", str(copy), "--vkey", vkey, "--json")
        assert (done.code, json.loads(done.out)["ok"]) == (0, True), done.err
    again = fidus("audit", "export", str(copy), home=world.home)
    assert (again.code, again.out) == (1, "")


def test_the_lines_of_an_export_are_the_leaves_of_the_signed_tree(world: World, journal: Journal) -> None:
    folder = published(world, journal)
    checkpoint = open_checkpoint((folder / "checkpoint").read_text(), key(world))
    lines = (
        world.run("audit", "export", "--ndjson", "--to", str(checkpoint.size)).stdout.encode().splitlines()
    )
    assert len(lines) == checkpoint.size
    assert root([leaf(line) for line in lines]) == checkpoint.root
    assert exported(world, "--from", "2", "--to", "5") == lines[2:5]


def exported(world: World, *words: str) -> list[bytes]:
    done = fidus("audit", "export", "--ndjson", *words, home=world.home)
    assert done.code == 0, done.err
    return done.out.encode().splitlines()


def test_auditors_verify_over_https(world: World, journal: Journal) -> None:
    """With the certificate of an institution's auditor; entry by entry, as from the files themselves."""
    published(world, journal)
    client = world.client("municipality-address")
    opener = build_opener(HTTPSHandler(context=client.context()))
    reader = TileReader.open(f"{world.told['api']}/fidus/v1/auditLog", opener)
    report = verify_files(reader, key(world))
    assert report == Report(report.size, report.root, ())
    assert report.size >= 1
    assert reader.entry(report.size - 1, report.size) == journal.reader.entry(report.size - 1)


def test_anybody_verifies_a_mirror_over_http(world: World, journal: Journal) -> None:
    folder = published(world, journal)
    with mirror(folder) as url:
        done = fidus("audit", "verify", url, "--vkey", world.told["audit"]["vkey"], "--json")
    assert (done.code, json.loads(done.out)["ok"]) == (0, True), done.err


@contextmanager
def mirror(folder: Path) -> Iterator[str]:
    """A plain web server over these files."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_earlier_receipts_hold_against_later_checkpoints(
    trial: World, journal: Journal, people: Iterator[Person]
) -> None:
    client, body = trial.client("trial-address"), question(next(people))
    answer = trial.consult("trial-address", body).body
    for _ in range(5):
        trial.consult("trial-address", question(next(people)))
    later = client.get(f"/consultations/{answer['consultationId']}/receipt").body
    assert later.keys() == {"consultationId", "outcome", "receipt"}
    assert (later["outcome"], later["receipt"]["index"]) == ("found", answer["receipt"]["index"])
    assert later["receipt"]["nonce"] == answer["receipt"]["nonce"]
    then, now = (
        open_checkpoint(Inclusion.parse(one["receipt"]["proof"]).note, key(trial)) for one in (answer, later)
    )
    assert now.size >= then.size + 10
    renewed = {**answer, "receipt": later["receipt"]}
    for held in (answer, later, renewed):
        assert verify_receipt(held, key(trial)).ok
    assert verify_receipt(renewed, key(trial), json.dumps(body).encode()).ok
    leaves = [leaf(entry) for entry in journal.reader.entries(0, now.size)]
    assert (root(leaves[: then.size]), root(leaves)) == (then.root, now.root)


def test_a_changed_answer_or_question_is_found_out(
    trial: World, people: Iterator[Person], tmp_path: Path
) -> None:
    body = question(next(people))
    answer = trial.consult("trial-address", body).body
    changed = json.loads(json.dumps(answer))
    changed["data"]["address"]["houseNumber"] += "A"
    other = {**body, "context": {**CONTEXT, "caseReference": "another case"}}
    for name, content in (("answer", answer), ("body", body), ("changed", changed), ("other", other)):
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    twice = f'{{"data": {json.dumps(changed["data"])}, {json.dumps(answer)[1:]}'
    (tmp_path / "twice").write_text(twice, encoding="utf-8")
    vkey = ("--vkey", trial.told["audit"]["vkey"])

    def verify(held: str, sent: str) -> int:
        words = ("receipt", "verify", str(tmp_path / held), "--request", str(tmp_path / sent))
        return fidus(*words, *vkey).code

    assert verify("answer", "body") == 0
    assert verify("changed", "body") == 1
    assert verify("twice", "body") == 1
    assert verify("answer", "other") == 1


def test_a_failure_has_a_receipt_too(trial: World, people: Iterator[Person]) -> None:
    person = next(people)
    trial.fault(kind="soapFault", count=1, key=person.number)
    problem = trial.consult("trial-address", question(person)).body
    receipt = trial.client("trial-address").get(f"/consultations/{problem['consultationId']}/receipt").body
    assert receipt["outcome"] == "failed"
    assert verify_receipt(receipt, key(trial)).ok


def test_a_receipt_is_for_whom_it_concerns(trial: World, journal: Journal, people: Iterator[Person]) -> None:
    """Another's and an unknown consultation read the same; one that is under way is a conflict."""
    answer = trial.consult("trial-address", question(next(people))).body
    path = f"/consultations/{answer['consultationId']}/receipt"
    nobodys = path.replace(answer["consultationId"][:8], "00000000")
    replies = [trial.client("trial-confirm").get(path), trial.client("trial-address").get(nobodys)]
    assert {(reply.status, reply.body["type"]) for reply in replies} == {
        (404, "urn:problem-type:belgif:resourceNotFound")
    }
    slow, size = next(people), journal.size()
    trial.fault(kind="delay", seconds=1.5, count=1, key=slow.number)
    asking = threading.Thread(target=trial.consult, args=("trial-address", question(slow)))
    asking.start()
    while journal.size() == size:
        time.sleep(0.02)
    intent = journal.entries(size)[0]
    reply = trial.client("trial-address").get(f"/consultations/{intent['consultation']}/receipt")
    asking.join()
    assert (reply.status, reply.body["type"]) == (409, "urn:problem-type:fidus:conflict")


def test_a_search_by_person_is_an_entry(trial: World, journal: Journal, people: Iterator[Person]) -> None:
    """It finds the question and the search before it; what was looked for stands under its seal only."""
    person = next(people)
    consultation = trial.consult("trial-address", question(person)).body["consultationId"]
    for nth in range(2):
        size = journal.size()
        words = ("audit", "search", "--person", "-", "--json")
        done = fidus(*words, home=trial.home, stdin=person.number + "\n")
        rows = json.loads(done.out)["rows"]
        assert [row["kind"] for row in rows] == ["read"] * nth + ["intent"]
        assert rows[-1]["consultation"] == consultation
        assert person.number not in done.out
        (entry,) = journal.entries(size)
        assert entry["kind"] == "read"
        assert entry["read"] == {"act": "search", "query": ["identifier"], "count": 1 + nth}
        assert journal.subjects(entry) == {person.number: "asked"}
