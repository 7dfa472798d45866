"""Approvals of a catalogue: signed notes of named approvers, good for one hub, one change and no other
(formats.md §5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from audit.note import LOG, NoteKey, VerifierKey, open_note
from fidus.errors import ConfigurationFault, ConfigurationInvalid

_NOTHING_IN_FORCE = "0" * 64
_FIRST_LINE = "fidus-catalogue"


def approval_text(origin: str, in_force: bytes, digest: bytes) -> str:
    """What an approver signs: at the hub `origin`, `digest` may replace `in_force` (b"" where nothing is)."""
    return "\n".join((_FIRST_LINE, origin, in_force.hex() or _NOTHING_IN_FORCE, digest.hex(), ""))


def make_approval(key: NoteKey, origin: str, in_force: bytes, digest: bytes) -> str:
    """The content of a FILE.sig: approval of this change by the holder of `key`.

    Raises ValueError for the key of a witness, which signs something else.
    """
    text = approval_text(origin, in_force, digest)
    return f"{text}\n{key.sign(text)}"


def check_approvals(
    approvals: Sequence[str],
    approvers: Iterable[str],
    needed: int,
    origin: str,
    in_force: bytes,
    digest: bytes,
) -> tuple[str, ...]:
    """The sorted names of those who approved this change.

    `approvals`: contents of FILE.sig. `approvers`: verifier keys of whoever may approve; a name is one
    approver, by whatever number of notes and keys.
    Raises ConfigurationInvalid for an approval that is not good for this change, and for too few of them.
    """
    keys = _keys(approvers)
    text = approval_text(origin, in_force, digest)
    faults: list[ConfigurationFault] = []
    signers: list[VerifierKey] = []
    for number, note in enumerate(approvals, start=1):
        try:
            opened = open_note(note, keys)
        except ValueError as error:
            cure = "Give the approval of a person whom fidus.toml names in catalogue.approvers"
            faults.append(ConfigurationFault(f"approval {number}", 0, str(error), cure))
            continue
        signers.extend(opened.signers)
        if opened.text != text:
            problem = _difference(opened.text.split("\n"), text.split("\n"))
            cure = "Have these files approved with `fidus flow approve`"
            faults.append(ConfigurationFault(f"approval {number}", 0, problem, cure))
    names = tuple(sorted({signer.name for signer in signers}))
    if not faults and len(names) < needed:
        problem = f"{len(names)} of {needed} approvals are given"
        cure = "Have these files approved by another person with `fidus flow approve`"
        faults.append(ConfigurationFault("approvals", 0, problem, cure))
    if faults:
        raise ConfigurationInvalid(tuple(faults))
    return names


def _keys(approvers: Iterable[str]) -> tuple[VerifierKey, ...]:
    keys: list[VerifierKey] = []
    faults: list[ConfigurationFault] = []
    for number, vkey in enumerate(approvers, start=1):
        try:
            key = VerifierKey.parse(vkey)
            if key.kind is not LOG:
                raise ValueError("The key of a witness approves nothing")
            if any(key.public == other.public and key.name != other.name for other in keys):
                raise ValueError("The same key stands under another name too")
            keys.append(key)
        except ValueError as error:
            cure = "Copy the verifier key that the approver made"
            faults.append(ConfigurationFault("fidus.toml", 0, f"catalogue.approvers {number}: {error}", cure))
    if faults:
        raise ConfigurationInvalid(tuple(faults))
    return tuple(keys)


def _difference(found: Sequence[str], wanted: Sequence[str]) -> str:
    if len(found) != len(wanted) or found[0] != wanted[0]:
        return "it approves something else than a catalogue"
    if found[1] != wanted[1]:
        return "it approves for another hub"
    if found[2] != wanted[2]:
        return "it approves a change of what was in force at another time"
    return "it approves other files"
