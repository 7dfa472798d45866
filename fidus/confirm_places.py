"""Municipalities with the names that people give them: French, Dutch, German, English, short.

Not all of Belgium: those of the Brussels region, and those elsewhere whose name changes with the language.
A name that is not here is compared as it is written. A key is one of the spellings, or holds a hyphen, which
no spelling does once it is reduced.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_BRUSSELS = {
    "anderlecht": ("Anderlecht",),
    "auderghem": ("Auderghem", "Oudergem"),
    "berchem-sainte-agathe": ("Berchem-Sainte-Agathe", "Sint-Agatha-Berchem"),
    "etterbeek": ("Etterbeek",),
    "evere": ("Evere",),
    "forest": ("Forest", "Vorst"),
    "ganshoren": ("Ganshoren",),
    "ixelles": ("Ixelles", "Elsene"),
    "jette": ("Jette",),
    "koekelberg": ("Koekelberg",),
    "molenbeek": ("Molenbeek-Saint-Jean", "Sint-Jans-Molenbeek", "Molenbeek"),
    "saint-gilles": ("Saint-Gilles", "Sint-Gillis"),
    "saint-josse": ("Saint-Josse-ten-Noode", "Sint-Joost-ten-Node", "Saint-Josse", "Sint-Joost"),
    "schaerbeek": ("Schaerbeek", "Schaarbeek"),
    "uccle": ("Uccle", "Ukkel"),
    "watermael": ("Watermael-Boitsfort", "Watermaal-Bosvoorde", "Watermael", "Boitsfort", "Bosvoorde"),
    "woluwe-saint-lambert": ("Woluwe-Saint-Lambert", "Sint-Lambrechts-Woluwe"),
    "woluwe-saint-pierre": ("Woluwe-Saint-Pierre", "Sint-Pieters-Woluwe"),
}
_ELSEWHERE = {
    "aalst": ("Aalst", "Alost"),
    "amel": ("Amel", "Amblève"),
    "antwerpen": ("Antwerpen", "Anvers", "Antwerp"),
    "arlon": ("Arlon", "Aarlen", "Arel"),
    "ath": ("Ath", "Aat"),
    "bastogne": ("Bastogne", "Bastenaken"),
    "braine-l-alleud": ("Braine-l'Alleud", "Eigenbrakel"),
    "braine-le-chateau": ("Braine-le-Château", "Kasteelbrakel"),
    "braine-le-comte": ("Braine-le-Comte", "'s-Gravenbrakel"),
    "brugge": ("Brugge", "Bruges", "Brügge"),
    "bullingen": ("Büllingen", "Bullange"),
    "butgenbach": ("Bütgenbach", "Butgenbach"),
    "charleroi": ("Charleroi",),
    "comines": ("Comines-Warneton", "Komen-Waasten", "Comines", "Komen"),
    "de-panne": ("De Panne", "La Panne"),
    "dendermonde": ("Dendermonde", "Termonde"),
    "diksmuide": ("Diksmuide", "Dixmude"),
    "drogenbos": ("Drogenbos",),
    "edingen": ("Edingen", "Enghien"),
    "eupen": ("Eupen",),
    "flobecq": ("Flobecq", "Vloesberg"),
    "geldenaken": ("Geldenaken", "Jodoigne"),
    "genk": ("Genk",),
    "gent": ("Gent", "Gand", "Ghent"),
    "geraardsbergen": ("Geraardsbergen", "Grammont"),
    "halle": ("Halle", "Hal"),
    "hasselt": ("Hasselt",),
    "hoei": ("Hoei", "Huy"),
    "ieper": ("Ieper", "Ypres"),
    "kelmis": ("Kelmis", "La Calamine"),
    "koksijde": ("Koksijde", "Coxyde"),
    "kortrijk": ("Kortrijk", "Courtrai"),
    "kraainem": ("Kraainem", "Crainhem"),
    "la-hulpe": ("La Hulpe", "Terhulpen"),
    "la-louviere": ("La Louvière",),
    "lessines": ("Lessines", "Lessen"),
    "leuven": ("Leuven", "Louvain", "Löwen"),
    "liege": ("Liège", "Luik", "Lüttich"),
    "lier": ("Lier", "Lierre"),
    "limbourg": ("Limbourg",),
    "linkebeek": ("Linkebeek",),
    "lontzen": ("Lontzen",),
    "malmedy": ("Malmedy",),
    "mechelen": ("Mechelen", "Malines"),
    "menen": ("Menen", "Menin"),
    "mons": ("Mons", "Bergen"),
    "mouscron": ("Mouscron", "Moeskroen"),
    "namur": ("Namur", "Namen"),
    "nieuwpoort": ("Nieuwpoort", "Nieuport"),
    "nivelles": ("Nivelles", "Nijvel"),
    "oostende": ("Oostende", "Ostende", "Ostend"),
    "oudenaarde": ("Oudenaarde", "Audenarde"),
    "raeren": ("Raeren",),
    "roeselare": ("Roeselare", "Roulers"),
    "ronse": ("Ronse", "Renaix"),
    "saint-nicolas-waas": ("Sint-Niklaas", "Saint-Nicolas-Waes"),
    "saint-vith": ("Sankt Vith", "Saint-Vith"),
    "silly": ("Silly", "Opzullik"),
    "sint-genesius-rode": ("Sint-Genesius-Rode", "Rhode-Saint-Genèse"),
    "sint-truiden": ("Sint-Truiden", "Saint-Trond"),
    "soignies": ("Soignies", "Zinnik"),
    "tienen": ("Tienen", "Tirlemont"),
    "tongeren": ("Tongeren", "Tongres", "Tongeren-Borgloon"),
    "tournai": ("Tournai", "Doornik"),
    "tubize": ("Tubize", "Tubeke"),
    "verviers": ("Verviers",),
    "veurne": ("Veurne", "Furnes"),
    "vilvoorde": ("Vilvoorde", "Vilvorde"),
    "waremme": ("Waremme", "Borgworm"),
    "waterloo": ("Waterloo",),
    "wavre": ("Wavre", "Waver"),
    "wemmel": ("Wemmel",),
    "wezembeek-oppem": ("Wezembeek-Oppem",),
    "zaventem": ("Zaventem",),
    "zoutleeuw": ("Zoutleeuw", "Léau"),
}
_CITY = {"bruxelles": ("Bruxelles", "Brussel", "Brussels", "Brüssel")}
_QUARTERS = {
    "haren": ("Haren",),
    "laeken": ("Laeken", "Laken"),
    "neder-over-heembeek": ("Neder-Over-Heembeek", "N.O.H.", "NOH"),
}

MUNICIPALITIES: Mapping[str, tuple[str, ...]] = MappingProxyType(_CITY | _BRUSSELS | _ELSEWHERE | _QUARTERS)
"""Key -> names."""

NINETEEN = frozenset(_CITY) | frozenset(_BRUSSELS)
"""The municipalities of the Brussels region."""

PARTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "haren": ("bruxelles", "1130"),
        "laeken": ("bruxelles", "1020"),
        "neder-over-heembeek": ("bruxelles", "1120"),
    }
)
"""Parts with a postal code of their own: key -> (municipality, code)."""
