"""Names of nobody: they sound like Brussels and are put together from parts."""

from __future__ import annotations

from itertools import product

_BEGINNINGS = (
    "Bra",
    "Corva",
    "Dele",
    "Fari",
    "Gilde",
    "Hoene",
    "Lamper",
    "Merle",
    "Nolle",
    "Perre",
    "Quinte",
)
_ENDINGS = (
    "beeckx",
    "champlet",
    "daelens",
    "gnaux",
    "hovens",
    "nackers",
    "quelin",
    "ssaert",
    "vauroy",
    "zeelius",
)
_OTHERS = (
    "Ait Zemmouri-Lahr",
    "Benkhadrou",
    "Çelikdemirtaş",
    "D'Hoesterlaere",
    "Ferreirinhas",
    "Kowalczenko",
    "Ndombasiku",
    "Papadrakopoulos",
    "Tshimbulanga",
    "Van den Quaetbosch",
    "Verlooghenacker",
    "Zerrougane",
)

FAMILY_NAMES = (*(begin + end for begin, end in product(_BEGINNINGS, _ENDINGS)), *_OTHERS)
"""About 120 family names, in several of the city's languages."""

GIVEN_NAMES = {
    1: (
        "Anatolin",
        "Bastienne-Luc",
        "Corentijn",
        "Duartino",
        "Emreddin",
        "Fabiaan",
        "Joriel",
        "Mehdisson",
        "Mykolas",
        "Pieterjoost",
        "Rachidou",
        "Thibauld",
        "Wouterik",
        "Youssefin",
    ),
    2: (
        "Aurélisse",
        "Beatrijze",
        "Élodienne",
        "Fennalot",
        "Hannekien",
        "Inessa",
        "Katrijntje",
        "Ludivienne",
        "Margauxette",
        "Noémile",
        "Oksaline",
        "Sorayane",
        "Yasminette",
        "Zinebelle",
    ),
}
"""Given names by sex, 1 male and 2 female."""
