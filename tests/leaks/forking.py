"""The program, loaded once and forked for each command of a drive, which would else load it a hundred times.

Reads requests and writes answers, a line of JSON each. A child does what `python -m fieldapp` does, from its first act
on; secrets and standard input reach it through pipes, as from a shell. The nightly run starts it anew each time.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import sys
from contextlib import redirect_stderr
from typing import Any

import fieldapp.__main__
from fieldapp.cli import main


def serve() -> None:
    warm_up()
    for line in sys.stdin:
        print(json.dumps(answered(json.loads(line))), flush=True)  # noqa: T201 - the answer


def warm_up() -> None:
    """Load what every command needs, also what typer loads only when it is called, once and not in each child."""
    for load in main._LOADERS.values():
        load()
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stderr(nowhere):  # noqa: PTH123 - a device
        assert main.run(["list", os.devnull]) == 1, "a file is no vault"
    gc.collect()
    gc.freeze()


def answered(request: dict[str, Any]) -> dict[str, Any]:
    out, err = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        for (reader, writer), place in ((out, 1), (err, 2)):
            os.dup2(writer, place)
            os.close(reader)
            os.close(writer)
        os._exit(called(request))
    os.close(out[1])
    os.close(err[1])
    texts = read_both(out[0], err[0])
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {"status": status, "out": texts[0].decode(), "err": texts[1].decode()}


def called(request: dict[str, Any]) -> int:
    words = list(request["words"])
    os.dup2(filled(request["given"]), 0)
    sys.stdin, sys.stdout, sys.stderr = (open(place, mode, encoding="utf-8") for place, mode in enumerate("rww"))  # noqa: PTH123, SIM115 - descriptors
    for option, secret in request["secrets"].items():
        words += [option, str(filled(secret + "\n"))]
    sys.argv = ["fieldapp", *words]
    status = fieldapp.__main__.main()
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def filled(text: str) -> int:
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    return reader


def read_both(*handles: int) -> list[bytes]:
    texts = dict.fromkeys(handles, b"")
    with selectors.DefaultSelector() as ready:
        for handle in handles:
            ready.register(handle, selectors.EVENT_READ)
        while ready.get_map():
            for key, _ in ready.select():
                piece = os.read(key.fd, 1 << 16)
                texts[key.fd] += piece
                if not piece:
                    ready.unregister(key.fd)
                    os.close(key.fd)
    return list(texts.values())


if __name__ == "__main__":
    serve()
