"""Signatures that are good, over something else than what would be read.

The four classic ones of McIntosh and Austel, "XML Signature Element Wrapping Attacks and Countermeasures"
(2005): a moved Body, a sibling, an Object within the Signature, a wrapped time or message id; and variations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta

from lxml import etree

from mocks.soap import DS, ID, SOAP, WSA, WSSE
from tests.attacks.letter import ELSEWHERE, PARTS, Attack, Hand, Letter
from tests.misbehaving import ANSWER, SIGNATURE

Place = Callable[[Letter, etree._Element], None]
_LATER = timedelta(hours=-1)


def _signed(hand: Hand) -> Letter:
    return hand.letter().sign(hand.signer)


def _body_moved(place: Place, identifier: str | None) -> Callable[[Hand], bytes]:
    """The signed Body is put elsewhere; a forged one stands where it stood."""

    def write(hand: Hand) -> bytes:
        letter = _signed(hand)
        forged = hand.forged_body(identifier)
        letter.root.replace(letter.body, forged)
        place(letter, letter.body)
        return letter.written()

    return write


def _under_header_wrapper(letter: Letter, body: etree._Element) -> None:
    etree.SubElement(letter.header, f"{{{ELSEWHERE}}}Wrapper").append(body)


def _in_header(letter: Letter, body: etree._Element) -> None:
    letter.header.append(body)


def _under_security(letter: Letter, body: etree._Element) -> None:
    letter.security.insert(0, body)


def _in_object(letter: Letter, body: etree._Element) -> None:
    etree.SubElement(letter.security[-1], f"{{{DS}}}Object").append(body)


def _in_key_info(letter: Letter, body: etree._Element) -> None:
    etree.SubElement(letter.security[-1], f"{{{DS}}}KeyInfo").append(body)


def _before_the_forged(letter: Letter, body: etree._Element) -> None:
    letter.root.insert(1, body)


def _after_the_forged(letter: Letter, body: etree._Element) -> None:
    letter.root.append(body)


def _inside_the_forged(letter: Letter, body: etree._Element) -> None:
    letter.root[-1].append(body)


def _before_the_header(letter: Letter, body: etree._Element) -> None:
    letter.root.insert(0, body)


PLACES: dict[str, Place] = {
    "moved-under-a-header-wrapper": _under_header_wrapper,
    "moved-into-the-header": _in_header,
    "moved-under-the-security-header": _under_security,
    "moved-into-an-object-inside-the-signature": _in_object,
    "moved-into-the-key-info": _in_key_info,
    "moved-before-the-header": _before_the_header,
    "beside-a-forged-body-that-follows": _before_the_forged,
    "beside-a-forged-body-that-precedes": _after_the_forged,
    "inside-a-forged-body": _inside_the_forged,
}
_BEARS = {
    "": None,
    "-and-the-forged-one-has-another-id": "other-Body",
    "-and-the-forged-one-has-the-same-id": "the-Body",
}


def _bodies() -> Iterator[Attack]:
    for where, place in PLACES.items():
        for suffix, identifier in _BEARS.items():
            attack = _body_moved(place, identifier)
            yield Attack(f"signed-body-{where}{suffix}", SIGNATURE, attack, fools=True)


def _header_part_wrapped(part: str, identifier: str | None) -> Callable[[Hand], bytes]:
    """What is signed is of an hour ago and of another request; a part as it should be stands in its place."""

    def write(hand: Hand) -> bytes:
        old = part == "Timestamp"
        letter = Letter(
            hand.content,
            hand.asked if part != "RelatesTo" else "urn:uuid:of-another-request",
            created=_LATER if old else timedelta(0),
        ).sign(hand.signer)
        wanted = deepcopy(hand.letter().part(part))
        del wanted.attrib[ID]
        if identifier is not None:
            wanted.set(ID, identifier)
        signed = letter.part(part)
        parent = signed.getparent()
        assert parent is not None
        parent.replace(signed, wanted)
        etree.SubElement(letter.header, f"{{{ELSEWHERE}}}Wrapper").append(signed)
        return letter.written()

    return write


def _header_parts() -> Iterator[Attack]:
    for part in ("Timestamp", "MessageID", "RelatesTo"):
        for suffix, bears in (("", None), ("-and-its-id-used-twice", f"the-{part}")):
            attack = _header_part_wrapped(part, bears)
            yield Attack(
                f"signed-{part.lower()}-moved-under-a-wrapper{suffix}", SIGNATURE, attack, fools=True
            )


def _in_a_new_envelope(hand: Hand) -> bytes:
    """The whole signed message travels in the Header of a forged one, Security copied to the front."""
    signed = _signed(hand)
    forged = Letter(None, hand.asked)
    for part in PARTS:
        del forged.part(part).attrib[ID]
    forged.root.replace(forged.body, hand.forged_body())
    forged.security.append(signed.security[-1])
    etree.SubElement(forged.header, f"{{{ELSEWHERE}}}Old").append(signed.root)
    return forged.written()


def _in_a_foreign_root(hand: Hand) -> bytes:
    root = etree.Element(f"{{{ELSEWHERE}}}Root")
    root.append(_signed(hand).root)
    return etree.tostring(root)


def _id_in_another_attribute(name: str) -> Callable[[Hand], bytes]:
    def write(hand: Hand) -> bytes:
        letter = _signed(hand)
        forged = hand.forged_body()
        forged.set(name, "the-Body")
        letter.root.replace(letter.body, forged)
        _under_header_wrapper(letter, letter.body)
        return letter.written()

    return write


def _second_security(first: bool) -> Callable[[Hand], bytes]:
    """A Security header for another actor holds what was signed; the one for us holds nothing signed."""

    def write(hand: Hand) -> bytes:
        letter = _signed(hand)
        other = etree.Element(f"{{{WSSE}}}Security")
        other.append(deepcopy(letter.stamp))
        del other[0].attrib[ID]
        letter.security.set(f"{{{SOAP}}}actor", "urn:example:another")
        letter.header.insert(0 if first else len(letter.header), other)
        return letter.written()

    return write


def _twice(part: str) -> Callable[[Hand], bytes]:
    """A second, unsigned element of the same name beside the signed one."""

    def write(hand: Hand) -> bytes:
        letter = _signed(hand)
        signed = letter.part(part)
        twin = deepcopy(signed)
        del twin.attrib[ID]
        signed.addprevious(twin)
        return letter.written()

    return write


def _more() -> Iterator[Attack]:
    yield Attack("signed-message-carried-in-a-forged-envelope", SIGNATURE, _in_a_new_envelope, fools=True)
    yield Attack("signed-message-under-a-foreign-root", ANSWER, _in_a_foreign_root, fools=True)
    for title, name in {
        "a-plain": "Id",
        "a-lower-case": "id",
        "an-xml": "{http://www.w3.org/XML/1998/namespace}id",
    }.items():
        attack = _id_in_another_attribute(name)
        yield Attack(f"forged-body-has-the-signed-id-in-{title}-attribute", SIGNATURE, attack, fools=True)
    yield Attack(
        "second-security-header-before-the-signed-one", SIGNATURE, _second_security(True), fools=True
    )
    yield Attack(
        "second-security-header-after-the-signed-one", SIGNATURE, _second_security(False), fools=True
    )
    for part in PARTS:
        attack = _twice(part)
        yield Attack(f"unsigned-{part.lower()}-beside-the-signed-one", SIGNATURE, attack, fools=True)
    yield Attack("message-id-and-relation-swapped", SIGNATURE, _swapped)


def _swapped(hand: Hand) -> bytes:
    """The signed elements keep their ids and change their names."""
    letter = _signed(hand)
    one, two = letter.part("MessageID"), letter.part("RelatesTo")
    one.tag, two.tag = f"{{{WSA}}}RelatesTo", f"{{{WSA}}}MessageID"
    return letter.written()


WRAPPINGS = (*_bodies(), *_header_parts(), *_more())
