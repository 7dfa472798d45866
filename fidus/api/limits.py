"""How much of the hub one peer, and all peers together, may take up (docs/decisions/0015, 0016)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one process. Times in seconds.

    `connections`: that showed a certificate; `of_one`: of these with the same certificate; `strangers`: in
    the handshake, or without certificate. `consultations`: under way at once.
    `handshake_s`: for TLS. `idle_s`: without a request. `head_s`: from the first byte of a request to the end
    of its headers. `body_s`: for the body. `answer_s`: while an answer is not taken. `parting_s`: for the
    farewell of TLS.
    """

    connections: int = 2_000
    of_one: int = 500
    strangers: int = 250
    consultations: int = 1_000
    handshake_s: float = 10.0
    idle_s: float = 60.0
    head_s: float = 10.0
    body_s: float = 20.0
    answer_s: float = 30.0
    parting_s: float = 3.0
