"""One byte changed anywhere in a ledger: it is refused, or it tells exactly what it told before."""

from __future__ import annotations

import random
import shutil

import apsw
import pytest
from support.ledgers import KEY, Clock, fill, tell, tell_more

from batch.errors import LedgerError
from batch.ledger.sqlite import SqliteLedger, ledger_path

PAGE = 4096
HEADER = 100


class Book:
    """A closed ledger that holds everything, marks too, its head file, and what both tell."""

    def __init__(self, root):
        self.root = root
        self.path = ledger_path(root / "ledgers", KEY)

    async def open(self, *, create=False):
        return await SqliteLedger.open(
            self.root / "ledgers", KEY, clock=Clock(), heads=self.root / "heads", create=create, inline=True
        )

    async def write(self):
        ledger = await self.open(create=True)
        await fill(ledger, Clock(), mark="a1b2c3d4e5")
        await ledger.close()
        shutil.copytree(self.root / "heads", self.root / "kept")
        self.content = self.path.read_bytes()
        self.tells = await self.told()
        return self

    async def told(self):
        ledger = await self.open()
        try:
            reader = ledger.reader()
            told = tell(reader)
            reader.close()
            return told, await tell_more(ledger, Clock())
        finally:
            await ledger.close()

    async def flip(self, where, bits, journal=None):
        """Change one byte of the ledger as it was (of the journal beside it, where there is one); whether that was refused."""
        content = bytearray(journal or self.content)
        content[where] ^= bits
        for beside in self.path.parent.glob(f"{self.path.name}-*"):
            beside.unlink()
        self.path.write_bytes(self.content if journal else content)
        if journal:
            self.path.with_name(f"{self.path.name}-wal").write_bytes(content)
        shutil.copytree(self.root / "kept", self.root / "heads", dirs_exist_ok=True)
        try:
            told = await self.told()
        except LedgerError:
            return True
        assert told == self.tells, f"byte {where} of page {where // PAGE}, bits {bits:08b}"
        return False

    def bytes_of(self, table):
        """Where the file holds something of the table: its leaves, without what is zero, which is mostly free."""
        connection = apsw.Connection(str(self.path))
        leaves = connection.execute(
            "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf'", (table,)
        ).fetchall()
        connection.close()
        starts = [(page - 1) * PAGE for (page,) in leaves]
        return [where for start in starts for where in range(max(start, HEADER), start + PAGE) if self.content[where]]


@pytest.fixture
async def book(tmp_path):
    return await Book(tmp_path).write()


async def test_a_byte_changed_in_the_header_of_the_file_is_noticed_or_changes_nothing(book):
    chance = random.Random(1)  # noqa: S311 - which bit, and no secret
    refused = {where for where in range(HEADER) if await book.flip(where, 1 << chance.randrange(8))}
    program, version = range(68, 72), range(60, 64)
    assert {*range(16), 21, 22, 23, *program, *version} <= refused


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
async def test_a_byte_changed_anywhere_is_noticed_or_changes_nothing(book, seed):
    chance = random.Random(seed)  # noqa: S311 - which byte, and no secret
    flips = [(chance.randrange(len(book.content)), chance.randrange(1, 256)) for _ in range(40)]
    refused = [await book.flip(*flip) for flip in flips]
    assert any(refused)


@pytest.mark.slow
@pytest.mark.parametrize(
    "table",
    [
        "meta",
        "runs",
        "invocations",
        "orders",
        "outcomes",
        "numbers",
        "attempts",
        "journal",
        "sqlite_schema",
        "orders_of_number",
        "invocations_of_run",
    ],
)
async def test_a_byte_changed_in_a_table_is_noticed_or_changes_nothing(book, table):
    chance = random.Random(table)  # noqa: S311 - which byte, and no secret
    refused = [await book.flip(where, 1 << chance.randrange(8)) for where in chance.sample(book.bytes_of(table), 30)]
    assert any(refused)


@pytest.mark.slow
async def test_a_byte_changed_in_the_journal_that_a_kill_left_is_noticed_or_changes_nothing(tmp_path):
    book = Book(tmp_path)
    ledger = await book.open(create=True)
    run = await fill(ledger, Clock(), mark="a1b2c3d4e5")
    await run.buy(20)  # what money hangs on is in the chain; an invocation's mere beginning is not
    book.content = book.path.read_bytes()
    journal = book.path.with_name(f"{book.path.name}-wal").read_bytes()
    shutil.copytree(tmp_path / "heads", tmp_path / "kept")
    await ledger.close()
    book.path.write_bytes(book.content)
    book.path.with_name(f"{book.path.name}-wal").write_bytes(journal)
    shutil.copytree(tmp_path / "kept", tmp_path / "heads", dirs_exist_ok=True)
    book.tells = await book.told()
    chance = random.Random(9)  # noqa: S311 - which byte, and no secret
    flips = [(chance.randrange(len(journal)), 1 << chance.randrange(8)) for _ in range(60)]
    refused = [await book.flip(*flip, journal=journal) for flip in flips]
    assert sum(refused) > 10
