"""Health, documentation and what problems mean."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from fidus.api.hub import Health
from fidus.api.problems import all_types

if TYPE_CHECKING:
    from tests.fidus.api.conftest import World

CONTRACT = Path(__file__).parents[3] / "contracts" / "fidus" / "openapi.yaml"


@pytest.mark.parametrize(("status", "code"), [(Health.UP, 200), (Health.DEGRADED, 200), (Health.DOWN, 503)])
def test_health_is_one_word(world: World, status: Health, code: int) -> None:
    world.hub.status = status
    reply = world.ask("/health", who=None)
    assert (reply.status, reply.json) == (code, {"status": status.value})
    assert ("Retry-After" in reply.headers) == (code == 503)


def test_the_contract_is_served_as_it_is_written(world: World) -> None:
    reply = world.ask("/doc/openapi.yaml", who=None)
    assert reply.body == CONTRACT.read_bytes()
    assert reply.headers["Content-Type"] == "application/yaml"


def test_the_contract_as_json_says_the_same(world: World) -> None:
    assert world.ask("/doc/openapi.json", who=None).json == yaml.safe_load(CONTRACT.read_bytes())


def test_the_page_needs_nothing_from_elsewhere(world: World) -> None:
    reply = world.ask("/doc", who=None, headers={"Accept-Language": "fr"})
    text = reply.body.decode()
    assert reply.headers["Content-Language"] == "en"
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert re.findall(r"<(script|link|img|iframe|form)|javascript:|\son\w+=|@import|url\(", text) == []
    links = re.findall(r'(?:href|src)="([^"]*)"', text)
    assert all(link.startswith(("#", "/fidus/v1/doc/")) for link in links)


def test_every_link_of_the_page_leads_somewhere(world: World) -> None:
    text = world.ask("/doc", who=None).body.decode()
    anchors = set(re.findall(r'id="([^"]*)"', text))
    assert set(re.findall(r'href="#([^"]*)"', text)) <= anchors
    assert {kind.code for kind in all_types()} <= anchors


def test_problem_types_are_listed(world: World) -> None:
    reply = world.ask("/refData/problemTypes")
    assert reply.headers["Vary"] == "Accept, Accept-Language"
    assert {item["code"] for item in reply.json["items"]} == {kind.code for kind in all_types()}
    assert reply.json["total"] == len(reply.json["items"])


def test_the_href_of_a_problem_leads_to_its_page(world: World) -> None:
    world.hub.go_on.set()
    problem = world.ask("/flows", "DELETE").json
    path = problem["href"].partition("/fidus/v1")[2]
    described = world.ask(path).json
    assert (described["type"], described["status"]) == (problem["type"], problem["status"])
    assert described["href"] == problem["href"]
    assert described["description"]["en"] == problem["detail"]


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("", "Soorten problemen"),
        ("/notInForce", "Flow Not In Force"),
    ],
)
def test_a_browser_gets_a_page_in_its_language(world: World, path: str, title: str) -> None:
    headers = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": "nl-BE"}
    reply = world.ask(f"/refData/problemTypes{path}", headers=headers)
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert reply.headers["Content-Language"] == "nl"
    assert title in reply.body.decode()
    assert "vandaag niet van kracht" in reply.body.decode()


@pytest.mark.parametrize("code", ["none", "62691699717", "<b>"])
def test_a_problem_type_that_is_none(world: World, code: str) -> None:
    reply = world.ask(f"/refData/problemTypes/{code}")
    assert reply.status == 404
    assert code not in json.dumps(reply.json)


@pytest.mark.parametrize(
    "path", ["/refData/problemTypes", "/refData/problemTypes/notInForce", "/doc", "/doc/openapi.yaml"]
)
def test_what_is_the_same_for_everybody_may_be_kept_for_an_hour(world: World, path: str) -> None:
    assert world.ask(path).headers["Cache-Control"] == "private, max-age=3600"
    assert world.ask("/refData/problemTypes/none").headers["Cache-Control"] == "no-store"
