"""Enterprises and establishments of the world as the contract's XML.

Codes are explained in the language that is asked; what has names of its own is named in all it has. Capital
and financial year are made up from the number, so that each enterprise always has the same ones.
"""

from __future__ import annotations

from lxml import etree

from mocks.cbe.labels import CODES, FUNCTIONS, label
from mocks.cbe.messages import DAT, MES
from mocks.days import Day
from mocks.enterprises import LEGAL, SHARES, Enterprise, Establishment, Function
from mocks.places import Address, Names, municipalities
from mocks.world import World

SEAT, PLACE, NAME, MAIN, NACE = "REGO", "BAET", "001", "MAIN", "2008"


class Writer:
    """Writes in one language (`fr`, `nl`, `de`, `en`)."""

    def __init__(self, world: World, language: str) -> None:
        self._world = world
        self._language = language

    def enterprise(self, one: Enterprise, *, whole: bool) -> etree._Element:
        """`whole`: also functions, activities, capital and financial year, which a search leaves out."""
        node = etree.Element(f"{{{MES}}}Enterprise")
        _text(node, "Number", one.number)
        self._code(node, "TypeOfEnterprise", "TypeOfEnterprise", one.kind)
        self._code(node, "Status", "Status", one.status)
        for situation in one.situations:
            made = self._code(node, "JuridicalSituation", "JuridicalSituation", situation.code)
            _period(made, "ValidityPeriod", situation.since, situation.until)
        if one.form is not None:
            made = self._code(node, "JuridicalForm", "JuridicalForm", one.form)
            _period(made, "ValidityPeriod", one.since, one.until)
        _denomination(node, one.names, one.since)
        _address(node, SEAT, one.seat, one.since, one.until)
        if whole:
            self._inside(node, one)
        places = sum(place.until is None for place in one.establishments)
        _text(node, "BusinessUnits", str(places))
        _period(node, "Period", one.since, one.until)
        return node

    def _inside(self, node: etree._Element, one: Enterprise) -> None:
        if one.kind == LEGAL:
            capital = _add(node, "Capital")
            _text(
                capital, "Amount", f"{(61_500 if one.form == SHARES else 18_600) + int(one.number) % 97}.50"
            )
            _text(capital, "Currency", "EUR")
        for function in one.functions:
            self._function(node, function)
        self._activity(node, one.trade, one.since, one.until)
        if one.kind == LEGAL:
            financial = _add(node, "FinancialData")
            _text(financial, "AnnualMeetingMonth", str(4 + int(one.number) % 3))
            _text(financial, "FiscalYearEndDay", "31")
            _text(financial, "FiscalYearEndMonth", "12")

    def establishment(self, one: Establishment, *, long: bool) -> etree._Element:
        """`long`: with status and activities."""
        node = etree.Element(f"{{{MES}}}Establishment")
        _text(node, "Number", one.number)
        _text(node, "EnterpriseNumber", one.enterprise)
        if long:
            self._code(node, "Status", "Status", "AC" if one.until is None else "ST")
        _denomination(node, one.names, one.since)
        _address(node, PLACE, one.address, one.since, one.until)
        if long:
            self._activity(node, one.trade, one.since, one.until)
        _period(node, "Period", one.since, one.until)
        return node

    def _code(self, parent: etree._Element, name: str, category: str, code: str) -> etree._Element:
        node = _add(parent, name)
        _text(node, "Code", code)
        _described(node, self._language, label(CODES[category], code, self._language))
        return node

    def _function(self, parent: etree._Element, one: Function) -> None:
        node = _add(parent, "Function")
        _text(node, "Code", one.code)
        _described(node, self._language, label(FUNCTIONS, one.code, self._language))
        _period(node, "Period", one.since, one.until)
        holder = self._world.people.persons.get(one.holder)
        if holder is None:
            _text(node, "Enterprise", one.holder)
            return
        person = _add(node, "Person")
        _text(person, "Surname", holder.family_name)
        _text(person, "GivenName", holder.given_names[0])

    def _activity(self, parent: etree._Element, trade: str, since: Day, until: Day | None) -> None:
        node = _add(parent, "Activity")
        _text(node, "Code", trade)
        _text(node, "NaceVersion", NACE)
        _text(node, "Classification", MAIN)
        _described(node, self._language, label(CODES[f"Nace{NACE}"], trade, self._language))
        _period(node, "Period", since, until)


def _denomination(parent: etree._Element, names: Names, since: Day) -> None:
    node = _add(parent, "Denomination")
    _text(node, "Code", NAME)
    _names(node, names)
    _period(node, "ValidityPeriod", since, None)


def _address(parent: etree._Element, kind: str, one: Address, since: Day, until: Day | None) -> None:
    """Without Country: all are in Belgium."""
    node = _add(parent, "Address")
    _text(node, "TypeOfAddress", kind)
    street = _add(node, "Street")
    if one.written is None:
        _text(street, "Code", one.street.code)
    _names(street, one.street.names if one.written is None else Names(one.written, one.written))
    _text(node, "HouseNumber", one.house_number)
    if one.box is not None:
        _text(node, "Box", one.box)
    _text(node, "Zipcode", one.street.postal_code)
    municipality = _add(node, "Municipality")
    _text(municipality, "Code", one.street.nis)
    _names(municipality, municipalities()[one.street.nis])
    _text(node, "Begin", str(since))
    if until is not None:
        _text(node, "End", str(until))


def _names(parent: etree._Element, names: Names) -> None:
    _described(parent, "fr", names.fr)
    _described(parent, "nl", names.nl)


def _described(parent: etree._Element, language: str, words: str) -> None:
    node = _add(parent, "Description")
    _text(node, "Language", language)
    _text(node, "Value", words)


def _period(parent: etree._Element, name: str, since: Day, until: Day | None) -> None:
    node = _add(parent, name)
    _text(node, "Begin", str(since))
    if until is not None:
        _text(node, "End", str(until))


def _text(parent: etree._Element, name: str, text: str) -> None:
    _add(parent, name).text = text


def _add(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{DAT}}}{name}")
