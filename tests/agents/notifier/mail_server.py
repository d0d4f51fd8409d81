"""A local mail server that accepts every message and records its recipients."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class MailServer:
    """RFC 5321, as far as a client that sends needs it: every command is answered with 250."""

    port: int = 0
    refuses: bool = False
    """Answer every recipient with 550, naming it as servers do."""
    recipients: list[str] = field(default_factory=list)
    """The addresses of RCPT TO, without the angle brackets."""
    messages: list[str] = field(default_factory=list)
    """What followed each DATA, headers included."""

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        while line := (await reader.readline()).decode().rstrip():
            match line[:4].upper():
                case "RCPT":
                    writer.write(self._recipient(line.partition("<")[2].partition(">")[0]))
                case "DATA":
                    writer.write(b"354 go ahead\r\n")
                    await writer.drain()
                    self.messages.append((await reader.readuntil(b"\r\n.\r\n")).decode())
                    writer.write(b"250 ok\r\n")
                case "QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                case _:
                    writer.write(b"250 ok\r\n")
            await writer.drain()
        writer.close()

    def _recipient(self, address: str) -> bytes:
        if self.refuses:
            return f"550 no mailbox {address}\r\n".encode()
        self.recipients.append(address)
        return b"250 ok\r\n"


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    mail = MailServer()
    async with await asyncio.start_server(mail.converse, "127.0.0.1", 0) as server:
        mail.port = server.sockets[0].getsockname()[1]
        yield mail
