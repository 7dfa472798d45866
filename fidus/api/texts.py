"""What a problem means and what to do about it, in four languages. Fixed sentences: no value goes in."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fidus.model import LocalText

DETAILS: Final[Mapping[str, LocalText]] = MappingProxyType(
    {
        "badRequest": {
            "fr": "La demande enfreint des règles. Chaque erreur figure dans issues; corrigez-les toutes.",
            "nl": "De vraag breekt regels. Elke fout staat in issues; verbeter ze alle.",
            "de": "Die Anfrage verstößt gegen Regeln. Jeder Fehler steht in issues; beheben Sie alle.",
            "en": "The request breaks rules. Each fault stands in issues; mend them all.",
        },
        "clientCertificateNotRecognized": {
            "fr": "Aucun certificat client ne mène à une institution connue. Vérifiez le certificat, son "
            "émetteur, le numéro d'entreprise qu'il contient et l'enregistrement de sa clé.",
            "nl": "Geen clientcertificaat leidt naar een gekende instelling. Kijk het certificaat na, de "
            "uitgever, het ondernemingsnummer erin en de registratie van de sleutel.",
            "de": "Kein Clientzertifikat führt zu einer bekannten Einrichtung. Prüfen Sie das Zertifikat, "
            "seinen Aussteller, die enthaltene Unternehmensnummer und die Eintragung seines Schlüssels.",
            "en": "No client certificate leads to a known institution. Check the certificate, its issuer, "
            "the enterprise number in it and the enrollment of its key.",
        },
        "notInForce": {
            "fr": "Le flux ou l'institution n'est pas en vigueur aujourd'hui. Voyez validFrom et validUntil.",
            "nl": "De stroom of de instelling is vandaag niet van kracht. Zie validFrom en validUntil.",
            "de": "Der Fluss oder die Einrichtung ist heute nicht in Kraft. Siehe validFrom und validUntil.",
            "en": "The flow or the institution is not in force today. See validFrom and validUntil.",
        },
        "suspended": {
            "fr": "Le flux est suspendu. Prenez contact avec l'intégrateur de services.",
            "nl": "De stroom is opgeschort. Neem contact op met de dienstenintegrator.",
            "de": "Der Fluss ist ausgesetzt. Wenden Sie sich an den Dienste-Integrator.",
            "en": "The flow is suspended. Contact the service integrator.",
        },
        "channelNotGranted": {
            "fr": "Le flux n'autorise pas ce canal. Voyez channels du flux.",
            "nl": "De stroom laat dit kanaal niet toe. Zie channels van de stroom.",
            "de": "Der Fluss erlaubt diesen Kanal nicht. Siehe channels des Flusses.",
            "en": "The flow does not grant this channel. See channels of the flow.",
        },
        "queryNotGranted": {
            "fr": "La question dépasse ce que le flux autorise. Restez dans ses champs et ses limites.",
            "nl": "De vraag gaat verder dan de stroom toelaat. Blijf binnen de velden en de grenzen ervan.",
            "de": "Die Frage geht über das hinaus, was der Fluss erlaubt. Bleiben Sie in seinen Feldern und "
            "Grenzen.",
            "en": "The question goes beyond what the flow grants. Stay within its fields and limits.",
        },
        "noOpenDossier": {
            "fr": "Aucun dossier ouvert ne lie votre institution à cette personne. Ouvrez-en un d'abord.",
            "nl": "Geen open dossier verbindt uw instelling met deze persoon. Open er eerst een.",
            "de": "Keine offene Akte verbindet Ihre Einrichtung mit dieser Person. Eröffnen Sie zuerst eine.",
            "en": "No open dossier links your institution to this person. Open one first.",
        },
        "mandateMissing": {
            "fr": "Le mandat a pris fin ou ne couvre pas ce flux. Demandez son renouvellement.",
            "nl": "Het mandaat is beëindigd of dekt deze stroom niet. Vraag het te vernieuwen.",
            "de": "Die Vollmacht ist beendet oder umfasst diesen Fluss nicht. Bitten Sie um Erneuerung.",
            "en": "The mandate has ended or does not cover this flow. Ask for its renewal.",
        },
        "missingPermission": {
            "fr": "La clé employée n'a pas le rôle que cette opération demande.",
            "nl": "De gebruikte sleutel heeft niet de rol die deze bewerking vraagt.",
            "de": "Der verwendete Schlüssel hat nicht die Rolle, die dieser Vorgang verlangt.",
            "en": "The key that was used has not the role that this operation needs.",
        },
        "resourceNotFound": {
            "fr": "Il n'y a rien à cette adresse pour votre institution.",
            "nl": "Op dit adres is er niets voor uw instelling.",
            "de": "Unter dieser Adresse gibt es nichts für Ihre Einrichtung.",
            "en": "There is nothing at this address for your institution.",
        },
        "methodNotAllowed": {
            "fr": "Cette adresse ne connaît pas cette méthode. L'en-tête Allow donne les méthodes possibles.",
            "nl": "Dit adres kent deze methode niet. De header Allow geeft de mogelijke methoden.",
            "de": "Diese Adresse kennt diese Methode nicht. Der Header Allow nennt die möglichen.",
            "en": "This address does not know this method. The header Allow names those that it knows.",
        },
        "notAcceptable": {
            "fr": "Rien de ce que l'en-tête Accept demande ne peut être donné ici.",
            "nl": "Niets van wat de header Accept vraagt, kan hier gegeven worden.",
            "de": "Nichts von dem, was der Header Accept verlangt, kann hier gegeben werden.",
            "en": "Nothing that the header Accept asks for can be given here.",
        },
        "conflict": {
            "fr": "L'état actuel ne le permet pas encore: la consultation est en cours. Réessayez plus tard.",
            "nl": "De huidige toestand laat dit nog niet toe: de raadpleging loopt. Probeer later opnieuw.",
            "de": "Der jetzige Stand erlaubt es noch nicht: die Abfrage läuft. Bitte später erneut.",
            "en": "The present state does not allow it yet: the consultation is under way. Try again later.",
        },
        "payloadTooLarge": {
            "fr": "Le corps de la demande est trop grand. limit donne le nombre d'octets permis.",
            "nl": "De inhoud van de vraag is te groot. limit geeft het toegelaten aantal bytes.",
            "de": "Der Inhalt der Anfrage ist zu groß. limit nennt die erlaubte Zahl von Bytes.",
            "en": "The body of the request is too large. limit tells how many bytes are allowed.",
        },
        "unsupportedMediaType": {
            "fr": "Envoyez application/json (en SOAP : text/xml) en UTF-8, sans Content-Encoding.",
            "nl": "Stuur application/json (in SOAP: text/xml) in UTF-8, zonder Content-Encoding.",
            "de": "Senden Sie application/json (in SOAP: text/xml) in UTF-8, ohne Content-Encoding.",
            "en": "Send application/json (in SOAP: text/xml) in UTF-8, without Content-Encoding.",
        },
        "idempotencyKeyReused": {
            "fr": "Cette clé d'idempotence a déjà servi pour une autre demande. Prenez-en une nouvelle.",
            "nl": "Deze idempotentiesleutel diende al voor een andere vraag. Neem een nieuwe.",
            "de": "Dieser Idempotenzschlüssel diente schon einer anderen Anfrage. Nehmen Sie einen neuen.",
            "en": "This idempotency key has served another request already. Take a new one.",
        },
        "tooManyRequests": {
            "fr": "Trop de demandes. Attendez le nombre de secondes indiqué par Retry-After.",
            "nl": "Te veel vragen. Wacht het aantal seconden dat Retry-After aangeeft.",
            "de": "Zu viele Anfragen. Warten Sie so viele Sekunden, wie Retry-After angibt.",
            "en": "Too many requests. Wait as many seconds as Retry-After says.",
        },
        "tooManyFailedRequests": {
            "fr": "Trop de valeurs inexactes ont été comparées aujourd'hui pour ce sujet. Réessayez demain.",
            "nl": "Vandaag zijn voor dit onderwerp te veel foute waarden vergeleken. Probeer morgen opnieuw.",
            "de": "Hierzu wurden heute zu viele falsche Werte verglichen. Morgen geht es wieder.",
            "en": "Too many wrong values were compared about this subject today. Try again tomorrow.",
        },
        "internalServerError": {
            "fr": "L'intégrateur a commis une erreur. Donnez-lui la valeur de instance.",
            "nl": "De integrator heeft een fout gemaakt. Geef hem de waarde van instance.",
            "de": "Der Integrator hat einen Fehler gemacht. Nennen Sie ihm den Wert von instance.",
            "en": "The integrator made a mistake. Tell it the value of instance.",
        },
        "sourceFault": {
            "fr": "La source authentique n'a pas pu traiter la question.",
            "nl": "De authentieke bron kon de vraag niet behandelen.",
            "de": "Die authentische Quelle konnte die Frage nicht behandeln.",
            "en": "The authentic source could not treat the question.",
        },
        "sourceAnswerInvalid": {
            "fr": "La source authentique a donné une réponse qui ne peut être utilisée.",
            "nl": "De authentieke bron gaf een antwoord dat niet gebruikt kan worden.",
            "de": "Die authentische Quelle gab eine Antwort, die nicht verwendet werden kann.",
            "en": "The authentic source gave an answer that cannot be used.",
        },
        "sourceSignatureInvalid": {
            "fr": "La réponse ne porte pas la signature attendue de la source authentique.",
            "nl": "Het antwoord draagt niet de verwachte handtekening van de authentieke bron.",
            "de": "Die Antwort trägt nicht die erwartete Signatur der authentischen Quelle.",
            "en": "The answer does not bear the expected signature of the authentic source.",
        },
        "serviceUnavailable": {
            "fr": "Rien ne peut être enregistré pour l'instant, donc rien ne part. Réessayez plus tard.",
            "nl": "Er kan nu niets vastgelegd worden, dus vertrekt er niets. Probeer later opnieuw.",
            "de": "Zurzeit kann nichts festgehalten werden, also geht nichts hinaus. Bitte später erneut.",
            "en": "Nothing can be recorded at the moment, so nothing leaves. Try again later.",
        },
        "sourceUnavailable": {
            "fr": "La source authentique est injoignable. Réessayez plus tard.",
            "nl": "De authentieke bron is niet bereikbaar. Probeer later opnieuw.",
            "de": "Die authentische Quelle ist nicht erreichbar. Versuchen Sie es später erneut.",
            "en": "The authentic source cannot be reached. Try again later.",
        },
        "sourceTimeout": {
            "fr": "La source authentique n'a pas donné de réponse complète à temps. Réessayez plus tard.",
            "nl": "De authentieke bron gaf niet op tijd een volledig antwoord. Probeer later opnieuw.",
            "de": "Die authentische Quelle gab nicht rechtzeitig eine ganze Antwort. Bitte später erneut.",
            "en": "The authentic source gave no whole answer in time. Try again later.",
        },
    }
)
"""Last part of the problem type -> language -> text."""
