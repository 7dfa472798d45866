"""`fidus new-source`: the skeleton of one more source."""

from __future__ import annotations

from typing import Annotated

import typer

from fidus.app import ROOT
from fidus.cli.homes import JsonOption
from fidus.cli.output import console, print_json
from fidus.scaffold.new_source import new_source as write_source

_NEXT = """\
It passes its own tests:  {tests}
The hub asks it:  {asked}
Now, in this order (docs/adding-a-source.md); tests of a step are red until the next ones are done:
  1 contracts/{slug}/      the source's own contract in place of the invented one; SOURCE.md says what is seen
  2 mocks/{folder}/        from the contract alone
  3 adapters/{folder}/     manifest, mapping, adapter; in flows/ a sample flow for each service
  4 contracts/{slug}/elements/  what becomes of each property
  5 tests/adapters/{folder}/, tests/mocks/{folder}/, and a row in tests/attacks/besieged.py
What is left of the skeleton:  grep -rn TODO adapters/{folder} contracts/{slug}
What is missing:  bin/fidus check"""


def new_source(
    slug: Annotated[str, typer.Argument(help="Its name in every room, such as civil-registry.")],
    as_json: JsonOption = False,
) -> None:
    """Write adapter, contract, mock, tests, sample flow and page of a source that says nothing yet."""
    files = [str(file.relative_to(ROOT)) for file in write_source(slug, ROOT)]
    if as_json:
        print_json(files)
        return
    for file in files:
        console.print(file, markup=False)
    folder = slug.replace("-", "_")
    tests = f"make test T='tests/adapters/{folder} tests/mocks/{folder}'"
    asked = f"make test T='tests/journeys/test_soap.py -k {slug}'"
    console.print(_NEXT.format(slug=slug, folder=folder, tests=tests, asked=asked), markup=False)
