"""The page of a mock on its control port: whom to ask about, how it misbehaves now, what it was asked.

Plain HTML that needs no script, no image and nothing from elsewhere; its policy says so to the browser.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from html import escape

from mocks.asked import Asked
from mocks.faults import ALL_KINDS, Faults
from mocks.personas import Persona

_STYLE = """
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
body { margin: 0 auto; max-width: 70rem; padding: 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { padding: 0.5rem 0; text-align: left; }
th, td { border-bottom: 1px solid GrayText; padding: 0.4rem 0.8rem 0.4rem 0; text-align: left; }
th, td { vertical-align: top; }
code { font-size: 1em; }
td code { font-weight: 600; }
:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
"""With which the page is sent: its own style and nothing else."""


def page(slug: str, personas: Sequence[Persona], faults: Faults, asked: Sequence[Asked]) -> str:
    """The page as it stands now."""
    name = escape(slug)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{name}: mock source</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head>\n<body><main>\n<h1>Mock source <code>{name}</code></h1>\n"
        "<p>Everybody and everything here is invented; no number in it can be real.</p>\n"
        f"{_personas(personas)}{_faults(faults)}{_asked(asked)}</main></body></html>\n"
    )


def _broken(name: str) -> str:
    """A name that may be broken where a word of it begins, on a narrow screen."""
    return re.sub("(?=[A-Z])", "<wbr>", escape(name))


def _personas(personas: Sequence[Persona]) -> str:
    if not personas:
        return "<h2>What to ask for</h2>\n<p>This source names nobody in particular.</p>\n"
    rows = "".join(
        f'<tr><th scope="row">{_broken(one.name)}</th>'
        f"<td>{escape(one.member)} <code>{escape(one.key)}</code></td><td>{escape(one.shows)}</td></tr>\n"
        for one in personas
    )
    return (
        '<h2 id="personas">What to ask for</h2>\n'
        '<div class="wide" role="region" aria-labelledby="personas" tabindex="0"><table>\n'
        f"<caption>{len(personas)} that show one thing each</caption>\n"
        '<thead><tr><th scope="col">Name</th><th scope="col">Ask for</th>'
        f'<th scope="col">Shows</th></tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n'
    )


def _faults(faults: Faults) -> str:
    acting = "".join(f"<li><code>{escape(_told(one.as_json()))}</code></li>" for one in faults.all())
    kinds = "".join(
        f"<li><code>{escape(' '.join((kind, *ALL_KINDS[kind])))}</code></li>" for kind in sorted(faults.kinds)
    )
    now = (
        f"<p>Now, the last one first of those that fit:</p><ul>{acting}</ul>" if acting else "<p>Not now.</p>"
    )
    return (
        f"<h2>How it misbehaves</h2>\n{now}\n"
        '<p>A <code>PUT</code> to <a href="/faults"><code>/faults</code></a> adds one of these, with the '
        "members that stand beside it, and if wanted a <code>count</code> and the <code>key</code> of one "
        f"subject; a <code>DELETE</code> ends all.</p>\n<ul>{kinds}</ul>\n"
    )


def _told(fault: dict[str, object]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in fault.items())


def _asked(asked: Sequence[Asked]) -> str:
    count = "once" if len(asked) == 1 else f"{len(asked)} times"
    return (
        f"<h2>What it was asked</h2>\n<p>It was asked {count}: "
        '<a href="/asked"><code>/asked</code></a> lists all.</p>\n'
    )
