"""Identifiers, with python-stdnum as the oracle. Numbers that look real are made in memory only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.be import bis, nn, vat

from fidus.identifiers import (
    EnterpriseNumber,
    EstablishmentNumber,
    Plate,
    Ssin,
    Vin,
    check_digits,
    parse_incomplete_date,
)

ANY_NINE = st.integers(0, 10**9 - 1).map(lambda number: f"{number:09}")
LIKELY_NINE = st.builds(
    lambda year, month, day, serial: f"{year:02}{month:02}{day:02}{serial:03}",
    st.integers(0, 99),
    st.sampled_from([*range(14), *range(20, 34), *range(40, 54), *range(60, 74), *range(80, 94)]),
    st.integers(0, 32),
    st.integers(0, 999),
)
NINE = ANY_NINE | LIKELY_NINE
CENTURIES = st.sampled_from([1900, 2000])
MONTHS = st.sampled_from(range(100))


def numbered(nine: str, century: int) -> str:
    return f"{nine}{check_digits(nine, century):02}"


def is_ssin(text: str, synthetic: bool) -> bool:
    try:
        return Ssin.parse(text, synthetic).value == text
    except ValueError:
        return False


@given(NINE, CENTURIES, st.integers(0, 99))
def test_a_real_ssin_is_what_the_oracle_says(nine: str, century: int, check: int) -> None:
    for number in (numbered(nine, century), f"{nine}{check:02}"):
        known = nn.is_valid(number) or bis.is_valid(number)
        # The oracle looks at the clock: nobody is born in a year to come. Nothing else may differ.
        in_time = 2000 + int(nine[:2]) <= date.today().year
        assert is_ssin(number, synthetic=False) == known or not (known or in_time)


@given(NINE, CENTURIES)
def test_no_number_is_real_and_synthetic(nine: str, century: int) -> None:
    number = numbered(nine, century)
    assert not (is_ssin(number, synthetic=True) and is_ssin(number, synthetic=False))


@given(NINE, MONTHS, CENTURIES)
def test_the_month_says_what_a_number_is(nine: str, month: int, century: int) -> None:
    number = numbered(f"{nine[:2]}{month:02}{nine[4:]}", century)
    synthetic = month in (*range(60, 73), *range(80, 93))
    real = month in (*range(13), *range(20, 33), *range(40, 53))
    assert is_ssin(number, synthetic=True) == synthetic
    assert is_ssin(number, synthetic=False) == real
    if synthetic or real:
        assert Ssin.parse(number, synthetic).is_bis == (month not in (*range(13), *range(60, 73)))


@given(NINE, CENTURIES, st.integers(0, 10), st.integers(1, 9))
def test_one_wrong_digit_is_found(nine: str, century: int, place: int, added: int) -> None:
    """Mod 97 finds every single wrong digit; which of the two centuries was meant is not known to it."""
    number = numbered(nine, century)
    wrong = number[:place] + str((int(number[place]) + added) % 10) + number[place + 1 :]
    other = numbered(wrong[:9], 2000 if century == 1900 else 1900)
    if wrong != other:
        assert not is_ssin(wrong, synthetic=False)
        assert not is_ssin(wrong, synthetic=True)


SENTENCES = {
    None,
    "An SSIN has 11 digits",
    "Only synthetic SSINs are taken here",
    "Only real SSINs are taken here",
    "The month of birth in this SSIN does not exist",
    "The check digits of this SSIN do not match",
    "An enterprise number has 10 digits, the first 0 or 1",
    "The check digits of this enterprise number do not match",
    "A date reads yyyy-mm-dd, with 00 for what is not known",
    "A date without month has no day",
    "This date does not exist",
}


def refusal(parse: Callable[[], object]) -> str | None:
    try:
        parse()
    except ValueError as error:
        return str(error)
    return None


@given(st.one_of(st.text(max_size=14), st.from_regex(r"[0-9 .-]{8,14}")), st.booleans())
def test_whatever_is_refused_is_refused_with_a_fixed_sentence(text: str, synthetic: bool) -> None:
    assert refusal(lambda: Ssin.parse(text, synthetic)) in SENTENCES
    assert refusal(lambda: EnterpriseNumber.parse(text)) in SENTENCES
    assert refusal(lambda: parse_incomplete_date(text)) in SENTENCES


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        pytest.param("", "11 digits", id="empty"),
        pytest.param("1" * 10, "11 digits", id="short"),
        pytest.param("1" * 12, "11 digits", id="long"),
        pytest.param("٠" * 11, "11 digits", id="other-digits"),
        pytest.param(numbered("621516001", 1900), "Only synthetic", id="month-15"),
        pytest.param(numbered("627516001", 1900), "month of birth", id="month-75"),
        pytest.param("62611600100", "check digits", id="check-digits-zero"),
    ],
)
def test_an_ssin_is_refused_with_its_rule(text: str, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        Ssin.parse(text, synthetic=True)


def test_a_synthetic_number_is_refused_as_real() -> None:
    with pytest.raises(ValueError, match="Only real"):
        Ssin.parse(numbered("626116001", 1900), synthetic=False)


def test_separators_are_left_out() -> None:
    number = numbered("626116001", 1900)
    spelled = f"{number[:2]}.{number[2:4]}.{number[4:6]}-{number[6:9]}/{number[9:]} "
    assert Ssin.parse(spelled, synthetic=True).value == number


def test_a_birth_from_2000_has_a_two_in_front() -> None:
    first, later = numbered("016116001", 1900), numbered("016116001", 2000)
    assert first != later
    assert is_ssin(first, synthetic=True)
    assert is_ssin(later, synthetic=True)


def test_no_identifier_shows_itself() -> None:
    number = numbered("626116001", 1900)
    ssin, enterprise = Ssin.parse(number, synthetic=True), EnterpriseNumber("0000000097")
    for shown in (str(ssin), repr(ssin), f"{ssin}", str(enterprise), repr(enterprise)):
        assert number not in shown
        assert "97" not in shown


@given(st.integers(0, 10**10 - 1))
def test_an_enterprise_number_is_what_the_oracle_says(number: int) -> None:
    whole = f"{number:010}"
    right = f"{whole[:8]}{97 - int(whole[:8]) % 97:02}"
    for text in (whole, right):
        try:
            parsed = EnterpriseNumber.parse(text).value
        except ValueError:
            # The oracle also takes 00 where 97 is due.
            assert not vat.is_valid(text) or text.endswith("00")
        else:
            assert parsed == text
            assert vat.is_valid(text)


def test_an_enterprise_number_may_have_dots() -> None:
    eight = "02000002"
    number = f"{eight}{97 - int(eight) % 97:02}"
    assert EnterpriseNumber.parse(f"{number[:4]}.{number[4:7]}.{number[7:]}").value == number


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "10 digits"),
        ("2" * 10, "10 digits"),
        ("BE0200000297", "10 digits"),
        ("0200000200", "check digits"),
    ],
)
def test_an_enterprise_number_is_refused_with_its_rule(text: str, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        EnterpriseNumber.parse(text)


@given(st.integers(10**7, 10**8 - 1))
def test_an_establishment_number_ends_with_its_check_digits(eight: int) -> None:
    """2.000.000.339 is the sample of Belgif's organisation identifiers."""
    number = f"{eight:08}{97 - eight % 97:02}"
    if number[0] in "2345678":
        assert (
            EstablishmentNumber.parse(f"{number[0]}.{number[1:4]}.{number[4:7]}.{number[7:]}").value == number
        )
        with pytest.raises(ValueError, match="check digits"):
            EstablishmentNumber.parse(f"{eight:08}{(97 - eight % 97) % 97 + 1:02}")
    else:
        with pytest.raises(ValueError, match="first from 2 to 8"):
            EstablishmentNumber.parse(number)


