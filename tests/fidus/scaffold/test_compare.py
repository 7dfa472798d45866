"""What is told of two contracts that differ."""

from __future__ import annotations

from fidus.scaffold.compare import Difference, differences

OURS = {"a": "", "a/@type": "string", "a/b": "", "a/b/@use": "required", "c": "1"}


def test_alike_is_no_difference() -> None:
    assert differences(OURS, dict(reversed(OURS.items()))) == []


def test_each_difference_says_who_has_what() -> None:
    theirs = {**OURS, "a/@type": "token", "d": "2"}
    del theirs["c"]
    told = differences(OURS, theirs)
    assert told == [
        Difference("a/@type", "string", "token"),
        Difference("c", "1", None),
        Difference("d", None, "2"),
    ]
    assert [str(one) for one in told] == [
        "a/@type: ours says `string`, the source `token`",
        "c: only ours has it",
        "d: only the source has it",
    ]


def test_what_lies_below_something_missing_is_not_told_again() -> None:
    theirs = {"a(x)": "", "c": "1"}
    assert [one.path for one in differences(OURS, theirs)] == ["a", "a(x)"]
