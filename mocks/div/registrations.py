"""One registration as the contract's JSON: plate, certificate, vehicle, and who holds and drives it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from mocks.days import Day
from mocks.enterprises import ASSOCIATION, COOPERATIVE, LEGAL, LIMITED, SHARES, Enterprise
from mocks.national_register.labels import COUNTRIES, label
from mocks.people import Abroad, Person
from mocks.places import Address, municipalities
from mocks.vehicles import ELECTRIC, REGISTERED, STRUCK_OFF, Registration, Vehicle
from mocks.world import World

BELGIUM = "150"
NORMAL_MASS_KG = 3_500  # heavier vehicles write their Euro norm in Roman numerals
_FORMS = {LIMITED: "SRL", SHARES: "SA", ASSOCIATION: "ASBL", COOPERATIVE: "SC"}
_TYPES = {True: "M", False: "O"}  # an enterprise that is, or is not, a legal person; samples show both


def begun(one: Registration) -> datetime:
    """When it was registered: on its day, at an hour of its own."""
    return _at_work(one, one.since.first())


def ended(one: Registration) -> datetime | None:
    """When it was struck off, if it was."""
    return None if one.until is None else _at_work(one, one.until.first())


def on(one: Registration, day: date) -> bool:
    """Whether it was in force on a day."""
    return one.since.first() <= day and (one.until is None or day < one.until.first())


class Writer:
    """Registrations as JSON, from a world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def plain(self, one: Registration, day: date | None = None) -> dict[str, Any]:
        """Without any person. `day`: as it stood registered then; None: as it stands."""
        closed = one.until is not None and (day is None or one.until.first() <= day)
        status = one.status if day is None or one.until is None else (STRUCK_OFF if closed else REGISTERED)
        return {
            "license": self._license(one, status, closed=closed),
            "certificates": [{"id": one.certificate, "beginDate": str(one.since), "statusLegal": "NOR"}],
            "transaction": self._transaction(one, closed=closed),
            "vehicle": vehicle_json(one.vehicle),
        }

    def held(self, one: Registration, day: date | None = None) -> dict[str, Any]:
        """With its holder and the address at which it was registered."""
        return {**self.plain(one, day), "titular": self._titular(one, None)}

    def full(self, one: Registration, today: date, day: date | None = None) -> dict[str, Any]:
        """With its holder, the holder's address of today, and the usual driver."""
        made = {**self.plain(one, day), "titular": self._titular(one, today)}
        if one.driver is not None:
            driver = self._world.people.persons[one.driver]
            made["driver"] = {"person": _person(driver), "source": "RRN"}
            if (address := _home(driver, today)) is not None:
                made["driver"]["address"] = address
        return made

    def _license(self, one: Registration, status: str, *, closed: bool) -> dict[str, Any]:
        made = {
            "plateNr": one.plate,
            "plateUID": f"2{one.certificate}",
            "plateType": {"code": one.plate_type},
            "languageCode": self._language(one),
            "startSituationDate": str(one.since),
            "lastRegistrationDate": str(one.since),
            "status": status,
            "statusLegal": "NOR",
            "lastUpdateDateTime": stamp((ended(one) or begun(one)) if closed else begun(one)),
            "reRegistrationFlag": "Y" if self._before(one) is not None else "N",
        }
        return {**made, "endSituationDate": str(one.until)} if closed else made

    def _transaction(self, one: Registration, *, closed: bool) -> dict[str, Any]:
        before = self._before(one)
        info = {"importedVehicle": _yes(one.vehicle.imported)}
        if before is not None:
            info["plateNumberPriorTitular"] = before.plate
        kind, sub = ("DEL", "DELRQ") if closed else ("REG", "REGNM")
        moment = (ended(one) or begun(one)) if closed else begun(one)
        return {"typeCode": kind, "subTypeCode": sub, "dateTime": stamp(moment), "info": info}

    def _before(self, one: Registration) -> Registration | None:
        all_ = self._world.by_vehicle[one.vehicle.vin, one.vehicle.unifier]
        at = all_.index(one)
        return all_[at - 1] if at else None

    def _language(self, one: Registration) -> str:
        person = self._world.people.persons.get(one.holder)
        return "nl" if person is not None and person.language == 2 else "fr"

    def _titular(self, one: Registration, today: date | None) -> dict[str, Any]:
        firm = self._world.enterprises.get(one.holder)
        if firm is not None:
            seat = _address(firm.seat, "fr")
            made: dict[str, Any] = {
                "type": _TYPES[firm.kind == LEGAL],
                "source": "KBO",
                "organisation": _organisation(firm),
            }
            return {
                **made,
                "registrationAddress": seat,
                **({"contactInfo": {"address": seat}} if today else {}),
            }
        person = self._world.people.persons[one.holder]
        made = {"type": "P", "source": "RRN", "person": _person(person)}
        if (then := _home(person, one.since.first())) is not None:
            made["registrationAddress"] = then
        if today is not None and (now := _home(person, today)) is not None:
            made["contactInfo"] = {"address": now}
        return made


