"""What the National Register's codes mean, in its three languages."""

from __future__ import annotations

from collections.abc import Mapping

from mocks.places import municipalities

_Labels = Mapping[str, tuple[str, str, str]]

SPECIAL_RESIDENCES: _Labels = {
    "992": ("Parti pour l'étranger", "Vertrokken naar het buitenland", "Ins Ausland verzogen"),
    "99990": ("Décédé", "Overleden", "Verstorben"),
    "99991": ("Radié d'office", "Ambtshalve geschrapt", "Von Amts wegen gestrichen"),
}
CIVIL_STATES: _Labels = {
    "10": ("Célibataire", "Ongehuwd", "Ledig"),
    "20": ("Marié", "Gehuwd", "Verheiratet"),
    "30": ("Veuf", "Weduwstaat", "Verwitwet"),
    "40": ("Divorcé", "Gescheiden", "Geschieden"),
    "80": ("Cohabitation légale", "Wettelijk samenwonend", "Gesetzlich zusammenwohnend"),
}
FAMILY_ROLES: _Labels = {
    "01": ("Personne de référence", "Referentiepersoon", "Referenzperson"),
    "02": ("Conjoint", "Echtgenoot", "Ehepartner"),
    "03": ("Enfant", "Kind", "Kind"),
    "12": ("Non apparenté", "Niet verwant", "Nicht verwandt"),
}
COUNTRIES: _Labels = {
    "111": ("France", "Frankrijk", "Frankreich"),
    "123": ("Portugal", "Portugal", "Portugal"),
    "128": ("Italie", "Italië", "Italien"),
    "150": ("Belgique", "België", "Belgien"),
    "262": ("Turquie", "Turkije", "Türkei"),
    "354": ("Maroc", "Marokko", "Marokko"),
    "997": ("Pays sans nom", "Land zonder naam", "Land ohne Namen"),
}
REGISTERS: _Labels = {
    "1": ("Registre des étrangers", "Vreemdelingenregister", "Fremdenregister"),
    "2": ("Registre de la population", "Bevolkingsregister", "Bevölkerungsregister"),
}
HOUSING: _Labels = {"00": ("Ménage privé", "Privaat huishouden", "Privathaushalt")}
FILIATION: _Labels = {"00": ("Enfant", "Kind", "Kind")}
REASONS: _Labels = {"1": ("Numéro remplacé", "Nummer vervangen", "Nummer ersetzt")}

STATUS: _Labels = {
    "MSG00000": ("Traitement réussi", "Behandeling geslaagd", "Verarbeitung gelungen"),
    "MSG00005": ("Ce numéro n'existe pas", "Dit nummer bestaat niet", "Diese Nummer besteht nicht"),
    "MSG00006": ("Ce numéro est remplacé", "Dit nummer is vervangen", "Diese Nummer ist ersetzt"),
    "MSG00009": ("Personne décédée", "Overleden persoon", "Verstorbene Person"),
    "MSG00011": (
        "Structure du numéro incorrecte",
        "Onjuiste structuur van het nummer",
        "Nummer falsch gebildet",
    ),
    "MSG00100": ("Aucune donnée", "Geen gegevens", "Keine Daten"),
}


def label(labels: _Labels, code: str, language: str) -> str:
    """The text for `code` in `fr`, `nl` or `de`. Raises KeyError for a code that is not in the table."""
    return labels[code][("fr", "nl", "de").index(language)]


def residence(code: str, language: str) -> str:
    """The name of a municipality or of a special residence. Raises KeyError."""
    if code in SPECIAL_RESIDENCES:
        return label(SPECIAL_RESIDENCES, code, language)
    return municipalities()[code].label(language)
