"""What the bank's codes mean, by category as the open data name them: in French, Dutch, German and English.

Codes and their meaning are those of SOURCE.md and of what the open data show; the words are ours.
"""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("fr", "nl", "de", "en")
_Labels = Mapping[str, tuple[str, str, str, str]]

CODES: Mapping[str, _Labels] = {
    "ActivityGroup": {
        "001": ("Activités TVA", "Btw-activiteiten", "MwSt.-Tätigkeiten", "VAT activities"),
        "003": ("Activités", "Activiteiten", "Tätigkeiten", "Activities"),
        "006": ("Activités ONSS", "RSZ-activiteiten", "LSS-Tätigkeiten", "NSSO activities"),
    },
    "Classification": {
        "MAIN": ("Activité principale", "Hoofdactiviteit", "Haupttätigkeit", "Main activity"),
        "SECO": ("Activité secondaire", "Nevenactiviteit", "Nebentätigkeit", "Secondary activity"),
        "ANCI": ("Activité auxiliaire", "Hulpactiviteit", "Hilfstätigkeit", "Ancillary activity"),
    },
    "ContactType": {
        "TEL": ("Téléphone", "Telefoon", "Telefon", "Telephone"),
        "EMAIL": ("Courriel", "E-mail", "E-Mail", "E-mail"),
        "WEB": ("Site web", "Website", "Website", "Website"),
    },
    "EntityContact": {
        "ENT": ("Entreprise", "Onderneming", "Unternehmen", "Enterprise"),
        "EST": ("Établissement", "Vestiging", "Niederlassung", "Establishment"),
        "BRA": ("Succursale", "Bijkantoor", "Zweigstelle", "Branch"),
    },
    "JuridicalForm": {
        "014": ("Société anonyme", "Naamloze vennootschap", "Aktiengesellschaft", "Public limited company"),
        "017": ("ASBL", "Vzw", "VoG", "Non-profit association"),
        "610": ("Société à responsabilité limitée", "Besloten vennootschap", "GmbH", "Limited company"),
        "706": ("Société coopérative", "Coöperatieve vennootschap", "Genossenschaft", "Cooperative"),
    },
    "JuridicalSituation": {
        "000": ("Situation normale", "Normale toestand", "Normaler Zustand", "Normal situation"),
        "012": (
            "Dissolution volontaire",
            "Vrijwillige ontbinding",
            "Freiwillige Auflösung",
            "Voluntary dissolution",
        ),
        "016": (
            "Cessation d'activité",
            "Stopzetting van activiteit",
            "Einstellung der Tätigkeit",
            "End of activity",
        ),
        "050": ("Faillite", "Faillissement", "Konkurs", "Bankruptcy"),
    },
    "Language": {
        "0": ("Inconnue", "Onbekend", "Unbekannt", "Unknown"),
        "1": ("Français", "Frans", "Französisch", "French"),
        "2": ("Néerlandais", "Nederlands", "Niederländisch", "Dutch"),
        "3": ("Allemand", "Duits", "Deutsch", "German"),
        "4": ("Anglais", "Engels", "Englisch", "English"),
    },
    "Nace2008": {
        "43320": ("Menuiserie", "Schrijnwerk", "Bautischlerei", "Joinery"),
        "45113": ("Commerce de voitures", "Handel in auto's", "Handel mit Autos", "Sale of cars"),
        "47240": ("Commerce de pain", "Handel in brood", "Handel mit Brot", "Sale of bread"),
        "49410": ("Transport routier", "Wegvervoer", "Güterkraftverkehr", "Road haulage"),
        "56101": ("Restauration", "Restaurants", "Restaurants", "Restaurants"),
        "62010": ("Programmation", "Programmeren", "Programmierung", "Programming"),
        "68201": ("Location de logements", "Verhuur van woningen", "Wohnungsvermietung", "Letting of homes"),
        "71111": ("Architecture", "Architectuur", "Architektur", "Architecture"),
        "77110": ("Location de voitures", "Verhuur van auto's", "Autovermietung", "Renting of cars"),
        "86210": ("Médecine générale", "Huisartsen", "Allgemeinmedizin", "General practice"),
        "88995": ("Action sociale", "Sociaal werk", "Sozialarbeit", "Social work"),
        "96021": ("Coiffure", "Kappers", "Friseure", "Hairdressing"),
    },
    "Status": {
        "AC": ("Actif", "Actief", "Aktiv", "Active"),
        "ST": ("Arrêté", "Stopgezet", "Eingestellt", "Stopped"),
    },
    "TypeOfAddress": {
        "REGO": ("Siège", "Zetel", "Sitz", "Seat"),
        "BAET": ("Établissement", "Vestigingseenheid", "Niederlassung", "Establishment"),
        "ABBR": ("Succursale", "Bijkantoor", "Zweigstelle", "Branch"),
    },
    "TypeOfDenomination": {
        "001": ("Dénomination", "Naam", "Name", "Name"),
        "002": ("Abréviation", "Afkorting", "Abkürzung", "Abbreviation"),
        "003": ("Dénomination commerciale", "Commerciële naam", "Handelsname", "Commercial name"),
        "004": (
            "Nom de la succursale",
            "Naam van het bijkantoor",
            "Name der Zweigstelle",
            "Name of the branch",
        ),
    },
    "TypeOfEnterprise": {
        "0": ("Inconnu", "Onbekend", "Unbekannt", "Unknown"),
        "1": ("Personne physique", "Natuurlijk persoon", "Natürliche Person", "Natural person"),
        "2": ("Personne morale", "Rechtspersoon", "Juristische Person", "Legal person"),
    },
}
"""Category -> code -> words, as `code.csv` carries them."""

FUNCTIONS: _Labels = {
    "10002": ("Administrateur", "Bestuurder", "Verwalter", "Director"),
    "10003": ("Représentant permanent", "Vaste vertegenwoordiger", "Ständiger Vertreter", "Representative"),
    "10006": ("Gérant", "Zaakvoerder", "Geschäftsführer", "Manager"),
    "10007": (
        "Administrateur délégué",
        "Gedelegeerd bestuurder",
        "Geschäftsführender Verwalter",
        "Managing director",
    ),
}
"""Functions, which the open data do not carry."""


def label(labels: _Labels, code: str, language: str) -> str:
    """The words for a code. Raises KeyError for one that is not in the table."""
    return labels[code][LANGUAGES.index(language)]
