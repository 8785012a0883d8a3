"""The picture decoder's own process: reads requests (see `frames`), gives small pictures, holds no key and no file.

Started by `preview.DecoderProcess` and by nothing else. It loads its libraries, gives up every right that decoding does
not need (see `confine`), says hello, and answers until its input ends. A request that takes longer than it may ends the
process with `WATCHDOG_STATUS`; anything unforeseen ends it with `DIED_STATUS`. It prints nothing.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
from types import TracebackType
from typing import BinaryIO

from fieldapp.media import frames, pictures
from fieldapp.media.confine import confine

WATCHDOG_STATUS = 1  # what faulthandler exits with
DIED_STATUS = 70


def run() -> None:
    """Answer requests on the standard streams until they end."""
    sys.excepthook = _die
    pictures.prepare()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    _send(answers, {"limits": confine()})
    while (head := frames.read_frame(requests, frames.HEADER_BYTES)) is not None:
        request = json.loads(head)
        picture = frames.read_picture(requests)
        faulthandler.dump_traceback_later(max(request["timeout_ms"], 1) / 1000, exit=True)
        facts, body = _answer(request, picture)
        faulthandler.cancel_dump_traceback_later()
        _send(answers, facts._asdict(), body)
        del picture, body


def _answer(request: dict[str, object], picture: bytes) -> tuple[pictures.Facts, bytes]:
    format_name, max_side = str(request["format"]), int(str(request["max_side"]))
    if request["want"] == "thumbnail":
        return pictures.thumbnail(picture, format_name, min(max_side, frames.THUMBNAIL_SIDE))
    return pictures.pixels(picture, format_name, min(max_side, frames.PIXELS_SIDE))


def _send(answers: BinaryIO, head: dict[str, object], body: bytes | None = None) -> None:
    answers.write(frames.frame(json.dumps(head, ensure_ascii=False).encode("utf-8", "replace")))
    if body is not None:
        answers.write(frames.LENGTH.pack(len(body)))
        answers.write(body)
    answers.flush()


def _die(_kind: type[BaseException], _error: BaseException, _trace: TracebackType | None) -> None:
    """A traceback may quote the picture: none is written."""
    os._exit(DIED_STATUS)