def vehicle_json(one: Vehicle) -> dict[str, Any]:
    """Its technical data. Figures that the world does not know are made of those that it does."""
    model, first = one.model, str(one.first_used)
    made: dict[str, Any] = {
        "vin": one.vin,
        "unifier": one.unifier,
        "category": model.category,
        "makeName": model.make,
        "commercialName": model.name,
        "type": f"{model.make[:2]}{model.seats}",
        "variant": "".join(model.fuels) or "0",
        "version": f"{model.power}",
        "wvta": f"e0*2007/46*{model.capacity:04d}*00",
        "firstRegistrationDate": first,
        "firstKnownUseDate": first,
        "status": "REG",
        "statusLegal": "NOR",
        "distanceType": "K",
        "techControlValidityDate": str(date(one.first_used.year + 4, 12, 31)),
        "colour": [one.colour],
        "technicPermissibleMaxMass": model.most_mass,
        "maxPermLadenMassNational": model.most_mass,
        "massOfTheVehicleInRunningOrder": model.mass,
        "numberOfAxles": _axles(model.most_mass),
        "nrOfSeatingPositions": model.seats,
        "limiterIndicator": _yes(model.most_mass > NORMAL_MASS_KG),
        "tachoIndicator": _yes(model.most_mass > NORMAL_MASS_KG),
        "handicapIndicator": "N",
        "demolished": "N",
    }
    if model.body:
        made |= {"kind": model.body, "codeForBodyWork": [model.body]}
    if model.fuels:
        made["engine"] = [_engine(one)]
    return made


def _engine(one: Vehicle) -> dict[str, Any]:
    """One engine for all its fuels, as hybrids have two entries of fuel (assumed)."""
    made: dict[str, Any] = {"electricEngineIndicator": _yes(ELECTRIC in one.fuels)}
    if one.model.capacity:
        made["engineCapacity"] = one.model.capacity
    return {**made, "fuel": [_fuel(one, code, main=nth == 0) for nth, code in enumerate(one.fuels)]}


def _fuel(one: Vehicle, code: str, *, main: bool) -> dict[str, Any]:
    made: dict[str, Any] = {"code": code}
    if main:
        made["maximumNetPower"] = one.model.power
    if code == ELECTRIC:
        return made
    if one.norm is not None:
        made["euroNormCode"] = one.norm
        made["euroNormDescription"] = f"EURO {one.norm}"
    if one.co2 is not None and main:
        name = "WLTPCombinedCO2" if one.first_used.year >= 2019 else "combinedCO2"
        made[name] = one.co2
    return made


def _person(one: Person) -> dict[str, Any]:
    return {
        "nationalNr": one.number,
        "lastName": [one.family_name],
        "firstName": list(one.given_names),
        "birthYear": f"{one.birth.year:04d}",
    }


def _organisation(one: Enterprise) -> dict[str, Any]:
    made = {
        "companyNr": one.number,
        "organisationName": one.names.fr,
        "namePrintable": one.names.fr,
        "isLeaseCompany": _yes(one.leases),
    }
    if one.form is not None:
        made |= {"legalFormCode": one.form, "legalFormAbbrev": _FORMS[one.form]}
    return made


def _home(one: Person, day: date) -> dict[str, Any] | None:
    """Where a person lived on a day; nothing while the address may not be communicated (assumed)."""
    silence, language = one.silence, "nl" if one.language == 2 else "fr"
    if silence is not None and silence.start.first() <= day <= (
        date.max if silence.end is None else silence.end.first()
    ):
        return None
    for stay in one.stays:
        if _lasts(stay.since, stay.until, day):
            return {**_address(stay.address, language), **_source(stay.since.first())}
    for away in one.abroad:
        if _lasts(away.since, away.until, day):
            return {**_abroad(away, language), **_source(away.since.first())}
    return None


def _abroad(one: Abroad, language: str) -> dict[str, Any]:
    """The first line and the last: there are two (assumed)."""
    country = label(COUNTRIES, one.country, language)
    return {"streetName": one.lines[0], "cityName": one.lines[-1], "countryName": country}


def _address(one: Address, language: str) -> dict[str, Any]:
    made = {
        "streetName": one.written or one.street.names.label(language),
        "houseNumber": one.house_number,
        "postalCode": one.street.postal_code,
        "cityNisCode": one.street.nis,
        "cityName": municipalities()[one.street.nis].label(language),
        "countryName": label(COUNTRIES, BELGIUM, language),
    }
    return made if one.box is None else {**made, "box": one.box}


def _source(since: date) -> Mapping[str, str]:
    updated = datetime.combine(since + timedelta(days=1), time(4), UTC)
    return {"lastUpdateDateTime": stamp(updated), "lastUpdateSource": "RRN"}


def _lasts(since: Day, until: Day | None, day: date) -> bool:
    return since.first() <= day and (until is None or day < until.first())


def _at_work(one: Registration, day: date) -> datetime:
    nth = int(one.certificate) // 7
    return datetime.combine(day, time(7 + nth % 9, nth % 60, nth % 53), UTC)


def stamp(moment: datetime) -> str:
    """`2026-01-31T09:05:00Z`."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _axles(mass: int) -> int:
    return 1 if mass <= 750 else (2 if mass <= 20_000 else 5)


def _yes(true: bool) -> str:
    return "Y" if true else "N"
