"""The policy changes by an entry of the log or not at all, and of two changes at once one is made."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from audit.canonical import b64
from audit.note import NoteKey
from fidus.approvals import make_approval
from fidus.catalogue import digest
from fidus.changes import LONGEST_REASON, Applied, Approvers, Changes
from fidus.errors import AuditUnavailable, ConfigurationInvalid, Conflict
from fidus.inforce import InForce
from tests.fidus.questions import FILES, confirming, flow_file, institution_file

if TYPE_CHECKING:
    from tests.fidus.desk import Desk

DATABASES = ("sqlite", "postgresql")

MORE = {**FILES, "town/town-more.toml": flow_file()}
ANN, BOB = (NoteKey(name, bytes([number]) * 32) for number, name in enumerate(("ann", "bob"), start=1))


def test_an_apply_puts_all_files_in_force_and_says_so(desk: Desk) -> None:
    files = {
        **{path: text for path, text in MORE.items() if path != "town/town-whole.toml"},
        "housing/housing-confirm.toml": confirming(max_guesses="3"),
    }
    applied = desk.run(desk.changes.apply(files, ()))
    assert applied == Applied(digest(files), 1, ("town-more",), ("housing-confirm",), ("town-whole",))
    assert desk.in_force.catalogue.flows.keys() == {
        "town-address",
        "town-more",
        "housing-confirm",
        "housing-discreet",
    }
    assert (desk.in_force.catalogue.epoch, desk.stored().files) == (2, files)
    first, entry = desk.entries("admin")
    assert first["admin"]["added"] == ["housing-confirm", "housing-discreet", "town-address", "town-whole"]
    assert entry["admin"] == {
        "act": "apply",
        "object": "catalogue",
        "digest": b64(digest(files)),
        "approvedBy": [],
        "added": ["town-more"],
        "changed": ["housing-confirm"],
        "removed": ["town-whole"],
    }
    assert entry.keys() == {"v", "kind", "at", "admin"}


def test_what_is_in_force_already_changes_nothing(desk: Desk) -> None:
    assert desk.run(desk.changes.apply(FILES, ())) == Applied(digest(FILES), None)
    assert desk.in_force.catalogue.epoch == len(desk.entries()) == 1


def test_a_bad_file_changes_nothing(desk: Desk) -> None:
    bad = {**MORE, "town/town-bad.toml": flow_file(fields='["nothing"]'), "town/x.toml": b"="}
    with pytest.raises(ConfigurationInvalid) as error:
        desk.run(desk.changes.apply(bad, ()))
    assert {fault.file for fault in error.value.faults} == {"town/town-bad.toml", "town/x.toml"}
    assert desk.in_force.catalogue.epoch == len(desk.entries()) == 1


def test_a_word_about_a_source_is_an_entry_with_its_reason_sealed_and_raises_the_epoch(desk: Desk) -> None:
    assert desk.run(desk.changes.say("national-register", "block", "it answers nonsense")) == 1
    assert (desk.in_force.catalogue.epoch, desk.in_force.words) == (2, {"national-register": "block"})
    entry = desk.entries("admin")[-1]
    assert entry["admin"] == {"act": "blockSource", "object": "national-register"}
    assert "nonsense" not in str(entry)
    assert desk.run(desk.changes.say("national-register", "allow", "a trial")) == 2
    assert desk.run(desk.changes.say("national-register", "auto", "over")) == 3
    assert [one["admin"]["act"] for one in desk.entries("admin")[2:]] == ["allowSource", "autoSource"]
    assert desk.in_force.words.get("national-register", "") == ""


@pytest.mark.parametrize(
    ("word", "reason", "why"),
    [
        ("auto", "x", "on auto already"),
        ("open", "x", "one of allow, auto, block"),
        ("block", "x" * (LONGEST_REASON + 1), "at most"),
    ],
)
def test_a_word_that_says_nothing_is_no_entry(desk: Desk, word: str, reason: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        desk.run(desk.changes.say("national-register", word, reason))
    assert len(desk.entries()) == 1


def test_approvers_have_to_approve_this_very_change(desk: Desk) -> None:
    origin = desk.key.name
    changes = desk.changes_by(Approvers((ANN.vkey, BOB.vkey), 2, origin))
    notes = [make_approval(key, origin, digest(FILES), digest(MORE)) for key in (ANN, BOB)]
    elsewhere = [make_approval(key, "another", digest(FILES), digest(MORE)) for key in (ANN, BOB)]
    for given in ([], notes[:1], [notes[0], notes[0]], elsewhere):
        with pytest.raises(ConfigurationInvalid):
            desk.run(changes.apply(MORE, given))
    assert len(desk.entries()) == 1
    desk.run(changes.apply(MORE, notes))
    assert desk.entries()[-1]["admin"]["approvedBy"] == ["ann", "bob"]
    with pytest.raises(ConfigurationInvalid):  # what was approved once is not approved again
        desk.run(changes.apply(FILES, notes))


def test_a_catalogue_too_large_to_list_is_told_by_its_digest(desk: Desk) -> None:
    many = {f"town/{'town-' * 10}{number:04}.toml": flow_file() for number in range(900)}
    applied = desk.run(desk.changes.apply({**FILES, **many}, ()))
    assert len(applied.added) == 900
    assert desk.entries()[-1]["admin"].keys() == {"act", "object", "digest", "approvedBy"}
    assert len(desk.in_force.catalogue.flows) == 904


def test_of_two_applies_at_once_one_wins(desk: Desk) -> None:
    async def scene() -> list[Applied | BaseException]:
        both = (desk.changes.apply({**FILES, f"town/town-{n}.toml": flow_file()}, ()) for n in (1, 2))
        return await asyncio.gather(*both, return_exceptions=True)

    told = desk.run(scene())
    (won,) = (one for one in told if isinstance(one, Applied))
    (lost,) = (one for one in told if isinstance(one, Conflict))
    assert "try again" in str(lost)
    assert desk.in_force.catalogue.digest == won.digest
    assert len(desk.entries("admin")) == 2


def test_suspending_and_resuming_are_entries_with_their_reasons_sealed(desk: Desk) -> None:
    first = desk.run(desk.changes.suspend("town-address", "typed by a person"))
    assert desk.in_force.catalogue.suspended == {"town-address"}
    second = desk.run(desk.changes.resume("town-address", "typed by another"))
    assert desk.in_force.catalogue.suspended == frozenset()
    entries = desk.entries()
    for index, act, reason in (
        (first, "suspend", "typed by a person"),
        (second, "resume", "typed by another"),
    ):
        entry = entries[index]
        assert entry["admin"] == {"act": act, "object": "town-address"}
        assert desk.opened_seal(entry)["query"] == {"reason": reason}
        assert reason not in str(entry)
    assert desk.in_force.catalogue.epoch == 3


def test_a_suspension_outlives_an_apply_and_even_its_flow(desk: Desk) -> None:
    desk.run(desk.changes.suspend("town-address", ""))
    without = {path: text for path, text in MORE.items() if path != "town/town-address.toml"}
    desk.run(desk.changes.apply(without, ()))
    desk.run(desk.changes.apply(MORE, ()))
    assert desk.in_force.catalogue.suspended == {"town-address"}
    desk.run(desk.changes.apply(without, ()))
    desk.run(desk.changes.resume("town-address", ""))
    assert desk.in_force.catalogue.suspended == frozenset()


def test_what_cannot_be_toggled_is_said_in_a_sentence(desk: Desk) -> None:
    changes = desk.changes
    with pytest.raises(LookupError, match="no flow town-nothing"):
        desk.run(changes.suspend("town-nothing", ""))
    with pytest.raises(LookupError, match="no flow town-nothing"):
        desk.run(changes.resume("town-nothing", ""))
    with pytest.raises(ValueError, match="town-address is not suspended"):
        desk.run(changes.resume("town-address", ""))
    with pytest.raises(ValueError, match="at most 1000 characters"):
        desk.run(changes.suspend("town-address", "x" * (LONGEST_REASON + 1)))
    desk.run(changes.suspend("town-address", "é" * LONGEST_REASON))
    with pytest.raises(ValueError, match="town-address is already suspended"):
        desk.run(changes.suspend("town-address", ""))


def test_of_two_suspensions_at_once_one_is_an_entry(desk: Desk) -> None:
    async def scene() -> list[int | BaseException]:
        return await asyncio.gather(
            *(desk.changes.suspend("town-address", "") for _ in range(2)), return_exceptions=True
        )

    told = desk.run(scene())
    assert sum(isinstance(one, Conflict) for one in told) == 1
    assert len(desk.entries("admin")) == 2


def test_changes_start_from_what_the_store_holds_now(desk: Desk) -> None:
    in_force = InForce(desk.newer, desk.services)
    other = Changes(in_force, desk.line, desk.recorder, Approvers((), 0, desk.key.name), desk.clock)
    desk.run(other.apply(MORE, ()))
    assert desk.run(desk.changes.apply(MORE, ())).index is None
    assert "town-more" in desk.in_force.catalogue.flows


def test_a_log_that_cannot_be_written_keeps_the_policy(desk: Desk) -> None:
    with desk.locked(), pytest.raises(AuditUnavailable):
        desk.run(desk.changes.apply(MORE, ()))
    assert desk.in_force.catalogue.epoch == 1


def test_an_institution_without_flows_is_in_force(desk: Desk) -> None:
    desk.run(desk.changes.apply({**FILES, "region/institution.toml": institution_file("0999000327")}, ()))
    assert desk.in_force.catalogue.institutions["0999000327"].slug == "region"
