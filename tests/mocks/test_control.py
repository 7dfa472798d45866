"""The control port over real sockets."""

from __future__ import annotations

import urllib.request
from datetime import datetime
from typing import Any


def test_faults_are_added_listed_and_cleared(mock: Any) -> None:
    assert mock.control("PUT", "/faults", {"kind": "reset", "count": 1}) == (
        200,
        {"kind": "reset", "count": 1},
    )
    assert mock.control("PUT", "/faults", {"kind": "delay", "seconds": 0.1})[0] == 200
    assert mock.control("GET", "/faults") == (
        200,
        {"items": [{"kind": "reset", "count": 1}, {"kind": "delay", "seconds": 0.1}]},
    )
    assert mock.control("DELETE", "/faults") == (204, "")
    assert mock.control("GET", "/faults") == (200, {"items": []})


def test_bad_input_is_400_and_says_what(mock: Any) -> None:
    assert mock.control("PUT", "/faults", b"{") == (400, {"error": "the body must be JSON in UTF-8"})
    assert mock.control("PUT", "/faults", b"\xff") == (400, {"error": "the body must be JSON in UTF-8"})
    status, answer = mock.control("PUT", "/faults", {"kind": "status"})
    assert (status, answer) == (400, {"error": "status needs status"})
    assert mock.control("GET", "/faults") == (200, {"items": []})


def test_everything_asked_is_kept_in_order(mock: Any) -> None:
    before = len(mock.control("GET", "/asked")[1]["items"])
    number = mock.people.number("noBox")
    good, refused = mock.question(number), mock.question(number, signed=("body-1",))
    mock.misbehave(kind="status", status=503, count=1)
    mock.post(good.bytes())
    mock.post(refused.bytes())
    mock.post(b"not xml")
    items = mock.control("GET", "/asked")[1]["items"][before:]
    assert [(one.get("key"), one.get("messageId")) for one in items] == [
        (number, good.message_id),
        (number, refused.message_id),
        (None, None),
    ]
    assert {one["service"] for one in items} == {"national-register/retrieveTI"}
    assert all(one["at"].endswith("Z") and datetime.fromisoformat(one["at"]) for one in items)


def test_other_methods_and_paths_are_not_there(mock: Any) -> None:
    assert mock.control("POST", "/faults", {"kind": "reset"})[0] == 405
    assert mock.control("DELETE", "/asked")[0] == 405
    assert mock.control("GET", "/page")[0] == 404
    assert mock.control("PUT", "/")[0] == 405


def test_a_page_for_people(mock: Any) -> None:
    mock.misbehave(kind="delay", seconds=0.5)
    with urllib.request.urlopen(mock.ready["page"], timeout=10) as answer:
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        shown = answer.read().decode("utf-8")
    assert "Mock source <code>national-register</code>" in shown
    assert "kind: delay, seconds: 0.5" in shown
