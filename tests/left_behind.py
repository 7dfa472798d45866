"""After the last test, all that the tests made programs write is searched for people: a leak that no test
looks for is found all the same. Each worker searches its own folder; a run that left anybody has failed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

import pytest

from fidus.identifiers import Ssin
from mocks.population import population
from tests.fidus.questions import person
from tests.silence import Seeker

TESTS: Final = Path(__file__).parent
# What may tell of people, by its path below the run's folder, and why.
MAY_TELL: Final = (
    "*/demo.json",  # whom to ask about, for whoever plays an institution
    "*/show/answer.json",  # what the show asked and was answered, likewise
    "*/show/body.json",
    "*.out",  # the same, as it was printed
    "*/printed",
    "*/cbe.db*",  # what everybody may have: enterprises bear names of people
    "*/cbe.loading*",
    "*/obvious.db*",  # the store of what the bench compares the hub with: written as anyone would at first
    "test_a_changed_answer_or_quest*",  # what an institution holds, to have its receipt verified
    "test_a_page_that_is_missing*",  # the contracts' invented people
    "test_zeep_calls_every_service*",  # likewise, in SOAP
    "test_whoever_is_told_of*",  # from here on: what shows that the search finds them
    "test_a_run_that_leaves*",
    "test_files_and_their_names*",
    "test_what_was_deleted*",
)
TOLD: Final = pytest.StashKey[list[str]]()
_TOLD: Final = "told"


def seeker() -> Seeker:
    """Everybody whom a test may ask about: the population, and the numbers that tests make or write down."""
    people = population()
    numbers = {*people.persons, *(case.number for case in people.cases.values())}
    numbers |= {former.number for one in people.persons.values() for former in one.formers}
    numbers |= {person(serial) for serial in range(2000)}
    for file in TESTS.rglob("*.py"):
        written = re.findall(r"(?<![0-9])[0-9]{11}(?![0-9])", file.read_text(encoding="utf-8"))
        numbers |= {number for number in written if _is_synthetic(number)}
    return Seeker(numbers, {one.family_name for one in people.persons.values()})


def _is_synthetic(number: str) -> bool:
    try:
        return Ssin.parse(number, synthetic=True).value == number
    except ValueError:
        return False


def told_below(folder: Path) -> Iterator[str]:
    """What the files below a folder tell of whom. Files with one content are read once."""
    searching, seen = seeker(), set()
    for file in sorted(folder.rglob("*")):
        path = str(file.relative_to(folder))
        if any(fnmatch(path, pattern) for pattern in MAY_TELL) or file.is_symlink() or not file.is_file():
            continue
        data = file.read_bytes()
        digest = hashlib.blake2b(data).digest()
        known = searching.find(path.encode()) | (set() if digest in seen else searching.find(data))
        seen.add(digest)
        yield from (f"{path} tells of {one}" for one in sorted(known))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Search the folder of this process; a worker hands what it found to the one that reports."""
    config: Any = session.config
    folder = config._tmp_path_factory._basetemp
    is_worker = hasattr(config, "workerinput")
    if folder is not None and (is_worker or not config.getoption("numprocesses", None)):
        config.stash[TOLD] = [*config.stash.get(TOLD, []), *told_below(folder)]
    if is_worker:
        config.workeroutput[_TOLD] = config.stash.get(TOLD, [])
    elif config.stash.get(TOLD, []):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """A worker has ended; one that crashed has told nothing."""
    told = getattr(node, "workeroutput", {}).get(_TOLD, [])
    node.config.stash[TOLD] = [*node.config.stash.get(TOLD, []), *told]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say whom the tests left behind, and where."""
    told = config.stash.get(TOLD, [])
    if told:
        terminalreporter.section("people were left behind in files", red=True)
        for line in told:
            terminalreporter.line(line)
