"""Names and content of the log's files: both ways, and nothing but the one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.tilepaths import (
    MAX_LEVEL,
    Place,
    bundle_path,
    decode_bundle,
    decode_tile,
    encode_bundle,
    places,
    tile_path,
)


@pytest.mark.parametrize(
    ("n", "written"),
    [
        (5, "005"),
        (67_000, "x067/000"),
        (1_234_067, "x001/x234/067"),
        (1_000_000, "x001/x000/000"),
        (999, "999"),
        (1000, "x001/000"),
    ],
)
def test_numbers_are_written_in_groups(n: int, written: str) -> None:
    assert tile_path(0, n) == f"tile/0/{written}"
    assert tile_path(3, n, 17) == f"tile/3/{written}.p/17"
    assert bundle_path(n) == f"tile/entries/{written}"
    assert bundle_path(n, 44) == f"tile/entries/{written}.p/44"


@st.composite
def any_place(draw: st.DrawFn) -> Place:
    level = draw(st.integers(0, MAX_LEVEL))
    n = draw(st.integers(0, (2**63 - 1) // 256 ** (level + 1)))
    entries = draw(st.booleans()) if level == 0 else False
    return Place(level, n, draw(st.integers(1, 256)), entries)


@given(any_place())
def test_every_path_reads_back(place: Place) -> None:
    assert Place.parse(place.path) == place


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("", id="empty"),
        pytest.param("checkpoint", id="checkpoint"),
        pytest.param("/tile/0/000", id="absolute"),
        pytest.param("tile/0/000\n", id="newline"),
        pytest.param("tile/00/000", id="level-leading-zero"),
        pytest.param("tile/8/000", id="level-too-high"),
        pytest.param("tile/-1/000", id="negative"),
        pytest.param("tile/0/0", id="not-padded"),
        pytest.param("tile/0/0000", id="four-digits"),
        pytest.param("tile/0/x000/005", id="group-in-vain"),
        pytest.param("tile/0/x001", id="last-group-with-x"),
        pytest.param("tile/0/001/000", id="first-group-without-x"),
        pytest.param("tile/0/000.p", id="folder"),
        pytest.param("tile/0/000.p/0", id="width-zero"),
        pytest.param("tile/0/000.p/01", id="width-leading-zero"),
        pytest.param("tile/0/000.p/256", id="width-full"),
        pytest.param("tile/0/000.p/999", id="width-too-large"),
        pytest.param("tile/0/.tmp-000", id="temporary"),
        pytest.param("tile/0/../0/000", id="upwards"),
        pytest.param("tile/0/٠٠٠", id="other-digits"),
        pytest.param("tile/7/x999/999", id="beyond-every-log"),
        pytest.param("tile/0/" + "x999/" * 6 + "999", id="beyond-every-log-at-level-0"),
        pytest.param("tile/0/" + "x001/" * 7 + "000", id="too-many-groups"),
    ],
)
def test_every_other_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError):
        Place.parse(path)


@given(st.text() | st.from_regex(r"tile/[0-9]+/[x0-9/]*(\.p/[0-9]+)?", fullmatch=True))
def test_what_parses_is_the_one_path_of_its_place(path: str) -> None:
    try:
        place = Place.parse(path)
    except ValueError:
        return
    assert place.path == path


@pytest.mark.parametrize(
    ("level", "n", "width", "entries"),
    [
        (-1, 0, 1, False),
        (8, 0, 1, False),
        (1, 0, 1, True),
        (0, -1, 1, False),
        (0, 0, 0, False),
        (0, 0, 257, True),
    ],
)
def test_places_that_no_log_has_are_refused(level: int, n: int, width: int, entries: bool) -> None:
    with pytest.raises(ValueError):
        Place(level, n, width, entries)


def test_a_log_of_256_has_its_tiles() -> None:
    assert [place.path for place in places(256)] == ["tile/0/000", "tile/1/000.p/1"]
    assert list(places(0)) == []


def test_a_log_of_70000_has_its_tiles() -> None:
    found = list(places(70_000))
    assert [sum(place.level == level for place in found) for level in range(4)] == [274, 2, 1, 0]
    partial = [place.path for place in found if place.width < 256]
    assert partial == ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]


@given(st.integers(0, 200_000), st.integers(0, 2000))
def test_what_is_new_is_what_the_old_size_had_not(old: int, more: int) -> None:
    held, needed = set(places(old)), list(places(old + more))
    fresh = list(places(old + more, old))
    assert fresh == [place for place in needed if place not in held]


def test_a_place_knows_its_neighbours() -> None:
    place = Place(1, 2, 3)
    assert (place.first, place.leaves, place.full) == (2 * 65_536, 256, Place(1, 2))
    assert Place(0, 2, 3).bundle.path == "tile/entries/002.p/3"


@given(st.lists(st.binary(min_size=1, max_size=70), max_size=256))
def test_bundles_read_back(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries)) == (entries, True)


def test_the_largest_entry_fits() -> None:
    assert decode_bundle(encode_bundle([bytes(65_535)])) == ([bytes(65_535)], True)


@pytest.mark.parametrize("entry", [b"", bytes(65_536)], ids=["empty", "too-large"])
def test_an_entry_that_no_log_has_fits_no_bundle(entry: bytes) -> None:
    with pytest.raises(ValueError, match="65535"):
        encode_bundle([entry])


@pytest.mark.parametrize(
    "tail",
    [b"\x00", b"\x00\x00", b"\x00\x02x", b"\x00\x00\x00\x01x"],
    ids=["torn", "empty", "short", "empty-first"],
)
def test_a_malformed_bundle_is_read_up_to_its_fault(tail: bytes) -> None:
    assert decode_bundle(encode_bundle([b"one", b"two"]) + tail) == ([b"one", b"two"], False)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_stumble(data: bytes) -> None:
    entries, whole = decode_bundle(data)
    assert data.startswith(encode_bundle(entries))
    assert whole == (data == encode_bundle(entries))
    assert all(len(one) == 32 for one in decode_tile(data))
    assert len(decode_tile(data)) == len(data) // 32
