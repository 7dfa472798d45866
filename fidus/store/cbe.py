"""Open data of the Crossroads Bank for Enterprises: its tables, how they are filled, and how they are read.

They are no part of the log's store: everybody may have them, and a file makes them anew. So they stand in an
SQLite file of their own, or in a schema of their own in PostgreSQL, and have a format instead of revisions
(docs/decisions/0026-open-data-in-a-store-of-its-own.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    MetaData,
    SmallInteger,
    Table,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
)

from audit.tables import WORDS
from audit.upsert import insert_new
from fidus.cbe.tables import ENTERPRISES, ESTABLISHMENTS, LANGUAGES, PLACES, TABLES, nace

FORMAT: Final = "1"  # of these tables; another one is loaded anew
REMOVED: Final = 9  # the part that says, among changes, that the number is gone
METADATA: Final = MetaData()

FACTS = Table(
    "facts",
    METADATA,
    Column("part", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("doc", WORDS, nullable=False),
    sqlite_with_rowid=False,
)
"""`doc`: rows as JSON. `seq`: the extract and line that they stand in; in part PLACES the establishment."""

CODES = Table(
    "codes",
    METADATA,
    Column("category", WORDS, primary_key=True),
    Column("code", WORDS, primary_key=True),
    Column("language", WORDS, primary_key=True),
    Column("text", WORDS, nullable=False),
    sqlite_with_rowid=False,
)

CHANGES = Table(
    "changes",
    METADATA,
    Column("day", WORDS, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("part", SmallInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Which part about a number an update of that day changed."""

