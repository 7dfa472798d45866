"""Answers of the Crossroads Bank for Enterprises, written by hand: nobody and nothing in them exists."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from lxml import etree

from adapters._lib.codes import Codes
from adapters._lib.kbo import DAT, Words
from adapters._lib.operation import Asking
from adapters.cbe.mapping import MES, OPERATIONS
from fidus.asked import subjects
from fidus.model import Answer, Query, QueryMember, SubjectType

CONTRACT = Path(__file__).parents[3] / "contracts" / "cbe"
SCHEMA = etree.XMLSchema(etree.parse(CONTRACT / "messages.xsd"))
UNKNOWN: list[str] = []  # tables of codes without meaning
CODES = Codes.load(CONTRACT, UNKNOWN.append)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TODAY = date(2026, 3, 1)
WORDS = Words(CODES, "fr", TODAY)
ASKING = Asking("fidus", "", "0a7f6c1e-0000-4000-8000-000000000001", NOW)

ENTERPRISE, OTHER, THIRD = "0999000327", "0999000426", "0999200166"
FIRST_PLACE, SECOND_PLACE = "8999000004", "8999000103"
MEMBERS = (QueryMember("enterpriseNumber", "enterpriseNumber", False, SubjectType.ENTERPRISE),)


def query(name: str, /, **values: Any) -> Query:
    """A question as the hub makes it."""
    asked = values or {"enterpriseNumber": ENTERPRISE}
    return Query(f"cbe/{name}", asked, subjects(MEMBERS, asked, True))


QUERIES = {
    "enterprise": query("enterprise"),
    "establishments": query("establishments"),
    "functions": query("functions"),
    "search": query("search", name="Menuiserie Inventée"),
}


def code(tag: str, value: str, more: str = "", **described: str) -> str:
    told = "".join(
        f"<Description><Language>{language}</Language><Value>{text}</Value></Description>"
        for language, text in described.items()
    )
    return f"<{tag}><Code>{value}</Code>{told}{more}</{tag}>"


def period(tag: str, begin: str, end: str | None = None) -> str:
    return f"<{tag}><Begin>{begin}</Begin>{f'<End>{end}</End>' if end else ''}</{tag}>"


def address(kind: str = "001", number: str = "12") -> str:
    return (
        f"<Address><TypeOfAddress>{kind}</TypeOfAddress>"
        + code("Street", "1234", fr="Rue Inventée", nl="Verzonnenstraat")
        + f"<HouseNumber>{number}</HouseNumber><Box>3</Box><Zipcode>1000</Zipcode>"
        + code("Municipality", "21004", fr="Bruxelles", nl="Brussel")
        + code("Country", "150", fr="Belgique")
        + "<Begin>2019-02-03</Begin><End>2031-02-03</End></Address>"
    )


def activity(code_: str, begin: str, end: str | None = None) -> str:
    return (
        f"<Activity><Code>{code_}</Code><NaceVersion>2008</NaceVersion><Classification>MAIN</Classification>"
        f"<Description><Language>fr</Language><Value>Menuiserie</Value></Description>"
        f"{period('Period', begin, end)}</Activity>"
    )


def denomination(text: str, kind: str = "001", until: str | None = None) -> str:
    told = {"fr": text} if kind == "001" else {"nl": text}
    return code("Denomination", kind, period("ValidityPeriod", "2019-02-03", until), **told)


PERSON = "<Person><Surname>Zerrougane</Surname><GivenName>Mehdisson</GivenName></Person>"


def function(kind: str, holder: str, end: str | None = None) -> str:
    described = "<Description><Value>Administrateur</Value></Description>"
    return f"<Function><Code>{kind}</Code>{described}{period('Period', '2019-02-03', end)}{holder}</Function>"


def enterprise(number: str = ENTERPRISE, kind: str = "2", *, functions: bool = True) -> str:
    """An enterprise with everything that the contract knows."""
    held = (
        function("10002", PERSON)
        + function("10007", PERSON.replace("<GivenName>Mehdisson</GivenName>", ""), "2024-12-31")
        + function("10002", f"<Enterprise>{OTHER}</Enterprise>")
    )
    rest = (
        code("Qualification", "00001", period("Period", "2019-02-03", "2030-12-31"), fr="Commerçant")
        + activity("43320", "2019-02-03", "2030-12-31")
        + activity("43330", "2019-02-03", "2020-02-03")
        + f"<LinkedEnterprise><Code>008</Code><EnterpriseNumberSubject>{number}</EnterpriseNumberSubject>"
        f"<EnterpriseNumberObject>{THIRD}</EnterpriseNumberObject>"
        f"{period('Period', '2020-01-01', '2030-12-31')}</LinkedEnterprise>"
        "<FinancialData><AnnualMeetingMonth>6</AnnualMeetingMonth><FiscalYearEndDay>31</FiscalYearEndDay>"
        "<FiscalYearEndMonth>12</FiscalYearEndMonth></FinancialData><BusinessUnits>2</BusinessUnits>"
    )
    content = (
        f"<Number>{number}</Number>"
        + code("TypeOfEnterprise", kind, fr="Personne")
        + code("Status", "AC", fr="Actif")
        + code("JuridicalSituation", "001", period("ValidityPeriod", "2019-02-03", "2019-03-31"))
        + code("JuridicalSituation", "000", period("ValidityPeriod", "2019-04-01"), fr="Normale")
        + code("JuridicalForm", "610", period("ValidityPeriod", "2019-02-03"), fr="SRL")
        + denomination("Menuiserie Inventée")
        + denomination("Nom d'avant", until="2020-01-01")
        + denomination("MENUI", "003", until="2030-01-01")
        + address()
        + "<Capital><Amount>18550.00</Amount><Currency>EUR</Currency></Capital>"
        + (held if functions else "")
        + rest
        + period("Period", "2019-02-03", "2031-01-01")
    )
    return f'<Enterprise xmlns="{MES}">{_in_datamodel(content)}</Enterprise>'


def establishment(number: str = FIRST_PLACE, of: str = ENTERPRISE) -> str:
    content = (
        f"<Number>{number}</Number><EnterpriseNumber>{of}</EnterpriseNumber>"
        + code("Status", "AC", fr="Actif")
        + denomination("Atelier Inventé", "003", until="2030-01-01")
        + address("002", number[-2:])
        + activity("43320", "2019-02-03", "2030-12-31")
        + period("Period", "2019-02-03", "2031-01-01")
    )
    return f'<Establishment xmlns="{MES}">{_in_datamodel(content)}</Establishment>'


def _in_datamodel(content: str) -> str:
    """Parts of a datamodel type stand in its namespace, without a prefix."""
    root = etree.fromstring(f'<all xmlns="{DAT}">{content}</all>')
    return "".join(etree.tostring(child, encoding="unicode") for child in root)


def reply(operation: str, *parts: str) -> str:
    return f'<m:{operation}Reply xmlns:m="{MES}">{"".join(parts)}</m:{operation}Reply>'


REPLIES = {
    "enterprise": reply("ReadEnterprise", enterprise()),
    "establishments": reply(
        "ReadEstablishmentByEnterpriseNumber", establishment(), establishment(SECOND_PLACE)
    ),
    "functions": reply("ReadEnterprise", enterprise()),
    "search": reply("ReadEnterpriseByPhoneme", enterprise(), enterprise(THIRD, "1")),
}


def parsed(content: str) -> etree._Element:
    """A reply, valid by the contract."""
    node = etree.fromstring(content)
    SCHEMA.assertValid(node)
    return node


def read(name: str, content: str | etree._Element | None = None, asked: Query | None = None) -> Answer:
    """What the mapping makes of a reply."""
    node = content if isinstance(content, etree._Element) else parsed(content or REPLIES[name])
    return OPERATIONS[f"cbe/{name}"].read(node, asked or QUERIES[name], WORDS, ASKING)


def error(code_: str, message: str = "no") -> str:
    """A fault as the contract has it."""
    return (
        '<s:Fault xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><faultcode>s:Client</faultcode>'
        f'<faultstring>{message}</faultstring><detail><m:Error xmlns:m="{MES}"><m:Code>{code_}</m:Code>'
        f"<m:Message>{message}</m:Message></m:Error></detail></s:Fault>"
    )
