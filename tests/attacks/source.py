"""A source gone bad: before the mock, with its real keys, over real TLS. It answers honestly, unless told.

What an honest answer is, only the mock knows, so every service that the mock has can be attacked.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field

import aiohttp
from lxml import etree

from fidus.demo.home import DemoHome
from mocks.__main__ import SOURCES
from mocks.running import Listening, serving
from mocks.soap import SOAP, WSA
from mocks.source import Source
from mocks.world import world
from mocks.wssec import Signer
from tests.attacks.letter import Hand
from tests.attacks.wires import Speak, http

SLUG = "national-register"
ELSEWHERE = ("127.9.9.9", 41909)  # where redirections, entities, schemas and keys of bad answers lead
_ONCE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|T[0-9]{2}:[0-9]{2}:")  # a UUID or a moment
_NUMBER = re.compile(rb">([0-9]{11})<")
_SOMEBODY = b"62691699717"
Write = Callable[[Hand], bytes]


@dataclass(frozen=True)
class _Written:
    """Sent as HTTP should be."""

    write: Write


@dataclass
class BadSource:
    """Tell it with `next` what to do with the coming question. `content`: of its last honest answer."""

    home: DemoHome
    mock: Source
    url: str = ""
    content: etree._Element | None = field(default=None, repr=False)
    broken: list[Exception] = field(default_factory=list)
    done: int = 0
    _plans: deque[_Written | Speak] = field(default_factory=deque)
    _contents: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    _earlier: dict[str, bytes] = field(default_factory=dict)
    _keys: dict[str, Signer] = field(default_factory=dict)

    def write(self, write: Write) -> None:
        """Answer the next question with this body."""
        self._plans.append(_Written(write))

    def speak(self, speak: Speak) -> None:
        """Answer the next question so."""
        self._plans.append(speak)

    def misbehave(self, **fault: object) -> None:
        """Let the mock misbehave in a way of its own, once."""
        self.mock.faults.add({**fault, "count": 1})

    def took(self) -> list[Exception]:
        """What went wrong in itself since it was last asked: slips of the forger's."""
        broken, self.broken = self.broken, []
        return broken

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Treat one connection of the hub."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.split(b"\r\n")
                length = next(int(line[15:]) for line in lines if line.lower().startswith(b"content-length:"))
                await self._treat(lines, await reader.readexactly(length), writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        except Exception as error:  # noqa: BLE001 - told to the test, which fails
            self.broken.append(error)
        finally:
            writer.transport.abort()

    async def _treat(self, head: list[bytes], question: bytes, writer: asyncio.StreamWriter) -> None:
        root = etree.fromstring(question)
        place = _place(root)
        if place not in self._contents or self.mock.faults.all():
            await self._pass_on(place, head, question, writer)
            return
        hand = self._hand(root, question, place)
        self.content = hand.content
        honest = hand.honest()
        plan = self._plans.popleft() if self._plans else None
        if plan is None:
            self._earlier[place] = honest
            writer.write(http(honest))
            return
        self.done += 1
        if isinstance(plan, _Written):
            writer.write(http(plan.write(hand)))
        else:
            await plan(honest, writer)

    async def _pass_on(
        self, place: str, head: list[bytes], question: bytes, writer: asyncio.StreamWriter
    ) -> None:
        """As the mock answers; the content of its first good answer to this kind of question is kept."""
        status, answer = await self._ask(head, question)
        if status == 200 and place not in self._contents:
            content = etree.fromstring(answer).find(f"{{{SOAP}}}Body/*")
            assert content is not None
            self._contents[place] = _asked(etree.fromstring(question)), etree.tostring(content)
        self._earlier[place] = answer
        writer.write(http(answer, f"{status} So"))

    async def _ask(self, head: list[bytes], question: bytes) -> tuple[int, bytes]:
        """What the mock answers."""
        kept = (b"content-type", b"soapaction")
        headers = {
            name.decode(): value.strip().decode()
            for name, _, value in (line.partition(b":") for line in head[1:])
            if name.lower() in kept
        }
        path = head[0].split(b" ")[1].decode()
        address = self._mock_url.partition("/RetrieveTI")[0].rstrip("/")
        async with self._session.post(f"{address}{path}", data=question, headers=headers) as answer:
            return answer.status, await answer.read()

    def _hand(self, root: etree._Element, question: bytes, place: str) -> Hand:
        """As if the mock had just answered: what it once said, under the id of this question."""
        asked = _asked(root)
        kept, text = self._contents[place]
        content = etree.fromstring(text.replace(_bare(kept), _bare(asked)))
        number = _NUMBER.search(question)
        other = etree.tostring(content).replace(b"\0" if number is None else number[1], _SOMEBODY)
        return Hand(content, etree.fromstring(other), asked, question, self._earlier[place], *self._signers())

    def _signers(self) -> tuple[Signer, Signer, Signer]:
        if not self._keys:
            pki = self.home.pki
            for name in (f"{SLUG}-sign", "hub-sign"):
                self._keys[name] = Signer.load(pki.path(name, "crt"), pki.path(name, "key"))
            self._keys["impostor"] = self._keys[f"{SLUG}-sign"].impostor()
        return self._keys[f"{SLUG}-sign"], self._keys["impostor"], self._keys["hub-sign"]

    async def _caught(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.broken.append(AssertionError("the hub went where an answer led it"))
        writer.transport.abort()

    async def open(self, stack: AsyncExitStack) -> None:
        """Listen, with the mock behind."""
        pki = self.home.pki
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(pki.path(SLUG, "crt"), pki.path(SLUG, "key"))
        ready = await stack.enter_async_context(serving(self.mock, Listening(tls)))
        self._mock_url = str(ready["url"])
        trusted = ssl.create_default_context(cafile=str(pki.path("issuer-servers", "crt")))
        connector = aiohttp.TCPConnector(ssl=trusted)
        self._session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        trap = await asyncio.start_server(self._caught, *ELSEWHERE, reuse_port=True)
        stack.callback(trap.close)
        server = await asyncio.start_server(self.connected, "127.0.0.1", 0, ssl=tls, limit=1 << 20)
        stack.callback(server.close)
        port = server.sockets[0].getsockname()[1]
        self.url = f"https://127.0.0.1:{port}{self.mock.path}"


def _asked(root: etree._Element) -> str:
    """The id of a question."""
    return root.findtext(f".//{{{WSA}}}MessageID", "")


def _bare(message_id: str) -> bytes:
    """The UUID in it, which some answers repeat in their content."""
    return message_id.rpartition(":")[2].encode()


def _place(root: etree._Element) -> str:
    """What is asked, without when and under which id."""
    body = root.find(f"{{{SOAP}}}Body/*")
    assert body is not None
    said = ((node.tag, (node.text or "").strip()) for node in body.iter("*"))
    return " ".join(tag if _ONCE.search(text) else f"{tag}={text}" for tag, text in said)


@contextmanager
def bad_source(home: DemoHome) -> Iterator[BadSource]:
    """It listens in a thread of its own until the block ends. Raises what went wrong in it."""
    source = BadSource(home, SOURCES[SLUG](home.folder, world()))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    stack = AsyncExitStack()

    async def close() -> None:
        await stack.aclose()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    try:
        asyncio.run_coroutine_threadsafe(source.open(stack), loop).result(30)
        yield source
    finally:
        asyncio.run_coroutine_threadsafe(close(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
    assert source.took() == []