def test_the_published_establishment_number_is_one() -> None:
    assert EstablishmentNumber.parse("2.000.000.339").value == "2000000339"


@pytest.mark.parametrize(
    ("text", "value"),
    [("0-ABC-123", "0ABC123"), ("0abc 123", "0ABC123"), ("mijnauto", "MIJNAUTO"), ("A", "A")],
)
def test_a_plate_is_kept_without_separators(text: str, value: str) -> None:
    assert Plate.parse(text).value == value


@pytest.mark.parametrize("text", ["", "-", "0ABC123456X", "0ÄBC123", "0ABC*123", "ß1"])
def test_anything_else_is_no_plate(text: str) -> None:
    with pytest.raises(ValueError, match="A plate has 1 to 10 letters"):
        Plate.parse(text)


@given(st.text(max_size=20))
def test_a_vin_is_17_characters_that_cannot_be_mistaken(text: str) -> None:
    allowed = set("ABCDEFGHJKLMNPRSTUVWXYZ0123456789")
    if text.isascii() and len(text) == 17 and set(text.upper()) <= allowed:
        assert Vin.parse(text).value == text.upper()
    else:
        with pytest.raises(ValueError, match="A VIN has 17"):
            Vin.parse(text)


def test_a_vin_in_small_letters_is_one() -> None:
    assert Vin.parse("0abcdefghjklmnprs").value == "0ABCDEFGHJKLMNPRS"
    assert "0ABC" not in repr(Vin.parse("0abcdefghjklmnprs")) + repr(Plate.parse("0ABC123"))


@given(st.dates())
def test_dates_are_taken_whole_and_incomplete(day: date) -> None:
    text = day.isoformat()
    for given_ in (text, text[:8] + "00", text[:5] + "00-00"):
        assert parse_incomplete_date(given_) == given_


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "yyyy-mm-dd"),
        ("2020", "yyyy-mm-dd"),
        ("2020-01-01 ", "yyyy-mm-dd"),
        ("20200101", "yyyy-mm-dd"),
        ("2020-W01-1", "yyyy-mm-dd"),
        ("2020-00-01", "without month"),
        ("2020-13-00", "does not exist"),
        ("2021-02-29", "does not exist"),
        ("0000-00-00", "does not exist"),
    ],
)
def test_other_dates_are_refused_with_their_rule(text: str, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        parse_incomplete_date(text)
