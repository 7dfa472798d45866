"""xmlsec is given the signature and what it covers, alone: it says what it says of the whole message."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from datetime import UTC, datetime
from typing import Any

import pytest
import xmlsec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters._lib.signing import verify_envelope
from fidus.errors import SourceAnswerInvalid, SourceError
from tests.adapters._lib.test_signing_attacks import ASKED, FORGERIES, expected, hand, named
from tests.attacks.letter import NS, Attack, Hand

__all__ = ["expected", "hand"]  # fixtures

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
PATHS = (
    "soap:Body",
    "soap:Header/wsse:Security/wsu:Timestamp",
    "soap:Header/wsa:MessageID",
    "soap:Header/wsa:RelatesTo",
)
ID = f"{{{NS['wsu']}}}Id"


def in_its_message(raw: bytes, signer: Any) -> bytes | None:
    """The canonical Body where xmlsec verifies the signature in the message as it came, the four parts and no
    other being registered, and each part has the digest that was signed; else None."""
    try:
        root = etree.fromstring(raw, etree.XMLParser(remove_comments=True, collect_ids=False))
    except etree.XMLSyntaxError:
        return None
    parts = [found for path in PATHS for found in root.findall(path, NS)]
    signature = root.find("soap:Header/wsse:Security/ds:Signature", NS)
    if len(parts) != 4 or signature is None or any(part.get(ID) is None for part in parts):
        return None
    for trusted in signer.keys:
        context = xmlsec.SignatureContext()
        context.key = trusted.key
        try:
            for part in parts:
                context.register_id(part, "Id", NS["wsu"])
            context.verify(signature)
        except xmlsec.Error:
            continue
        references = {one.get("URI"): one for one in signature.iterfind("ds:SignedInfo/ds:Reference", NS)}
        if all(digested(part, references.get(f"#{part.get(ID)}")) for part in parts):
            return etree.tostring(parts[0], method="c14n", exclusive=True)
    return None


def digested(part: etree._Element, reference: etree._Element | None) -> bool:
    """Whether a reference by SHA-256 has this part's digest."""
    if reference is None:
        return False
    told = reference.find(f".//{{{EXCLUSIVE}}}InclusiveNamespaces")
    prefixes = [] if told is None else told.get("PrefixList", "").split()
    written = etree.tostring(part, method="c14n", exclusive=True, inclusive_ns_prefixes=prefixes or None)
    value = reference.findtext("ds:DigestValue", "", NS)
    return b64decode(value) == hashlib.sha256(written).digest()


def alone(raw: bytes, signer: Any) -> bytes | None:
    """The canonical Body that is taken; None where none is."""
    try:
        body = verify_envelope(raw, signer=signer, relates_to=ASKED, now=datetime.now(UTC))
    except SourceError:
        return None
    return etree.tostring(body, method="c14n", exclusive=True)


@pytest.mark.parametrize("attack", FORGERIES, ids=named)
def test_nothing_is_taken_that_the_whole_message_would_not_prove(
    hand: Hand, expected: Any, attack: Attack
) -> None:
    raw = attack.write(hand)
    taken = alone(raw, expected)
    assert taken is None or taken == in_its_message(raw, expected)


TEXTS = st.text(st.sampled_from("abé€ \t\n<>&\"'"), max_size=5).map(
    lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&#34;").replace("\t", "&#13;")
)
SCOPES = st.sets(
    st.sampled_from(
        [
            *('xmlns="urn:d"', 'xmlns=""', 'xmlns:n="urn:n"', 'xmlns:m="urn:m"', 'xmlns:m="urn:n"'),
            *('xml:lang="fr"', 'xml:space="preserve"', 'plain="1"', 'n:kind="2"', 'm:kind="3"'),
        ]
    ),
    max_size=3,
).filter(lambda scope: len({one.partition("=")[0] for one in scope}) == len(scope))
NAMES = st.sampled_from(["one", "n:two", "m:three"])


def element(name: str, scope: set[str], inner: str) -> str:
    attributes = "".join(f" {one}" for one in sorted(scope))
    return f"<{name}{attributes}/>" if not inner else f"<{name}{attributes}>{inner}</{name}>"


CONTENTS = st.recursive(
    st.one_of(TEXTS, st.just("<![CDATA[a<b]]>"), st.just("<!-- said -->")),
    lambda inner: st.builds(element, NAMES, SCOPES, st.lists(inner, max_size=3).map("".join)),
    max_leaves=10,
)
DECLARED = st.sampled_from(
    ['xmlns:n="urn:n" xmlns:m="urn:m"', 'xmlns:n="urn:x" xmlns:m="urn:m" xmlns="urn:y"']
)
PREFIXES = st.one_of(
    st.none(),
    st.sets(st.sampled_from(["n", "m", "soap", "wsu", "ds", "wsse", "absent"])).map(
        lambda names: " ".join(sorted(names))
    ),
)


def readable(declared: str, content: str) -> bool:
    try:
        etree.fromstring(f"<x {declared}>{content}</x>")
    except etree.XMLSyntaxError:  # an attribute twice, by two prefixes
        return False
    return True


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(DECLARED, CONTENTS, PREFIXES, st.data())
def test_whatever_is_signed_is_taken_and_nothing_beside_it(
    forge: Any, declared: str, content: str, prefixes: str | None, data: st.DataObject
) -> None:
    """Wherever prefixes are declared, used or listed; and with any byte of it changed."""
    if not readable(declared, content):
        return
    wrapped = f"<n:said xmlns:n='urn:said'>yes</n:said><w {declared}>{content}</w>"
    signed = forge.sign(forge.unsigned(ASKED, wrapped), prefixes=prefixes)
    raw = etree.tostring(signed)
    signer = forge.signer()
    before = in_its_message(raw, signer)
    assert before is not None
    assert alone(raw, signer) == before
    place = data.draw(st.integers(0, len(raw) - 1))
    changed = raw[:place] + data.draw(st.binary(min_size=0, max_size=2)) + raw[place + 1 :]
    taken = alone(changed, signer)
    assert taken is None or taken == in_its_message(changed, signer)


@pytest.mark.parametrize("prefixes", ["soap", "ds wsu", "wsa wsse absent", "#default", "#default soap"])
def test_a_prefix_list_may_name_what_is_declared_at_the_root(forge: Any, prefixes: str) -> None:
    raw = etree.tostring(forge.sign(forge.unsigned(), prefixes=prefixes))
    assert alone(raw, forge.signer()) == in_its_message(raw, forge.signer()) is not None


@pytest.mark.parametrize("count", [64, 65])
def test_a_prefix_list_has_an_end(forge: Any, count: int) -> None:
    prefixes = " ".join(f"p{number}" for number in range(count))
    raw = etree.tostring(forge.sign(forge.unsigned(), prefixes=prefixes))
    assert (alone(raw, forge.signer()) is not None) is (count == 64)


def test_a_namespace_without_canonical_form_is_the_source_s_error(forge: Any) -> None:
    raw = forge.answer().replace(b"<soap:Header>", b'<soap:Header xmlns:r="relative">')
    with pytest.raises(SourceAnswerInvalid, match="no canonical form"):
        forge.verify(raw)
