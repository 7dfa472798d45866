"""Files become one catalogue, or nothing changes and every fault of every file is told."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidus import catalogue
from fidus.catalogue import digest, parse_catalogue, read_files
from fidus.errors import ConfigurationFault, ConfigurationInvalid
from fidus.model import Service
from fidus.tomlfile import MAX_BYTES

TITLE = {"fr": "f", "nl": "n", "de": "d", "en": "e"}
TEXTS = '{ fr = "f", nl = "n", de = "d", en = "e" }'
SERVICES = {"r/age": Service("r/age", TITLE, (), {"v1": {"age": ("age",)}}, {}, {})}
KEY = """
[[keys]]
spki_sha256 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
roles = ["exchange"]
valid_from = 2026-01-01
valid_until = 2026-12-31
"""
FLOW = f"""
service = "r/age"
contract = "v1"
mode = "data"
purpose = {TEXTS}
legal_basis = ["an invented law"]
fields = ["age"]
channels = ["api"]
valid_from = 2026-02-01
valid_until = 2028-01-31
quota = {{ per_second = 20, per_day = 5000 }}
""".encode()


def institution(number: str = "0999000129", keys: str = "") -> bytes:
    return f'number = "{number}"\nkind = "institution"\nname = {TEXTS}\n{keys}'.encode()


FILES = {
    "town/institution.toml": institution(),
    "town/town-age.toml": FLOW,
    "region/institution.toml": institution("0999000228", KEY),
    "region/region-age.toml": FLOW + b"# another",
}


def faults(files: dict[str, bytes]) -> list[ConfigurationFault]:
    with pytest.raises(ConfigurationInvalid) as error:
        parse_catalogue(files, SERVICES, 1)
    return list(error.value.faults)


def test_each_folder_is_an_institution_with_its_flows() -> None:
    book = parse_catalogue(FILES, SERVICES, 7, frozenset({"former"}))
    assert {number: one.slug for number, one in book.institutions.items()} == {
        "0999000129": "town",
        "0999000228": "region",
    }
    assert {flow.id: flow.institution for flow in book.flows.values()} == {
        "town-age": "0999000129",
        "region-age": "0999000228",
    }
    assert (book.epoch, book.suspended, book.services) == (7, frozenset({"former"}), SERVICES)
    assert book.digest == digest(FILES)


def test_an_institution_may_have_no_flow() -> None:
    assert parse_catalogue({"town/institution.toml": institution()}, SERVICES, 1).flows == {}


def test_the_digest_is_over_paths_sorted_as_bytes() -> None:
    files = {"a-b/x.toml": b"2", "a/x.toml": b"1"}
    lines = (
        b"a-b/x.toml\0" + sha256(b"2").hexdigest().encode() + b"\n",
        b"a/x.toml\0" + sha256(b"1").hexdigest().encode() + b"\n",
    )
    assert digest(files) == digest(dict(reversed(files.items()))) == sha256(b"".join(lines)).digest()


@given(st.dictionaries(st.text("ab/.", max_size=3), st.binary(max_size=2), max_size=3), st.data())
def test_any_change_of_a_file_changes_the_digest(files: dict[str, bytes], data: st.DataObject) -> None:
    other = data.draw(st.dictionaries(st.text("ab/.", max_size=3), st.binary(max_size=2), max_size=3))
    assert (digest(files) == digest(other)) is (files == other)


def test_all_faults_of_all_files_are_told_at_once_in_order() -> None:
    broken = FILES | {
        "region/region-age.toml": FLOW.replace(b"r/age", b"r/income").replace(b"5000", b"0"),
        "region/second.toml": FLOW.replace(b"r/age", b"r/income"),
        "town/institution.toml": institution("0999000128"),
        "town/town-age.toml": b"service = ",
    }
    assert [(fault.file, fault.line) for fault in faults(broken)] == [
        ("region/region-age.toml", 2),
        ("region/region-age.toml", 11),
        ("region/second.toml", 2),
        ("town/institution.toml", 1),
        ("town/town-age.toml", 1),
    ]


@pytest.mark.parametrize(
    ("more", "file", "problem"),
    [
        pytest.param(
            {"city/institution.toml": institution()},
            "town/institution.toml",
            "its enterprise number is taken already, in city/institution.toml",
            id="number-of-another",
        ),
        pytest.param(
            {"town/institution.toml": institution(keys=KEY)},
            "town/institution.toml",
            "its key is taken already, in region/institution.toml",
            id="key-of-another",
        ),
        pytest.param(
            {"region/institution.toml": institution("0999000228", KEY + KEY)},
            "region/institution.toml",
            "its key is taken already, in region/institution.toml",
            id="key-twice",
        ),
        pytest.param(
            {"town/region-age.toml": FLOW},
            "town/region-age.toml",
            "its flow id is taken already, in region/region-age.toml",
            id="flow-id-of-another",
        ),
        pytest.param(
            {"city/x.toml": FLOW}, "city/institution.toml", "there is no such file", id="no-institution"
        ),
    ],
)
def test_what_belongs_to_one_is_given_once(more: dict[str, bytes], file: str, problem: str) -> None:
    (fault,) = faults(FILES | more)
    assert (fault.file, fault.problem) == (file, problem)
    assert fault.cure


@pytest.mark.parametrize(
    "path",
    [
        "institution.toml",
        "town/sub/x.toml",
        "town/x.TOML",
        "town/x.txt",
        "town/.toml",
        "town/.x.toml",
        "town/Age.toml",
        "town/a_b.toml",
        "town/é.toml",
        f"town/{'x' * 65}.toml",
        "../town/x.toml",
        "/town/x.toml",
        "town//x.toml",
        "town/x.toml\n",
        "town\\x.toml",
        "town/x.toml/",
        "town/\udcff.toml",
        "",
    ],
)
def test_a_path_that_is_none_of_a_flow_file_is_refused(path: str) -> None:
    (fault,) = faults(FILES | {path: FLOW})
    assert fault.problem == "this is no path of a flow file"
    assert str(fault).encode()
    assert "\n" not in str(fault)


def test_the_longest_name_is_64_characters() -> None:
    assert "x" * 64 in parse_catalogue(FILES | {f"town/{'x' * 64}.toml": FLOW}, SERVICES, 1).flows


def test_no_file_at_all_is_a_mistake_and_not_a_withdrawal_of_everything() -> None:
    assert "no flow at all" in faults({})[0].problem


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "MAX_FILES", 3)
    assert "more than 3 files" in faults(FILES)[0].problem
    monkeypatch.setattr(catalogue, "MAX_FILES", 4)
    assert parse_catalogue(FILES, SERVICES, 1).flows
    monkeypatch.setattr(catalogue, "MAX_TOTAL_BYTES", sum(map(len, FILES.values())) - 1)
    assert "bytes in all" in faults(FILES)[0].problem


PATHS = st.sampled_from([*FILES, "town/x.toml", "town/institution.toml", "x", "../x.toml"]) | st.text(
    max_size=12
)
CONTENTS = st.sampled_from([*FILES.values(), b""]) | st.binary(max_size=60)


@given(st.dictionaries(PATHS, CONTENTS, max_size=5))
def test_any_files_are_read_or_refused(files: dict[str, bytes]) -> None:
    found: tuple[ConfigurationFault, ...] = ()
    try:
        parse_catalogue(files, SERVICES, 1)
    except ConfigurationInvalid as invalid:
        found = invalid.faults
    assert all(fault.problem and fault.cure and str(fault).encode() for fault in found)


@given(st.sampled_from(sorted(FILES)), st.integers(0, 400), st.integers(0, 20), st.binary(max_size=8))
def test_any_spoilt_file_is_read_or_refused(path: str, at: int, cut: int, noise: bytes) -> None:
    files = FILES | {path: FILES[path][:at] + noise + FILES[path][at + cut :]}
    found: tuple[ConfigurationFault, ...] = ()
    try:
        parse_catalogue(files, SERVICES, 1)
    except ConfigurationInvalid as invalid:
        found = invalid.faults
    assert all(fault.problem and fault.cure and str(fault).encode() for fault in found)


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for path, raw in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(raw)
    return folder


def refused(folder: Path) -> list[ConfigurationFault]:
    with pytest.raises(ConfigurationInvalid) as error:
        read_files(folder)
    return list(error.value.faults)


def test_a_folder_is_read_as_it_is(tmp_path: Path) -> None:
    assert read_files(write(tmp_path, FILES)) == FILES


def test_files_of_another_kind_count_for_nothing(tmp_path: Path) -> None:
    """The digest is over all `.toml` files: notes and what editors leave behind change nothing."""
    more = {"README.md": b"", "town/x.toml~": b"", "town/.x.toml.swp": b"", "toml": b""}
    assert read_files(write(tmp_path, FILES | more)) == FILES


def test_what_has_no_place_in_a_folder_is_refused_all_at_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        FILES | {"README.TOML": b"", "town/x.Toml": b"", "town/large.toml": b"#" * (MAX_BYTES + 1)},
    )
    (tmp_path / "town/linked.toml").symlink_to(tmp_path / "town/town-age.toml")
    (tmp_path / "city").symlink_to(tmp_path / "town")
    (tmp_path / "town/folder.toml").mkdir()
    os.mkfifo(tmp_path / "town/pipe.toml")
    assert [(fault.file, fault.problem) for fault in refused(tmp_path)] == [
        ("README.TOML", "this is no path of a flow file"),
        ("city", "this is no path of a flow file"),
        ("town/folder.toml", "this is no plain file"),
        ("town/large.toml", f"it has more than {MAX_BYTES} bytes"),
        ("town/linked.toml", "this is no plain file"),
        ("town/pipe.toml", "this is no plain file"),
        ("town/x.Toml", "this is no path of a flow file"),
    ]


def test_a_file_of_the_greatest_size_is_read(tmp_path: Path) -> None:
    assert read_files(write(tmp_path, {"town/large.toml": b"#" * MAX_BYTES}))


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (fault,) = refused(tmp_path / "nowhere")
    assert fault.problem == "it cannot be read: No such file or directory"


def test_reading_ends_at_the_most_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, FILES)
    monkeypatch.setattr(catalogue, "MAX_FILES", 1)
    (fault,) = refused(tmp_path)
    assert "more than 1 files" in fault.problem
