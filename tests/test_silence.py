"""The search for people finds them in every spelling, and nobody where nobody is."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.silence import Seeker

NUMBER, OTHER = "68711164181", "96641878275"
FORMATTED = f"{NUMBER[:2]}.{NUMBER[2:4]}.{NUMBER[4:6]}-{NUMBER[6:9]}.{NUMBER[9:]}"
SPELLINGS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "hex": lambda text: text.encode().hex().encode(),
    "hex, upper case": lambda text: text.encode().hex().upper().encode(),
    "hex, apart": lambda text: text.encode().hex(" ").encode(),
    "percent": lambda text: "".join(f"%{one:02X}" for one in text.encode()).encode(),
    "json escapes": lambda text: "".join(f"\\u{ord(one):04x}" for one in text).encode(),
    "bytes in python": lambda text: "".join(f"\\x{ord(one):02x}" for one in text).encode(),
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "utf-32": lambda text: text.encode("utf-32"),
    "backwards": lambda text: text[::-1].encode(),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64, one later": lambda text: base64.b64encode(b'"' + text.encode() + b'"}'),
    "base64, two later": lambda text: base64.b64encode(b':"' + text.encode() + b'"}'),
    "base64url": lambda text: base64.urlsafe_b64encode(b"\xff\xfe\xfd" + text.encode() + b"\xff"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_number_is_found_in_every_spelling(spelling: str) -> None:
    seeker = Seeker([OTHER, NUMBER])
    spelt = SPELLINGS[spelling](NUMBER)
    for data in (spelt, b"before \n" + spelt + b"\nbehind", b"\0\xff" + spelt + b"\xff\0"):
        (found,) = seeker.find(data)
        assert found.startswith(NUMBER)
    assert Seeker([OTHER]).find(spelt) == set()


@pytest.mark.parametrize("spelling", ["plain", "backwards", *(one for one in SPELLINGS if "base64" in one)])
def test_a_formatted_number_is_found(spelling: str) -> None:
    (found,) = Seeker([NUMBER]).find(SPELLINGS[spelling](FORMATTED))
    assert found.startswith(NUMBER)


@given(
    before=st.binary(max_size=20),
    behind=st.binary(max_size=20),
    encode=st.sampled_from([bytes, base64.b64encode]),
)
def test_a_number_is_found_whatever_stands_around_it(
    before: bytes, behind: bytes, encode: Callable[[bytes], bytes]
) -> None:
    assert any(NUMBER in one for one in Seeker([NUMBER]).find(encode(before + NUMBER.encode() + behind)))


@given(st.binary(max_size=2000))
def test_nobody_is_found_where_nobody_is(data: bytes) -> None:
    assert Seeker([NUMBER], ["Perrehovens"]).find(data) == set()


@pytest.mark.parametrize("word", ["Perrehovens", "Çelikdemirtaş", "Chaussée de Waterloo"])
def test_a_word_is_found_as_programs_write_it(word: str) -> None:
    seeker = Seeker([], [word])
    text = json.dumps({"name": word}, ensure_ascii=False).encode()
    written = (text, json.dumps({"name": word}).encode(), quote(word).encode(), word.upper().encode())
    coded = (base64.b64encode(b"x" * shift + text) for shift in range(3))
    for data in (*written, *coded, word.encode("utf-16"), text.hex().encode()):
        assert seeker.find(data) == {word}
    assert seeker.find(b"Perre, hovens and Chauss\xc3\xa9e de Wavre") == set()


def test_files_and_their_names_are_searched(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "log").write_text(f"about {NUMBER}", encoding="utf-8")
    (tmp_path / "deep" / f"{NUMBER}.json").touch()
    (tmp_path / "may tell").write_text(NUMBER, encoding="utf-8")
    (tmp_path / "silent").write_text("nothing", encoding="utf-8")
    found = Seeker([NUMBER]).search(tmp_path, lambda path: path.name == "may tell")
    assert found.keys() == {"deep/er/log", f"deep/{NUMBER}.json"}


def test_what_was_deleted_from_a_store_is_found_as_long_as_it_is_there(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "store")) as store, store:
        store.execute("PRAGMA secure_delete = OFF")
        store.execute("CREATE TABLE people (number TEXT)")
        store.execute("INSERT INTO people VALUES (?)", [NUMBER])
        store.commit()
        store.execute("DELETE FROM people")
    assert Seeker([NUMBER]).search(tmp_path).keys() == {"store"}
