"""One person's file as the register sends it: information types (IT) of the rn25 schema.

Without history only what holds is given; with it everything, the newest first.
"""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from mocks.days import Day
from mocks.national_register import labels
from mocks.people import Person, Stay, residences
from mocks.places import Address
from mocks.population import Population

RN = "http://www.ibz.rrn.fgov.be/XSD/xm25/rn25Schema"
Node = etree._Element


class File:
    """Writes the file of `person` in `language` (fr, nl, de)."""

    def __init__(self, person: Person, population: Population, language: str, history: bool) -> None:
        self._person = person
        self._population = population
        self._language = language
        self._history = history
        self._root = etree.Element("rrn_it_implicit", nsmap={"rn": RN})

    def write(self) -> Node:
        """The element `rrn_it_implicit`, in the order of the information types' numbers."""
        self._number()
        self._residences()
        self._formers()
        self._name()
        self._addresses()
        self._elsewhere()
        self._nationality()
        self._birth_place()
        self._civil_states()
        self._household()
        self._decease()
        self._register()
        self._dates()
        self._parents()
        self._children()
        return self._root

    def _group(
        self, container: str, item: str, number: str, spans: Iterable[tuple[Day, Day | None]]
    ) -> list[Node]:
        """One item for each span that is to be given, in a container that is left out when there is none."""
        made: list[Node] = []
        for since, until in spans:
            node = etree.Element(f"{{{RN}}}{item}", Type=number)
            _day(node, "Date", since)
            if until is not None:
                _day(node, "DelDate", until)
            made.append(node)
        shown = [node for node in made if self._shown(node)]
        if shown:
            _add(self._root, container).extend(reversed(shown))
        return made

    def _shown(self, node: Node) -> bool:
        return self._history or node.find(f"{{{RN}}}DelDate") is None

    def _single(self, name: str, number: str) -> Node:
        return etree.SubElement(self._root, f"{{{RN}}}{name}", Type=number)

    def _number(self) -> None:
        _national_number(self._single("NationalNumber", "000"), self._person)

    def _residences(self) -> None:
        """IT 001."""
        spans = residences(self._person)
        nodes = self._group("FileOwner", "Residences", "001", ((one.since, one.until) for one in spans))
        for node, one in zip(nodes, spans, strict=True):
            _coded(node, "Residence", one.code, labels.residence(one.code, self._language))
            _add(node, "Fusion", "0")
            _add(node, "Language", str(self._person.language))

    def _formers(self) -> None:
        """IT 002: the numbers that this one replaced."""
        formers = self._person.formers
        nodes = self._group("FileReferences", "FileReference", "002", ((one.since, None) for one in formers))
        for node, former in zip(nodes, formers, strict=True):
            _add(_add(node, "NationalNumber"), "NationalNumber", former.number)
            _coded(node, "Justification", "1", labels.label(labels.REASONS, "1", self._language))

    def _name(self) -> None:
        """IT 010, since birth."""
        (node,) = self._group("Names", "Name", "010", [(self._person.birth, None)])
        _name(node, self._person).set("Group1", "1")

    def _addresses(self) -> None:
        """IT 020, and 024 where the address is only one of reference."""
        stays = self._person.stays
        nodes = self._group(
            "LegalMainAddresses", "LegalMainAddress", "020", ((one.since, one.until) for one in stays)
        )
        for node, stay in zip(nodes, stays, strict=True):
            self._address(node, stay.address)
        if self._person.at_reference_address:
            self._group("AddressReferences", "AddressReference", "024", [(stays[-1].since, None)])

    def _address(self, node: Node, address: Address) -> None:
        inner = _add(node, "Address")
        _add(inner, "ZipCode", address.street.postal_code)
        if address.written is not None:
            _add(_add(inner, "Street"), "Graphic", address.written)
        else:
            _coded(inner, "Street", address.street.code, address.street.names.label(self._language))
        _add(inner, "HouseNumber", address.house_number)
        if address.box is not None:
            _add(inner, "Box", address.box)

    def _elsewhere(self) -> None:
        """IT 022 and 026."""
        away = self._person.abroad
        nodes = self._group(
            "ResidenceAbroad", "ResidenceAbroad", "022", ((one.since, one.until) for one in away)
        )
        for node, one in zip(nodes, away, strict=True):
            country = labels.label(labels.COUNTRIES, one.country, self._language)
            outer = _add(node, "Address")
            _coded(outer, "PosteDiplomatique", one.country, country)
            _coded(outer, "Territory", one.country, country)
            inner = _add(outer, "Address")
            _coded(inner, "Country", one.country, country)
            for number, line in enumerate(one.lines, 1):
                _add(inner, f"Graphic{number}", line)
        if self._person.absent_since is not None:
            self._group("TemporaryAbsences", "TemporaryAbsence", "026", [(self._person.absent_since, None)])

    def _nationality(self) -> None:
        """IT 031, since birth."""
        (node,) = self._group("Nationalities", "Nationality", "031", [(self._person.birth, None)])
        code = self._person.nationality
        _coded(node, "Nationality", code, labels.label(labels.COUNTRIES, code, self._language))

    def _birth_place(self) -> None:
        """IT 100: a municipality of Belgium, or a country and what the act says."""
        node = self._single("BirthPlace", "100")
        _day(node, "Date", self._person.birth)
        _add(node, "ActNumber", "0000")
        country, place = self._person.birth_place
        if country == "150":
            _coded(node, "Place1", place, labels.residence(place, self._language))
            return
        abroad = _add(node, "Place2")
        _coded(abroad, "Country", country, labels.label(labels.COUNTRIES, country, self._language))
        _add(abroad, "Graphic", place)

    def _civil_states(self) -> None:
        """IT 120."""
        states = self._person.civil_states
        nodes = self._group("CivilStates", "CivilState", "120", ((one.since, one.until) for one in states))
        for node, state in zip(nodes, states, strict=True):
            _coded(
                node, "CivilState", state.code, labels.label(labels.CIVIL_STATES, state.code, self._language)
            )
            if state.spouse is not None:
                other = self._population.persons[state.spouse]
                spouse = _add(node, "Spouse")
                _national_number(spouse, other)
                _name(spouse, other)
                where = other.stays[0].address.street.nis
                _coded(_add(node, "Lieu"), "Place1", where, labels.residence(where, self._language))

    def _household(self) -> None:
        """IT 140 in the reference person's file, 141 in the others'. Without address, no household."""
        person, stay = self._person, _last_stay(self._person)
        if person.head is None or stay is None:
            return
        members = self._population.household(person.head)
        if person.number == person.head:
            others = [one for one in members if one is not person]
            container, item, number = "FamilyMembers", "FamilyMember", "140"
        else:
            others = list(members[:1])
            container, item, number = "HeadOfFamily", "HeadOfFamily", "141"
        # A household exists since the latest of its two people came to live there.
        spans = ((max(stay.since, _since(other)), None) for other in others)
        for node, other in zip(self._group(container, item, number, spans), others, strict=True):
            role = other.role if number == "140" else person.role
            _coded(node, "Housing", "00", labels.label(labels.HOUSING, "00", self._language))
            _coded(node, "FamilyRole", role, labels.label(labels.FAMILY_ROLES, role, self._language))
            _national_number(node, other)
            _name(node, other)

    def _decease(self) -> None:
        """IT 150."""
        day = self._person.decease
        if day is not None:
            (node,) = self._group("Deceases", "Decease", "150", [(day, None)])
            act = _add(node, "Decease")
            _add(act, "ActNumber", "0000")
            _coded(act, "Place1", "21004", labels.residence("21004", self._language))

    def _register(self) -> None:
        """IT 210."""
        code = self._person.register
        if code is not None:
            (node,) = self._group(
                "RegistrationRegisters", "RegistrationRegister", "210", [(self._person.birth, None)]
            )
            _coded(node, "RegistrationRegister", code, labels.label(labels.REGISTERS, code, self._language))

    def _dates(self) -> None:
        """IT 251 to 254. An end that is not known is an empty EndDate."""
        person = self._person
        changes = [day for stay in person.stays for day in (stay.since, stay.until) if day is not None]
        self._group("ResidenceUpdateDates", "ResidenceUpdateDate", "251", [(max(changes), None)])
        if person.silence is not None:
            node = self._single("NotCommunicable", "252")
            _day(node, "Date", person.silence.start)
            _day(node, "StartDate", person.silence.start)
            end = person.silence.end
            if end is None:
                _add(node, "EndDate")
            else:
                _day(node, "EndDate", end)
        _day(self._single("CreationDate", "253"), "Date", person.stays[0].since)
        _day(self._single("LastUpdateDate", "254"), "Date", max(changes))

    def _parents(self) -> None:
        """IT 110, for whoever was born into a household of this world."""
        person = self._person
        if not person.parents:
            return
        (node,) = self._group("Filiations", "Filiation", "110", [(person.birth, None)])
        _coded(node, "FiliationType", "00", labels.label(labels.FILIATION, "00", self._language))
        for place, number in enumerate(person.parents, 1):
            parent = _add(node, f"Parent{place}")
            _national_number(parent, self._population.persons[number])
            _name(parent, self._population.persons[number])

    def _children(self) -> None:
        """IT 114, in the file of whoever stands in a child's IT 110."""
        children = self._population.children(self._person.number)
        nodes = self._group(
            "DescendentFiliations", "DescendentFiliation", "114", ((one.birth, None) for one in children)
        )
        for node, other in zip(nodes, children, strict=True):
            _coded(node, "FiliationType", "00", labels.label(labels.FILIATION, "00", self._language))
            child = _add(node, "Child")
            _national_number(child, other)
            _name(child, other)


