"""`fidus reload`: done, refused with the reason, or nobody there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.alone import home_in, serving
from tests.journeys.commands import fidus

pytestmark = pytest.mark.slow


def test_a_reload_is_done_or_says_why_not(tmp_path: Path) -> None:
    home = home_in(tmp_path / "home")
    with serving(home):
        done = fidus("reload", home=home.folder)
        assert (done.code, done.out[:10]) == (0, "Taken over")
        (home.folder / "pki" / "hub.key").write_text("no key", encoding="utf-8")
        refused = fidus("reload", home=home.folder)
        assert (refused.code, refused.out) == (1, "")
        assert "pki/hub.crt: certificate, key, issuers or proxies cannot be used" in refused.err
    alone = fidus("reload", home=home.folder)
    assert alone.code == 1
    assert "No hub runs in" in alone.err
