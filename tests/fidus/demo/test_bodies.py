"""About whom a demonstration asks."""

from __future__ import annotations

from fidus.demo.bodies import address_in_words, anybody, somebody


def test_the_same_person_stands_in_every_example() -> None:
    assert somebody() is somebody()


def test_guesses_of_the_show_are_about_others_each_time() -> None:
    """Five times no about one person in a day, and the show would be refused for the rest of it."""
    drawn = [anybody() for _ in range(60)]
    assert len({person.number for person in drawn}) > 5
    assert somebody().number not in {person.number for person in drawn}
    assert all(address_in_words(person).keys() == {"street", "houseNumber", "postalCode"} for person in drawn)
