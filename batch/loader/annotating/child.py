"""The child process that marks a workbook which is not ours: limits first, then what to mark and the workbook itself.

On standard input: a line of JSON, `{"sha256", "sheet", "file", "remarks", "problems"}`, then the workbook's bytes. On standard output:
`{"size", "sheet", "marked", "commented", "remarks"}` and so many bytes; or `{"refused": problem, "remedy"}`; or `{"other": true}`
where it is no .xlsx and no .xlsm.
"""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any, BinaryIO

from batch.loader.annotating.editing import edit
from batch.loader.annotating.listing import Listed
from batch.loader.reader.archive import Package
from batch.loader.reader.child import shut_in
from batch.loader.reader.packing import send
from batch.loader.reader.refusal import Refusal


def main() -> None:
    """Answer what stands on standard input, within the limits in the last argument."""
    limits = json.loads(sys.argv[-1])
    shut_in(limits["memory"], limits["seconds"])
    out = sys.stdout.buffer
    answer(sys.stdin.buffer, out)
    out.flush()


def answer(asked: BinaryIO, out: BinaryIO) -> None:
    """Write the marked workbook, or why there is none."""
    try:
        _answer(json.loads(asked.readline()), asked.read(), out)
    except Refusal as refusal:
        send(out, {"refused": refusal.problem, "remedy": refusal.remedy})
    except MemoryError:
        send(out, {"refused": "marking it takes more memory than an order may", "remedy": "Delete what is no order."})


def _answer(request: dict[str, Any], content: bytes, out: BinaryIO) -> None:
    if hashlib.sha256(content).hexdigest() != request["sha256"]:
        raise Refusal("it has changed since it was checked", "Check it again.")
    package = Package(content)
    if "content.xml" in package or "xl/workbook.bin" in package:
        send(out, {"other": True})
        return
    problems = [Listed(*one) for one in request["problems"]]
    edited = edit(content, request["sheet"], request["file"], problems, request["remarks"])
    told = {"sheet": edited.sheet, "marked": edited.marked, "commented": edited.commented, "remarks": edited.remarks}
    send(out, {"size": len(edited.content), **told})
    out.write(edited.content)


if __name__ == "__main__":
    main()