def _last_stay(person: Person) -> Stay | None:
    return person.stays[-1] if person.address is not None else None


def _since(person: Person) -> Day:
    return person.stays[-1].since


def _add(parent: Node, name: str, text: str | None = None) -> Node:
    node = etree.SubElement(parent, f"{{{RN}}}{name}")
    node.text = text
    return node


def _coded(parent: Node, name: str, code: str, text: str) -> Node:
    node = _add(parent, name)
    _add(node, "Code", code)
    _add(node, "Label", text)
    return node


def _day(parent: Node, name: str, day: Day) -> None:
    """Four parts. Only the day unknown: it is 00. Both unknown: both are left out."""
    node = _add(parent, name)
    _add(node, "Century", f"{day.year // 100}")
    _add(node, "Year", f"{day.year % 100:02d}")
    if day.month:
        _add(node, "Month", f"{day.month:02d}")
        _add(node, "Day", f"{day.day:02d}")


def _national_number(parent: Node, person: Person) -> None:
    node = _add(parent, "NationalNumber")
    _add(node, "NationalNumber", person.number)
    _day(node, "Date", person.birth)
    _add(node, "Sex", str(person.sex))


def _name(parent: Node, person: Person) -> Node:
    node = _add(parent, "Name")
    last = _add(node, "LastName")
    _add(last, "Code", "0")
    _add(last, "Label", person.family_name)
    for given in person.given_names:
        _add(_add(node, "FirstName"), "Label", given)
    return node
