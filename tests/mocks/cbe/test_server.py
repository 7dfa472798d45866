"""What the Crossroads Bank answers and what it refuses, over real sockets."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from lxml import etree

from mocks.cbe.server import CrossroadsBank, make
from mocks.enterprises import LEGAL, NATURAL, Enterprise
from mocks.source import UnusableHome
from mocks.world import Size, World, world
from tests.mocks.cbe.conftest import PASSWORD, Client, Said
from tests.mocks.served import served

WORLD = world()
GOING = [one for one in WORLD.enterprises.values() if one.until is None]
FIRM = next(
    one for one in GOING if len(one.functions) > 1 and all(len(held.holder) == 11 for held in one.functions)
)
LED = next(one for one in GOING if any(len(held.holder) == 10 for held in one.functions))
ENDED = next(one for one in WORLD.enterprises.values() if one.until is not None and one.kind == LEGAL)
ALONE = next(one for one in WORLD.enterprises.values() if one.kind == NATURAL)
BUSY = max(WORLD.enterprises.values(), key=lambda one: len(one.establishments))
NEVER = "0999999922"
ENTERPRISE = "s:Body/m:ReadEnterpriseReply/m:Enterprise"
FOUND = "s:Body/m:ReadEnterpriseByPhonemeReply/m:Enterprise"
PLACE = "s:Body/m:ReadEstablishmentByEnterpriseNumberReply/m:Establishment"


def numbers(said: Said, path: str) -> list[str | None]:
    assert said.reply.status == 200
    return [one.text for one in said.all(f"{path}/d:Number")]


def test_an_enterprise_is_told_as_the_world_has_it(client: Client) -> None:
    said = client.read(FIRM.number)
    assert (said.reply.status, said.reply.media) == (200, "text/xml")
    assert numbers(said, ENTERPRISE) == [FIRM.number]
    assert said.text(f"{ENTERPRISE}/d:Status/d:Code") == "AC"
    assert said.text(f"{ENTERPRISE}/d:TypeOfEnterprise/d:Code") == "2"
    assert said.text(f"{ENTERPRISE}/d:JuridicalForm/d:Code") == FIRM.form
    assert said.text(f"{ENTERPRISE}/d:Address/d:Zipcode") == FIRM.seat.street.postal_code
    assert said.text(f"{ENTERPRISE}/d:Address/d:Street/d:Code") == FIRM.seat.street.code
    assert said.text(f"{ENTERPRISE}/d:Activity/d:Code") == FIRM.trade
    assert said.text(f"{ENTERPRISE}/d:Period/d:Begin") == str(FIRM.since)
    named = [one.text for one in said.all(f"{ENTERPRISE}/d:Denomination/d:Description/d:Value")]
    assert named == [FIRM.names.fr, FIRM.names.nl]


def test_who_has_a_function_is_named_without_a_number(client: Client) -> None:
    said = client.read(FIRM.number)
    told = [
        (
            one.findtext("{*}Code"),
            one.findtext("{*}Person/{*}Surname"),
            one.findtext("{*}Person/{*}GivenName"),
            one.findtext("{*}Period/{*}Begin"),
        )
        for one in said.all(f"{ENTERPRISE}/d:Function")
    ]
    people = [(one, WORLD.people.persons[one.holder]) for one in FIRM.functions]
    assert told == [
        (one.code, person.family_name, person.given_names[0], str(one.since)) for one, person in people
    ]
    assert all(person.number.encode() not in said.reply.body for _, person in people)


def test_an_enterprise_that_has_a_function_is_told_by_its_number(client: Client) -> None:
    said = client.read(LED.number)
    told = [one.text for one in said.all(f"{ENTERPRISE}/d:Function/d:Enterprise")]
    assert told == [one.holder for one in LED.functions if len(one.holder) == 10]
    assert len(said.all(f"{ENTERPRISE}/d:Function/d:Person")) == len(LED.functions) - len(told)


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", "Actif"), ("nl", "Actief"), ("de", "Aktiv"), ("en", "Active")],
)
def test_codes_are_explained_in_the_language_asked(client: Client, language: str, words: str) -> None:
    said = client.read(FIRM.number, language=language)
    status = f"{ENTERPRISE}/d:Status/d:Description"
    assert (said.text(f"{status}/d:Language"), said.text(f"{status}/d:Value")) == (language, words)


def test_an_enterprise_that_ended_tells_how(client: Client) -> None:
    said = client.read(ENDED.number)
    assert said.text(f"{ENTERPRISE}/d:Status/d:Code") == "ST"
    codes = [one.text for one in said.all(f"{ENTERPRISE}/d:JuridicalSituation/d:Code")]
    assert codes == [one.code for one in ENDED.situations]
    assert said.text(f"{ENTERPRISE}/d:Period/d:End") == str(ENDED.until)
    assert said.text(f"{ENTERPRISE}/d:BusinessUnits") == "0"


def test_a_natural_persons_enterprise_has_no_form(client: Client) -> None:
    said = client.read(ALONE.number)
    assert said.text(f"{ENTERPRISE}/d:TypeOfEnterprise/d:Code") == "1"
    assert said.all(f"{ENTERPRISE}/d:JuridicalForm") == []
    assert said.all(f"{ENTERPRISE}/d:Function") == []


def test_establishments_are_told_short_or_long(client: Client) -> None:
    wanted = [one.number for one in BUSY.establishments]
    long, short = client.places(BUSY.number), client.places(BUSY.number, "short")
    assert len(wanted) > 1
    assert numbers(long, PLACE) == numbers(short, PLACE) == wanted
    assert {one.text for one in long.all(f"{PLACE}/d:EnterpriseNumber")} == {BUSY.number}
    assert len(long.all(f"{PLACE}/d:Activity")) == len(wanted)
    assert short.all(f"{PLACE}/d:Activity") == short.all(f"{PLACE}/d:Status") == []


def misheard(one: Enterprise) -> str:
    """Another spelling of the last word of its name."""
    return one.names.fr.split()[-1].upper().replace("C", "K").replace("SS", "S")


def test_a_name_is_found_by_its_sound(client: Client) -> None:
    found = numbers(client.search(misheard(FIRM)), FOUND)
    assert FIRM.number in found
    assert found == sorted(found, key=str)
    assert numbers(client.search(FIRM.names.nl), FOUND) == numbers(client.search(FIRM.names.fr), FOUND)
    assert numbers(client.search("Xyloquatsch"), FOUND) == []
    assert numbers(client.search("!"), FOUND) == []


def test_a_search_names_nobody_and_can_be_narrowed(client: Client) -> None:
    trade = FIRM.names.fr.split()[0]
    wide = client.search(trade)
    assert len(numbers(wide, FOUND)) > 1
    assert wide.all(f"{FOUND}/d:Function") == wide.all(f"{FOUND}/d:Activity") == []
    narrow = client.search(trade, f"<m:Zipcode>{FIRM.seat.street.postal_code}</m:Zipcode>")
    assert {one.text for one in narrow.all(f"{FOUND}/d:Address/d:Zipcode")} == {FIRM.seat.street.postal_code}
    one = client.search(trade, "<m:MaximumResults>1</m:MaximumResults>")
    assert numbers(one, FOUND) == numbers(wide, FOUND)[:1]


@pytest.mark.slow
def test_a_hundred_are_listed_and_more_are_too_many(home: Path) -> None:
    many: World = world(size=Size(440, 1_400, 1, 1))
    with served(CrossroadsBank(PASSWORD, many), home / "pki") as mock:
        client = Client(mock)
        assert client.search("Garage").error == ("soapenv:Client", "3", "More than 100 are of that name")
        narrowed = client.search("Garage", "<m:Zipcode>1000</m:Zipcode>")
        assert 1 <= len(numbers(narrowed, FOUND)) <= 100


def test_the_reply_bears_the_id_of_its_request_and_the_account(client: Client, bank: CrossroadsBank) -> None:
    before = bank.balance
    said = client.read(FIRM.number, identifier="mine & only mine".replace("&", "&amp;"))
    assert said.text("s:Header/m:ReplyContext/m:Id") == "mine & only mine"
    assert said.text("s:Header/m:ReplyContext/m:AccountBalance") == str(before - 1)


def test_an_empty_account_is_told_and_costs_nothing(home: Path) -> None:
    bank = CrossroadsBank(PASSWORD, WORLD, balance=1)
    with served(bank, home / "pki") as mock:
        client = Client(mock)
        assert client.read(NEVER).error[1] == "1"
        assert client.read(FIRM.number).text("s:Header/m:ReplyContext/m:AccountBalance") == "0"
        assert client.read(FIRM.number).error == ("soapenv:Client", "10", "The account is empty")


@pytest.mark.parametrize("ask", ["read", "places"])
def test_a_number_that_was_never_given(client: Client, ask: str) -> None:
    said = getattr(client, ask)(NEVER, identifier="one")
    assert said.reply.status == 500
    assert said.error == ("soapenv:Client", "1", "EnterpriseNumber: was never given")
    assert said.text("s:Header/m:ReplyContext/m:Id") == "one"
    assert said.all("s:Header/m:ReplyContext/m:AccountBalance") == []


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param("0999999999", "its last two digits do not fit", id="check-digits"),
        pytest.param("9999999999", "EnterpriseNumber: SCHEMAV_CVC_PATTERN_VALID", id="first-digit"),
        pytest.param("0314.595.348", "EnterpriseNumber: SCHEMAV_CVC_PATTERN_VALID", id="dots"),
    ],
)
def test_a_number_of_another_form(client: Client, content: str, text: str) -> None:
    fault, code, message = client.read(content).error
    assert (fault, code) == ("soapenv:Client", "2")
    assert message is not None
    assert text in message
    assert content not in message


@pytest.mark.parametrize(
    ("ask", "changes", "text"),
    [
        pytest.param(
            "read", [("d:EnterpriseNumber>", "d:Number>")], "Expected is ( EnterpriseNumber )", id="member"
        ),
        pytest.param("places", [(">long<", ">medium<")], "TypeOfResult: SCHEMAV_CVC_ENUM", id="size"),
        pytest.param("search", [("</m:Name>", "</m:Name><m:Zipcode/><m:Zipcode/>")], "Zipcode", id="twice"),
        pytest.param("read", [(">fr<", ">it<")], "Language: SCHEMAV_CVC_ENUM", id="language"),
        pytest.param("read", [("m:RequestContext", "m:Context")], "has 0 RequestContext", id="no-context"),
        pytest.param(
            "read", [("ReadEnterpriseRequest", "ReadBranchRequest")], "as SOAPAction announces", id="action"
        ),
        pytest.param("read", [("e:Body", "e:Corps")], "one Header and then one Body", id="body"),
    ],
)
def test_what_the_contract_does_not_allow(
    client: Client, ask: str, changes: list[tuple[str, str]], text: str
) -> None:
    fault, code, message = getattr(client, ask)(FIRM.number, changes=tuple(changes)).error
    assert (fault, code) == ("soapenv:Client", "2")
    assert message is not None
    assert text in message
    assert FIRM.number not in message


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Type": "application/soap+xml; charset=utf-8"}, 415),
        ({"Content_Type": "text/xml"}, 415),
        ({"Content_Encoding": "gzip"}, 415),
        ({"SOAPAction": '"http://economie.fgov.be/kbopub/ReadEnterprise"'}, 500),
        ({"SOAPAction": "http://fgov.economie.be/kbopub/ReadEnterprise"}, 500),
    ],
    ids=["media", "charset", "packed", "action", "quotes"],
)
def test_another_way_of_asking(client: Client, headers: dict[str, str], status: int) -> None:
    said = client.post(b"<a/>", "ReadEnterprise", **headers)
    assert (said.reply.status, said.error[1]) == (status, "2")


def test_another_method_and_a_long_question(client: Client) -> None:
    assert Said(client.mock.ask("PUT", "")).error[2] == "The method is not POST"
    said = client.post(b" " * 70_000, "ReadEnterprise")
    assert (said.reply.status, said.error[1]) == (413, "2")


@pytest.mark.parametrize("raw", [b"", b"<a>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_what_is_no_message(client: Client, raw: bytes) -> None:
    assert client.post(raw, "ReadEnterprise").error[:2] == ("soapenv:Client", "2")


def test_what_was_asked_is_kept_also_when_it_is_refused(client: Client) -> None:
    client.read(FIRM.number, identifier="first")
    assert client.mock.last_asked().items() >= {
        ("service", "cbe/ReadEnterprise"),
        ("key", FIRM.number),
        ("messageId", "first"),
    }
    client.search(FIRM.names.fr, password="another", identifier="second")
    assert client.mock.last_asked().items() >= {
        ("service", "cbe/ReadEnterpriseByPhoneme"),
        ("key", FIRM.names.fr),
        ("messageId", "second"),
    }
    client.post(b"", "ReadEnterprise", SOAPAction="none")
    assert set(client.mock.last_asked()) == {"at", "service"}


def test_nothing_asked_is_logged(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        client.read(FIRM.number, changes=((f">{FIRM.number}<", f">{FIRM.number}0<"),))
        client.search(FIRM.names.fr, changes=((">fr<", ">zz<"),))
    told = [one.getMessage() for one in caplog.records if one.name == "mocks.cbe"]
    assert len(told) == 2
    assert FIRM.number not in "".join(told)
    assert FIRM.names.fr not in "".join(told)


def test_every_answer_is_valid_by_the_contract(client: Client) -> None:
    """By a schema of this test's own; the mock holds its answers to it as well."""
    root = Path(__file__).parent.parent.parent.parent / "contracts" / "cbe" / "messages.xsd"
    schema = etree.XMLSchema(etree.parse(root))
    for one in list(WORLD.enterprises.values())[:20]:
        for said in (client.read(one.number), client.places(one.number, "short"), client.read(NEVER)):
            body = "s:Body/*" if said.reply.status == 200 else "s:Body/s:Fault/detail/*"
            for part in (*said.all("s:Header/*"), *said.all(body)):
                schema.assertValid(part)


@pytest.mark.parametrize("content", [None, "", " \n"], ids=["none", "empty", "blank"])
def test_a_home_without_a_password_is_none(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "pki").mkdir()
    if content is not None:
        (tmp_path / "pki" / "cbe.password").write_text(content, encoding="utf-8")
    with pytest.raises(UnusableHome, match=r"cbe\.password"):
        make(tmp_path, WORLD)
