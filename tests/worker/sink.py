"""A mail server that keeps what it accepts and misbehaves on request. Real sockets, one thread, no dependency.

`python -m tests.worker.sink [--sync]` runs one as a process of its own (benchmarks/mail.py); its first line is its port.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import BinaryIO

#: What the server says: a reply, "" to hang up, or None to say nothing at all.
Answer = str | None
ACCEPTED = "250 kept"
#: The message is kept, and the client never hears of it.
KEPT_IN_SILENCE = "250"


@dataclass
class Sink:
    """Listens on 127.0.0.1. Change `at_connect`, `at_recipient`, `at_data` while it runs to make it misbehave."""

    port: int = 0
    #: Seconds it takes to accept a message.
    delay: float = 0.0
    #: Where messages are written and synced before they are accepted, as a real server does.
    spool: BinaryIO | None = None
    #: What it offers besides, such as PIPELINING.
    extensions: tuple[str, ...] = ()
    at_connect: Callable[[], Answer] = lambda: "220 sink ESMTP"
    at_recipient: Callable[[str], Answer] = lambda address: "250 ok"
    at_data: Callable[[Message], Answer] = lambda message: ACCEPTED
    #: Every message that was accepted, in order.
    accepted: list[Message] = field(default_factory=list)
    #: Every command in the order it came, a text as one "TEXT".
    heard: list[str] = field(default_factory=list)
    _loop: asyncio.AbstractEventLoop | None = None
    _thread: threading.Thread | None = None
    _server: asyncio.Server | None = None

    def start(self) -> "Sink":
        started = threading.Event()

        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            self._server = await asyncio.start_server(self._converse, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]
            self._over = asyncio.Event()
            started.set()
            await self._over.wait()
            self._server.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        self._thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
        self._thread.start()
        assert started.wait(10)
        return self

    def stop(self) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(10)

    def ids(self) -> list[str]:
        return [message["Message-ID"] for message in list(self.accepted)]

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._say(writer, self.at_connect())
            while line := await reader.readline():
                word = line[:4].upper()
                self.heard.append(word.decode())
                if word == b"EHLO":
                    offered = ["sink", *self.extensions]
                    await self._say(
                        writer, "\r\n".join([*(f"250-{it}" for it in offered[:-1]), f"250 {offered[-1]}"])
                    )
                elif word == b"RCPT":
                    await self._say(writer, self.at_recipient(line.decode()))
                elif word == b"DATA":
                    await self._say(writer, "354 go on")
                    data = await reader.readuntil(b"\r\n.\r\n")
                    self.heard.append("TEXT")
                    await self._take(data, writer)
                elif word == b"QUIT":
                    await self._say(writer, "221 bye")
                    break
                else:
                    await self._say(writer, "250 ok")
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _take(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        if self.delay:
            await asyncio.sleep(self.delay)
        message = message_from_bytes(data[:-3].replace(b"\r\n..", b"\r\n."))
        answer = self.at_data(message)
        if answer is not None and answer.startswith("250"):
            if self.spool is not None:
                self.spool.write(data)
                self.spool.flush()
                os.fsync(self.spool.fileno())
            # From here on it is ours, even if the client does not live to hear it.
            self.accepted.append(message)
        await self._say(writer, None if answer == KEPT_IN_SILENCE else answer)

    @staticmethod
    async def _say(writer: asyncio.StreamWriter, answer: Answer) -> None:
        if answer is None:
            await asyncio.sleep(3600)
        elif not answer:
            raise ConnectionError("hung up on request")
        else:
            writer.write(f"{answer}\r\n".encode())
            await writer.drain()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sync", action="store_true", help="sync each message to disk before accepting it")
    parser.add_argument("--pipelining", action="store_true", help="offer it, as most servers do")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds it takes to accept a message")
    chosen = parser.parse_args()
    with tempfile.TemporaryFile() as spool:
        sink = Sink(
            delay=chosen.delay,
            spool=spool if chosen.sync else None,  # type: ignore[arg-type]
            extensions=("PIPELINING",) if chosen.pipelining else (),
        ).start()
        sys.stdout.write(f"{sink.port}\n")
        sys.stdout.flush()
        sys.stdin.read()  # until the parent closes it or ends
        sink.stop()


if __name__ == "__main__":
    main()
