"""Nothing leaves that the contract does not allow, not even by a mistake of the mock's own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from mocks.national_register.consultrn import Schemas
from mocks.national_register.reply import INTF, Question, Schema
from mocks.national_register.writer import Writer
from mocks.population import population
from mocks.wssec import Signer


def test_an_answer_of_our_own_that_is_not_valid_does_not_leave(home: Path) -> None:
    pki, people = home / "pki", population()
    signer = Signer.load(pki / "national-register-sign.crt", pki / "national-register-sign.key")
    content = etree.fromstring(
        f'<q:retrieveTIGroupsRequest xmlns:q="{INTF}"><informationCustomer/><legalContext/>'
        "<searchInformation/></q:retrieveTIGroupsRequest>"
    )
    asked = Question(content, people.number("noBox"), "fr", history=False)
    with pytest.raises(AssertionError, match="informationCustomer: SCHEMAV_ELEMENT_CONTENT"):
        Writer(signer, people, Schema(), Schemas()).answer(asked, "urn:uuid:x", datetime.now(UTC), None, None)
