"""Who signed, when, and in answer to what: good signatures by others, of other times, to other questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta

from lxml import etree

from mocks.soap import DS, SOAP, WSA, WSU
from mocks.wssec import Signer
from tests.attacks.letter import Attack, Hand, Letter, Signing, key_info, signature, token
from tests.misbehaving import ANSWER, FAULT, SIGNATURE

_FAULT = f'<s:Fault xmlns:s="{SOAP}"><faultcode>s:Server</faultcode><faultstring>no</faultstring></s:Fault>'
_FAR = timedelta(days=3650)


def _signed_by(who: Callable[[Hand], Signer], named: Callable[[Hand], Signer]) -> Callable[[Hand], bytes]:
    """An honest letter, signed by one key, with the certificate of another in KeyInfo and token."""

    def write(hand: Hand) -> bytes:
        letter = hand.letter()
        letter.security.insert(0, token(named(hand)))
        return letter.sign(who(hand), Signing(key_info=key_info(named(hand)))).written()

    return write


def _source(hand: Hand) -> Signer:
    return hand.signer


def _impostor(hand: Hand) -> Signer:
    return hand.impostor


def _neighbour(hand: Hand) -> Signer:
    return hand.neighbour


def _with_key_info(text: str) -> Callable[[Hand], bytes]:
    """Signed by an impostor, with a KeyInfo that would have to be followed."""
    how = Signing(key_info=f"<ds:KeyInfo>{text}</ds:KeyInfo>")
    return lambda hand: hand.letter().sign(hand.impostor, how).written()


def _signers() -> Iterator[Attack]:
    yield Attack("another-key-under-the-source-s-name", SIGNATURE, _signed_by(_impostor, _impostor))
    yield Attack("another-key-that-shows-the-source-s-certificate", SIGNATURE, _signed_by(_impostor, _source))
    yield Attack(
        "a-registered-issuer-s-certificate-for-another", SIGNATURE, _signed_by(_neighbour, _neighbour)
    )
    yield Attack("the-hub-s-own-question-sent-back", SIGNATURE, lambda hand: hand.question)
    followed = {
        "a-web-address": f'<ds:RetrievalMethod URI="http://127.9.9.9:41909/key" Type="{DS}X509Data"/>',
        "a-file": f'<ds:RetrievalMethod URI="file:///etc/hostname" Type="{DS}X509Data"/>',
        "a-key-name": "<ds:KeyName>source</ds:KeyName>",
    }
    for name, text in followed.items():
        yield Attack(f"a-key-info-that-leads-to-{name}", SIGNATURE, _with_key_info(text))

    def two_key_infos(hand: Hand) -> bytes:
        how = Signing(key_info=key_info(hand.signer) + key_info(hand.impostor))
        return hand.letter().sign(hand.signer, how).written()

    yield Attack("two-key-infos", SIGNATURE, two_key_infos)
    yield Attack("not-signed", SIGNATURE, lambda hand: hand.letter().written())

    def half(hand: Hand) -> bytes:
        letter = hand.letter().sign(hand.signer)
        del letter.security[-1][1:]
        return letter.written()

    yield Attack("a-signature-without-value", SIGNATURE, half)
    yield from _second_signatures()


def _second_signatures() -> Iterator[Attack]:
    def beside(first: bool) -> Callable[[Hand], bytes]:
        def write(hand: Hand) -> bytes:
            letter = hand.letter().sign(hand.signer)
            second = signature(letter, hand.impostor, Signing())
            letter.security.insert(1 if first else 2, second)
            return letter.written()

        return write

    yield Attack("a-second-signature-before-the-good-one", SIGNATURE, beside(True))
    yield Attack("a-second-signature-after-the-good-one", SIGNATURE, beside(False), fools=True)

    def twice(hand: Hand) -> bytes:
        letter = hand.letter().sign(hand.signer).sign(hand.signer)
        return letter.written()

    yield Attack("two-good-signatures", SIGNATURE, twice, fools=True)

    def within(hand: Hand) -> bytes:
        """One Signature over the parts, carried in an Object of another that signs nothing of them."""
        letter = hand.letter().sign(hand.signer)
        outer = signature(letter, hand.impostor, Signing((), more="<ds:Object/>"))
        outer[-1].append(letter.security[-1])
        letter.security.append(outer)
        return letter.written()

    yield Attack("a-good-signature-inside-another", SIGNATURE, within)

    def in_the_body(hand: Hand) -> bytes:
        letter = hand.letter()
        letter.body.append(signature(letter, hand.signer, Signing()))
        return letter.written()

    yield Attack("the-signature-in-the-body", SIGNATURE, in_the_body)


def _of(created: timedelta, life: timedelta) -> Callable[[Hand], bytes]:
    return lambda hand: hand.letter(created=created, life=life).sign(hand.signer).written()


def _stamp(change: Callable[[etree._Element], object]) -> Callable[[Hand], bytes]:
    """A letter whose Timestamp was changed before it was signed."""

    def write(hand: Hand) -> bytes:
        letter = hand.letter()
        change(letter.stamp)
        return letter.sign(hand.signer).written()

    return write


def _text(index: int, text: str) -> Callable[[etree._Element], object]:
    return lambda stamp: setattr(stamp[index], "text", text)


def _times() -> Iterator[Attack]:
    five = timedelta(minutes=5)
    yield Attack("ended-an-hour-ago", ANSWER, _of(-timedelta(hours=1), five), fools=True)
    yield Attack("ended-a-second-ago", ANSWER, _of(-timedelta(seconds=11), timedelta(seconds=10)), fools=True)
    yield Attack("made-two-minutes-from-now", ANSWER, _of(timedelta(minutes=2), five), fools=True)
    yield Attack("made-in-ten-years", ANSWER, _of(_FAR, five), fools=True)
    yield Attack(
        "good-for-ten-years-and-six-minutes-old", ANSWER, _of(-timedelta(minutes=6), _FAR), fools=True
    )
    yield Attack("ended-before-it-was-made", ANSWER, _of(timedelta(0), -five), fools=True)
    changes: dict[str, Callable[[etree._Element], object]] = {
        "without-an-end": lambda stamp: stamp.remove(stamp[1]),
        "without-a-beginning": lambda stamp: stamp.remove(stamp[0]),
        "without-any-moment": lambda stamp: stamp.__delitem__(slice(None)),
        "with-two-beginnings": lambda stamp: stamp.insert(0, deepcopy(stamp[0])),
        "with-its-moments-swapped": lambda stamp: stamp.append(stamp[0]),
        "with-something-more": lambda stamp: etree.SubElement(stamp, f"{{{WSU}}}Received"),
        "in-local-time": _text(1, "2099-01-01T00:00:00"),
        "with-an-offset": _text(1, "2099-01-01T00:00:00+01:00"),
        "in-february-thirty": _text(1, "2099-02-30T00:00:00Z"),
        "in-arabic-digits": _text(1, "٢٠٩٩-01-01T00:00:00Z"),
        "in-a-year-of-five-digits": _text(1, "12099-01-01T00:00:00Z"),
        "in-no-words": _text(1, ""),
        "of-a-hundred-thousand-digits": _text(1, f"2099-01-01T00:00:00.{'0' * 100_000}x"),
    }
    for name, change in changes.items():
        yield Attack(f"timestamp-{name}", ANSWER, _stamp(change), fools=True)

    def none(hand: Hand) -> bytes:
        letter = hand.letter()
        how = Signing(tuple(one for one in Signing().references if one.part != "Timestamp"))
        letter.sign(hand.signer, how).security.remove(letter.stamp)
        return letter.written()

    yield Attack("no-timestamp", SIGNATURE, none, fools=True)


def _to(relates_to: str | None) -> Callable[[Hand], bytes]:
    """A good answer to this message; None: to ours, in capitals."""

    def write(hand: Hand) -> bytes:
        named = hand.asked.upper() if relates_to is None else relates_to
        return Letter(hand.content, named).sign(hand.signer).written()

    return write


def _relations() -> Iterator[Attack]:
    yield Attack("an-earlier-answer-again", ANSWER, lambda hand: hand.earlier, fools=True)
    another = "urn:uuid:0a7f6c1e-0000-4000-8000-00000000000a"
    yield Attack("an-answer-to-another-message", ANSWER, _to(another), fools=True)
    yield Attack("an-answer-to-no-message", ANSWER, _to(""), fools=True)
    yield Attack("an-answer-to-our-message-in-capitals", ANSWER, _to(None), fools=True)

    def no_relation(hand: Hand) -> bytes:
        letter = hand.letter()
        how = Signing(tuple(one for one in Signing().references if one.part != "RelatesTo"))
        letter.sign(hand.signer, how).header.remove(letter.part("RelatesTo"))
        return letter.written()

    yield Attack("an-answer-that-relates-to-nothing", SIGNATURE, no_relation, fools=True)

    def split(hand: Hand) -> bytes:
        """Ours as a text in pieces, around an element that names another."""
        letter = hand.letter()
        relation = letter.part("RelatesTo")
        etree.SubElement(relation, f"{{{WSA}}}Other").text = another
        return letter.sign(hand.signer).written()

    yield Attack("a-relation-with-an-element-inside", ANSWER, split, fools=True)

    def unsigned_relation(hand: Hand) -> bytes:
        """A second relation, to us, beside the signed one to another."""
        letter = Letter(hand.content, another).sign(hand.signer)
        ours = etree.SubElement(letter.header, f"{{{WSA}}}RelatesTo")
        ours.text = hand.asked
        return letter.written()

    yield Attack("an-unsigned-relation-to-us-beside-the-signed-one", SIGNATURE, unsigned_relation, fools=True)
    somebody = Attack(
        "another-person-s-answer-rightly-signed",
        ANSWER,
        lambda hand: Letter(hand.other, hand.asked).sign(hand.signer).written(),
        fools=True,
        about_number=True,
    )
    yield somebody


def _contents() -> Iterator[Attack]:
    def body(content: str) -> Callable[[Hand], bytes]:
        return lambda hand: Letter(etree.fromstring(content), hand.asked).sign(hand.signer).written()

    yield Attack("a-signed-fault", FAULT, body(_FAULT), fools=True)
    yield Attack(
        "something-else-rightly-signed", ANSWER, body('<other xmlns="urn:example:other"/>'), fools=True
    )

    def nothing(hand: Hand) -> bytes:
        return Letter(None, hand.asked).sign(hand.signer).written()

    yield Attack("an-empty-body-rightly-signed", ANSWER, nothing, fools=True)

    def two(hand: Hand) -> bytes:
        letter = hand.letter()
        letter.body.append(deepcopy(letter.body[0]))
        return letter.sign(hand.signer).written()

    yield Attack("two-answers-in-one-body", ANSWER, two, fools=True)

    yield from _odd_contents()


def _odd_contents() -> Iterator[Attack]:
    def fault_beside(hand: Hand) -> bytes:
        letter = hand.letter()
        letter.body.append(etree.fromstring(_FAULT))
        return letter.sign(hand.signer).written()

    yield Attack("a-fault-beside-an-answer", FAULT, fault_beside, fools=True)

    def renamed(hand: Hand) -> bytes:
        """As the contract has it, in another namespace."""
        letter = hand.letter()
        letter.body[0].tag = f"{{urn:example:other}}{etree.QName(letter.body[0]).localname}"
        return letter.sign(hand.signer).written()

    yield Attack("the-answer-in-another-namespace", ANSWER, renamed, fools=True)

    def more(hand: Hand) -> bytes:
        letter = hand.letter()
        etree.SubElement(letter.body[0], "more").text = "than the contract says"
        return letter.sign(hand.signer).written()

    yield Attack("an-answer-with-more-than-its-contract-has", ANSWER, more, fools=True)


CLAIMS = (*_signers(), *_times(), *_relations(), *_contents())
