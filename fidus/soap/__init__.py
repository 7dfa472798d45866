"""The same services for SOAP clients: document/literal, WS-I Basic Profile, with identity, limits, log and
receipts of the REST interface behind."""
