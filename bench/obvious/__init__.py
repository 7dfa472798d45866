"""The gate as anyone would write it first: aiohttp, an ORM that commits before and after, zeep.

It keeps the first two promises (a flow, and a record before the call and before the answer, synced) and none
of the others: no counters, no seal, no tags, no tree, no receipt, no protection against wrapped signatures.
"""