PROGRESS = Table(
    "progress",
    METADATA,
    Column("member", WORDS, primary_key=True),
    Column("rows", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""How far each member of the file that is being loaded was read."""

ABOUT = Table(
    "about",
    METADATA,
    Column("name", WORDS, primary_key=True),
    Column("value", WORDS, nullable=False),
    sqlite_with_rowid=False,
)

_NAMES: Final = {one.part: one.name for one in TABLES.values()}
_AT_ONCE: Final = 500  # numbers in one question


def about(connection: Connection) -> dict[str, str]:
    """What is said of the whole."""
    return {row.name: row.value for row in connection.execute(select(ABOUT))}


def say(connection: Connection, told: Mapping[str, str]) -> None:
    """Say something of the whole, in place of what was said before."""
    connection.execute(delete(ABOUT).where(ABOUT.c.name.in_(told)))
    connection.execute(insert(ABOUT), [{"name": name, "value": value} for name, value in told.items()])


def progress(connection: Connection) -> dict[str, int]:
    """Rows that were read of each member."""
    return {row.member: row.rows for row in connection.execute(select(PROGRESS))}


def reached(connection: Connection, member: str, rows: int) -> None:
    """So many rows of a member are in."""
    connection.execute(delete(PROGRESS).where(PROGRESS.c.member == member))
    connection.execute(insert(PROGRESS), {"member": member, "rows": rows})


def forget_progress(connection: Connection) -> None:
    """Another file begins."""
    connection.execute(delete(PROGRESS))


def explain(connection: Connection, rows: Iterable[Sequence[str]]) -> None:
    """Take these rows of code.csv; of two about one code the first is taken."""
    told = [
        {"category": category, "code": code, "language": language.lower(), "text": text}
        for category, code, language, text in rows
    ]
    if told:
        connection.execute(insert_new(connection, CODES), told)


def forget_codes(connection: Connection) -> None:
    """code.csv always comes whole."""
    connection.execute(delete(CODES))


def places_of(rows: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, int, str]]:
    """For rows of establishment.csv, those of PLACES."""
    return [
        (PLACES, int(row[1].replace(".", "")), number, "")
        for number, _, doc in rows
        for row in json.loads(doc)
    ]


def remove(connection: Connection, part: int, numbers: Sequence[int]) -> None:
    """Every row of these numbers in a part; of establishments, also those of PLACES."""
    for some in _parts(numbers):
        if part == ESTABLISHMENTS.part:
            rows = connection.execute(_about(part, some))
            for _, enterprise, number, _ in places_of((row.number, 0, row.doc) for row in rows):
                place = (FACTS.c.part == PLACES, FACTS.c.number == enterprise, FACTS.c.seq == number)
                connection.execute(delete(FACTS).where(*place))
        connection.execute(delete(FACTS).where(FACTS.c.part == part, FACTS.c.number.in_(some)))


def changed(connection: Connection, day: str, part: int, numbers: Iterable[int]) -> None:
    """An update of this day touches these numbers in a part."""
    rows = [{"day": day, "number": number, "part": part} for number in set(numbers)]
    if rows:
        connection.execute(insert_new(connection, CHANGES), rows)


def note_removed(connection: Connection, day: str) -> None:
    """Of what changed that day: which enterprises and establishments are no longer there."""
    own = CHANGES.c.part.in_((ENTERPRISES.part, ESTABLISHMENTS.part))
    left = exists().where(FACTS.c.part == CHANGES.c.part, FACTS.c.number == CHANGES.c.number)
    connection.execute(delete(CHANGES).where(CHANGES.c.day == day, CHANGES.c.part == REMOVED))
    gone = select(CHANGES.c.day, CHANGES.c.number, literal(REMOVED, SmallInteger))
    connection.execute(
        insert(CHANGES).from_select(
            ["day", "number", "part"], gone.where(CHANGES.c.day == day, own, ~left).distinct()
        )
    )


def records(
    connection: Connection, parts: Sequence[int], numbers: Sequence[int]
) -> dict[int, dict[str, Any]]:
    """Number -> table -> its rows, in the order of the file."""
    found: dict[int, dict[str, Any]] = {}
    for some in _parts(numbers):
        statement = select(FACTS).where(FACTS.c.part.in_(parts), FACTS.c.number.in_(some))
        for row in connection.execute(statement.order_by(FACTS.c.part, FACTS.c.number, FACTS.c.seq)):
            found.setdefault(row.number, {}).setdefault(_NAMES[row.part], []).extend(json.loads(row.doc))
    return found


def places(connection: Connection, enterprise: int) -> list[int]:
    """The establishments of an enterprise, by number."""
    where = (FACTS.c.part == PLACES, FACTS.c.number == enterprise)
    return list(connection.execute(select(FACTS.c.seq).where(*where).order_by(FACTS.c.seq)).scalars())


def labels(
    connection: Connection, found: Iterable[Mapping[str, Any]]
) -> dict[tuple[str, str], dict[str, str]]:
    """What code.csv says of the codes in these rows, in each language."""
    wanted: dict[str, set[str]] = {}
    for tables in found:
        for name, rows in tables.items():
            for row in rows:
                for column, category in TABLES[name].codes.items():
                    wanted.setdefault(category, set()).add(row[column - 1])
                if name == "activity":
                    wanted.setdefault(nace(row[1]), set()).add(row[2])
    told: dict[tuple[str, str], dict[str, str]] = {}
    for category, codes in wanted.items():
        where = (CODES.c.category == category, CODES.c.code.in_(codes))
        for row in connection.execute(select(CODES).where(*where)):
            if row.language in LANGUAGES.values():
                told.setdefault((category, row.code), {})[row.language] = row.text
    return told


def changes(connection: Connection, first: str, last: str, numbers: Sequence[int], most: int) -> list[Any]:
    """(day, number, part) of the days from `first` to `last`, of at most `most` numbers a day, oldest first.
    `numbers`: only of these; none: of all."""
    where = [CHANGES.c.day >= first, CHANGES.c.day <= last]
    if numbers:
        where.append(or_(*(CHANGES.c.number.in_(some) for some in _parts(numbers))))
    keys = (
        select(CHANGES.c.day, CHANGES.c.number)
        .where(*where)
        .distinct()
        .order_by(CHANGES.c.day, CHANGES.c.number)
        .limit(most)
        .subquery()
    )
    same = (CHANGES.c.day == keys.c.day) & (CHANGES.c.number == keys.c.number)
    statement = select(CHANGES).join(keys, same)
    return list(connection.execute(statement.order_by(CHANGES.c.day, CHANGES.c.number, CHANGES.c.part)))


def count(connection: Connection, part: int) -> int:
    """How many rows of the store a part has."""
    statement = select(func.count()).select_from(FACTS).where(FACTS.c.part == part)
    return connection.execute(statement).scalar_one()


def _about(part: int, numbers: Sequence[int]) -> Any:
    return select(FACTS).where(FACTS.c.part == part, FACTS.c.number.in_(numbers))


def _parts(numbers: Sequence[int]) -> Iterable[Sequence[int]]:
    return (numbers[start : start + _AT_ONCE] for start in range(0, len(numbers), _AT_ONCE))
