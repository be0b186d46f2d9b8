"""What columns are called in the spreadsheets people have: exhibitors' lists, badge scanners, CRMs, in several
languages.

A name is compared by its letters and digits only, in lower case: `E-Mail-Adresse` is
`emailadresse`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

NAMES: dict[str, str] = {
    "first_name": "first name, firstname, given name, forename, fname, first, vorname, prénom, nombre, nome, voornaam, "
    "förnamn, fornavn, etunimi, imię, jméno, attendee first name, contact first name",
    "last_name": "last name, lastname, surname, family name, lname, last, second name, nachname, familienname, zuname, "
    "nom, nom de famille, apellido, apellidos, cognome, sobrenome, achternaam, efternamn, etternavn, efternavn, "
    "sukunimi, "
    "nazwisko, příjmení, attendee last name, contact last name",
    "email": "email, e-mail, mail, email address, e-mail address, e-mail-adresse, mailadresse, emailadresse, "
    "work email, business email, company email, corporate email, primary email, email 1, contact email, "
    "attendee email, adresse e-mail, adresse mail, courriel, correo, correo electrónico, posta elettronica, "
    "indirizzo email, e-mailadres, e-post, e-postadresse, sähköposti, adres e-mail",
    "personal_email": "personal email, private email, home email, email 2, secondary email, other email, "
    "private e-mail, e-mail privat, email personnel",
    "personal_address": "personal address, home address, private address, privatadresse, anschrift privat",
    "linkedin": "linkedin, linkedin url, linkedin profile, linkedin profile url, person linkedin url, linkedin link",
    "facebook": "facebook, facebook url, facebook profile",
    "x_twitter": "x, twitter, x twitter, twitter url, twitter handle, twitter profile, x handle, x url",
    "profile_picture": "profile picture, photo, photo url, picture, avatar, image, image url, picture url, foto",
    "job_title": "job title, title, position, role, job, function, job role, job function, jobtitle, occupation, "
    "titel, funktion, stelle, beruf, berufsbezeichnung, poste, fonction, cargo, puesto, ruolo, mansione, functie, "
    "befattning, stilling, stanowisko",
    "phone_number": "phone, phone number, phone 1, phone1, telephone, telephone number, tel, tel no, mobile, "
    "mobile number, mobile phone, cell, cell phone, cellphone, cell number, work phone, business phone, "
    "office phone, direct phone, direct dial, primary phone, contact number, telefon, telefonnummer, handy, "
    "mobil, mobilnummer, mobiltelefon, rufnummer, téléphone, portable, teléfono, móvil, telefono, cellulare, "
    "telefone, telemóvel, celular, telefoon, telefoonnummer, puhelin",
    "other_phone_numbers": "other phone numbers, other phone, other phones, phone 2, phone2, phone number 2, "
    "secondary phone, second phone, alternate phone, alternative phone, additional phone, home phone, phones, "
    "mobile 2, telefon 2, weitere telefonnummern",
    "company_name": "company, company name, organization, organization, organization name, organization name, "
    "account, account name, employer, business, business name, firm, firma, firmenname, unternehmen, betrieb, "
    "société, entreprise, raison sociale, empresa, compañía, azienda, società, bedrijf, bedrijfsnaam, företag, "
    "firmanavn, yritys, institution, exhibitor",
    "company_website": "company website, company website/domain, website, web site, web, url, homepage, home page, "
    "domain, company domain, company url, web address, website url, webseite, internetseite, internet, "
    "site web, site internet, sitio web, página web, sito web, sito, hemsida, hjemmeside, strona www, www",
    "company_industry": "company industry, industry, sector, branch, vertical, branche, industrie, secteur, "
    "secteur d'activité, settore, bransch",
    "company_size": "company size, employees, number of employees, no of employees, num employees, employee count, "
    "headcount, company headcount, size, mitarbeiter, mitarbeiterzahl, anzahl mitarbeiter, effectif, empleados, "
    "dipendenti",
    "company_linkedin": "company linkedin, company linkedin url, linkedin company, linkedin company page",
    "company_street_address": "company street address, street address, address, street, address 1, address line 1, "
    "address1, mailing address, mailing street, company address, business address, work address, straße, strasse, "
    "anschrift, adresse, straße und hausnummer, rue, calle, dirección, indirizzo, via, endereço, straat, adres, gata, "
    "ulica",
    "company_city": "company city, city, town, locality, place, mailing city, stadt, ort, wohnort, ville, "
    "ciudad, "
    "città, cidade, plaats, stad, ort, by, kaupunki, miasto, město, city/town",
    "company_state": "company state, state, province, region, state/province, state/region, st, mailing state, "
    "bundesland, kanton, land/bundesland, état, provincia, estado, provincie, lan",
    "company_zip_code": "company zip code, company zip, zip, zip code, zipcode, postal code, postcode, post code, "
    "zip/postal code, mailing zip, plz, postleitzahl, code postal, cp, código postal, cap, cep, postnummer, "
    "kod pocztowy, psč",
    "company_country": "company country, country, country/region, nation, country name, country code, "
    "mailing country, land, staat, pays, país, paese, kraj, maa, země",
    "description": "description, notes, note, comment, comments, remark, remarks, notizen, notiz, bemerkung, "
    "bemerkungen, kommentar, beschreibung, commentaire, commentaires, remarques, notas, comentarios, "
    "observaciones, opmerking, opmerkingen, anteckning, uwagi",
}


def field_called(name: str) -> str:
    """The Mobly field a column of this name holds, '' when the name says nothing."""
    return _fields().get(letters(name), "")


def letters(name: str) -> str:
    """What a column name is compared by: `First_Name`, `first name` and `FirstName` are one."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())


@lru_cache
def _fields() -> dict[str, str]:
    fields: dict[str, str] = {}
    for field, names in NAMES.items():
        fields[letters(field)] = field
        for name in names.split(","):
            fields.setdefault(letters(name), field)
    return fields
