"""The page of one source for institutions' developers: from its manifest, the vocabulary and its codes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from fidus.model import LANGUAGES, LocalText, QueryMember, Service
from fidus.vocabulary import Vocabulary

Codes = Mapping[str, Mapping[str, LocalText]]  # table -> code -> meaning by language
_MADE: Final = "<!-- Made by `make docs` from manifest, vocabulary and codes: change those, not this. -->"


def source_page(
    slug: str, name: LocalText, services: Sequence[Service], words: Vocabulary, codes: Codes
) -> str:
    """Markdown: each service with what is asked, an example, and each field of the newest contract.

    Raises UnknownWord for a field that the vocabulary does not have.
    """
    others = " · ".join(name[language] for language in LANGUAGES if language != "en")
    lines = [f"# {name['en']}", "", _MADE, "", f"{others}. Source `{slug}`; its contract: "]
    lines[-1] += f"[contracts/{slug}](../../contracts/{slug}/SOURCE.md)."
    lines += ["", *_overview(services)]
    for service in services:
        lines += ["", *_service(service, words)]
    if codes:
        lines += ["", *_code_tables(codes)]
    return "\n".join(lines) + "\n"


def _overview(services: Iterable[Service]) -> Iterator[str]:
    yield from _table(
        ("service", "what", "asked with"),
        (
            (f"[`{one.id}`](#{_anchor(one.id)})", one.title["en"], _asked_with(one.members))
            for one in services
        ),
    )


def _asked_with(members: Iterable[QueryMember]) -> str:
    return ", ".join(f"`{one.name}`{'' if one.required else '?'}" for one in members)


def _service(service: Service, words: Vocabulary) -> Iterator[str]:
    titles = " · ".join(service.title[language] for language in LANGUAGES if language != "en")
    yield from (f"## {service.id}", "", f"{service.title['en']} ({titles}).", "")
    if service.choices:
        choices = ", or ".join(" with ".join(_code(one)) for one in service.choices)
        yield from (f"Asked with exactly one of: {choices}.", "")
    yield from _table(
        ("member", "kind", "required", "names the subject"),
        (
            (f"`{one.name}`", one.kind, "yes" if one.required else "no", one.subject or "")
            for one in service.members
        ),
    )
    yield from ("", f"    {json.dumps({'query': dict(service.example)}, ensure_ascii=False)}", "")
    if service.limits:
        yield from (f"A flow may limit: {', '.join(_code(sorted(service.limits)))}.", "")
    yield from _fields(service, words)


def _code(names: Iterable[str]) -> Iterator[str]:
    return (f"`{name}`" for name in names)


def _fields(service: Service, words: Vocabulary) -> Iterator[str]:
    version = max(service.contracts)
    yield from (f"Contract `{version}`; a flow grants groups or single fields; † can be confirmed:", "")
    yield from _table(
        ("group", "field", "type", *LANGUAGES, "means"),
        (
            (_group(group, service), f"`{leaf}`", _type(leaf, words), *_told(leaf, words))
            for group, leaves in service.contracts[version].items()
            for leaf in leaves
        ),
    )


def _group(group: str, service: Service) -> str:
    return f"`{group}`{' †' if group in service.confirmable else ''}"


def _type(leaf: str, words: Vocabulary) -> str:
    word = words.word(leaf)
    return f"{word.type}, several" if word.many else word.type


def _told(leaf: str, words: Vocabulary) -> Iterator[str]:
    """Its title in each language, and what it means."""
    word = words.word(leaf)
    yield from (word.title[language] for language in LANGUAGES)
    yield word.description["en"]


def _code_tables(codes: Codes) -> Iterator[str]:
    yield from (
        "## Codes",
        "",
        "A code that stands in no table comes with `known: false` and the source's own label.",
    )
    for table, meanings in codes.items():
        yield from ("", f"### {table}", "")
        yield from _table(
            ("code", *LANGUAGES),
            ((f"`{code}`", *(told[language] for language in LANGUAGES)) for code, told in meanings.items()),
        )


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(str(cell).replace('|', '&#124;') for cell in row)} |"


def _anchor(heading: str) -> str:
    """As web pages of repositories make it from a heading: small letters, without punctuation."""
    return "".join(one for one in heading.lower() if one.isalnum() or one in "-_")
