"""A Maildir: one file a letter, so that any mail reader shows what people would have received.

A file is named by the fact's id (`file_name`): however often a fact is delivered, and to however many notifiers, there is one
letter. It is written under `tmp/` and linked into `new/` whole, so a crash leaves no half letter there. What a crash leaves in
`tmp/` is overwritten by the next attempt or, by the convention, removed by a mail reader after 36 hours.
"""

import asyncio
import os
import re
import socket
from contextlib import nullcontext, suppress
from pathlib import Path

from agents.notifier.adapters.mail import email
from agents.notifier.channels import ChannelError
from agents.notifier.domain import Letter
from contracts.names import Id, Pnr


def file_name(id_: Id) -> str:
    """The name of the letter about this fact. An id may begin with `-`, which commands take for an option."""
    return f"letter-{id_}"


class Maildir:
    """Creates the folders if they are missing. `sender` as in `email`.

    `durable` waits until the disk has each file: a letter survives a power cut, and takes as long as the disk needs. Without
    it a letter survives the death of any process, but not that of the machine within the next seconds.
    """

    def __init__(self, folder: Path, *, sender: str, durable: bool = False) -> None:
        self._sender = sender
        self._durable = durable
        self._tmp, self._new, self._cur = (folder / name for name in ("tmp", "new", "cur"))
        for each in (self._tmp, self._new, self._cur):
            each.mkdir(parents=True, exist_ok=True)
        # Strings, because pathlib costs more than the system calls here.
        self._at_tmp, self._at_new = f"{self._tmp}{os.sep}", f"{self._new}{os.sep}"
        # Two notifiers that write the same letter at once must not write into the same file.
        self._writer = f"{socket.gethostname().replace('/', '-')}-{os.getpid()}"
        self._read: set[str] = set()
        self._read_as_of = -1

    @property
    def name(self) -> str:
        return "maildir"

    @property
    def turn(self) -> nullcontext[None]:
        return nullcontext()

    async def send(self, letter: Letter) -> None:
        """Return when the letter is in `new/`, or was moved on to `cur/` by a reader. Raises ChannelError, ChannelRefused.

        Runs on the event loop: these few system calls cost less than handing them to a thread.
        """
        try:
            self._deliver(letter)
        except OSError as error:
            raise ChannelError(f"cannot write to the maildir: {error.strerror}") from error

    async def forget(self, pnr: Pnr) -> int:
        """Remove the letters about this booking, read or not, and what a crash left of one.

        Returns the number of whole letters. Raises ChannelError.
        """
        try:
            return await asyncio.to_thread(self._forget, pnr)
        except OSError as error:
            raise ChannelError(f"cannot remove letters from the maildir: {error.strerror}") from error

    def _forget(self, pnr: Pnr) -> int:
        # A header names the booking: the reference that a party reads may be another party's too.
        reference = re.compile(rb"(?m)^X-Irops-Booking: " + re.escape(pnr.encode()) + rb"$")
        removed = 0
        for folder in (self._tmp, self._new, self._cur):
            for file in folder.iterdir():
                with suppress(FileNotFoundError):  # a mail reader has moved it: found again in `cur/`
                    if reference.search(file.read_bytes()):
                        file.unlink()
                        removed += folder != self._tmp
        return removed

    def _deliver(self, letter: Letter) -> None:
        name = file_name(letter.id)
        new = self._at_new + name
        if os.path.exists(new):  # noqa: PTH110 - a pathlib object costs more than the call
            return
        content = email(letter, sender=self._sender)
        tmp = f"{self._at_tmp}{name}.{self._writer}"
        descriptor = os.open(tmp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            written_at = self._fill(descriptor, content)
        finally:
            os.close(descriptor)
        # Looked up after `new/`: readers only ever move letters from there to here.
        if not self._was_read(name, written_at=written_at):
            self._publish(tmp, new)
        os.unlink(tmp)  # noqa: PTH108

    def _fill(self, descriptor: int, content: bytes) -> int:
        """Write the file. Returns its time in nanoseconds by the file system's own clock."""
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        if self._durable:
            os.fsync(descriptor)
        return os.fstat(descriptor).st_mtime_ns

    def _publish(self, tmp: str, new: str) -> None:
        try:
            os.link(tmp, new)  # unlike a rename, it fails if another notifier was first
        except FileExistsError:
            return
        if self._durable:
            folder = os.open(self._new, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _was_read(self, name: str, *, written_at: int) -> bool:
        """Whether a reader has moved the letter to `cur/`, where flags follow the name: `<name>:2,S`."""
        changed_at = self._cur.stat().st_mtime_ns
        if changed_at != self._read_as_of:
            with os.scandir(self._cur) as entries:
                self._read = {entry.name.partition(":")[0] for entry in entries}
            # A change within the same tick of the file system's clock would not show, so look again next time.
            self._read_as_of = changed_at if changed_at < written_at else -1
        return name in self._read
