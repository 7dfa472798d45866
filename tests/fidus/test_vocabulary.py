"""One name, one meaning: every service's data is made of the vocabulary's words, and of nothing else."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest

from fidus.model import LANGUAGES, Service
from fidus.services import load_services
from fidus.vocabulary import OBJECT, TYPES, UnknownWord, Vocabulary, read, vocabulary

SERVICES = load_services(Path(__file__).parents[2] / "adapters")
TITLE = """title = { fr = "f", nl = "n", de = "d", en = "e" }
description = { fr = "ff", nl = "nn", de = "dd", en = "ee" }"""


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_the_data_of_every_service_is_made_of_its_words(service: Service) -> None:
    schema = vocabulary().schema(service.leaves)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"]


def test_no_word_is_there_that_no_service_uses() -> None:
    used = set()
    for service in SERVICES.values():
        for leaf in service.leaves:
            names = leaf.split(".")
            used |= {*names, *(f"{one}.{other}" for one, other in pairwise(names))}
    assert set(vocabulary().words) <= used


def test_every_word_is_told_in_each_language() -> None:
    for word in vocabulary().words.values():
        for texts in (word.title, word.description):
            assert set(texts) == set(LANGUAGES)
            assert all(text.strip() for text in texts.values())


def made() -> Vocabulary:
    return read(
        f"""
        [people]\ntype = "object"\nmany = true\n{TITLE}
        [name]\ntype = "text"\n{TITLE}
        [place]\ntype = "object"\n{TITLE}
        [country]\ntype = "country"\n{TITLE}
        ["place.country"]\ntype = "code"\n{TITLE}
        [tags]\ntype = "text"\nmany = true\n{TITLE}
        """
    )


def test_a_schema_holds_the_leaves_and_nothing_else() -> None:
    schema = made().schema(["people.name", "people.tags", "place.country", "country"])
    valid = {
        "people": [{"name": "x", "tags": ["a", "b"]}, {}],
        "place": {"country": {"code": "150", "label": {"fr": "Belgique"}, "known": True}},
        "country": "BE",
    }
    jsonschema.validate(valid, schema)
    jsonschema.validate({}, schema)
    for wrong in (
        {"people": {"name": "x"}},
        {"people": [{"other": 1}]},
        {"country": "be"},
        {"place": {"country": "BE"}},
        {"place": {"country": {"code": "1", "known": True}}},
        {"more": 1},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_titles_and_descriptions_stand_in_the_schema() -> None:
    member = made().schema(["people.name"])["properties"]["people"]
    assert member["title"] == "e"
    assert member["description"] == "ee"
    assert member["x-titles"] == {"fr": "f", "nl": "n", "de": "d", "en": "e"}
    assert member["x-descriptions"] == {"fr": "ff", "nl": "nn", "de": "dd", "en": "ee"}
    assert member["items"]["properties"]["name"]["title"] == "e"


@pytest.mark.parametrize(
    ("leaf", "why"),
    [
        ("other", "add it there"),
        ("people.other", "add it there"),
        ("people", "an object: name the leaves"),
        ("name.first", "a leaf: nothing is below it"),
    ],
)
def test_a_name_against_the_vocabulary(leaf: str, why: str) -> None:
    with pytest.raises(UnknownWord, match=why):
        made().schema([leaf])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f'[a]\ntype = "text"\nkind = "x"\n{TITLE}', "a member or a type"),
        (f'[a]\ntype = "words"\n{TITLE}', "a member or a type"),
        (f"[a]\n{TITLE}", "a member or a type"),
        ('[a]\ntype = "text"', "a title in each"),
        ('[a]\ntype = "text"\ntitle = { fr = "f" }', "a title in each"),
        (f'[a]\ntype = "text"\n{TITLE.splitlines()[0]}', "a description in each"),
    ],
)
def test_a_vocabulary_that_is_none(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read(text)


def test_every_type_is_a_schema() -> None:
    assert OBJECT not in TYPES
    for schema in TYPES.values():
        jsonschema.Draft202012Validator.check_schema(dict(schema))
