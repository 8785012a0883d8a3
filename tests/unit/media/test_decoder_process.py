"""The decoder as a process: what it may not do, and what happens when it dies, hangs or lies."""

from __future__ import annotations

import ctypes
import functools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from fieldapp.errors import CancelledError
from fieldapp.media.frames import frame
from fieldapp.media.pipes import decoder_command
from fieldapp.media.preview import DecoderProcess, Reason
from tests.unit.media.making import lying, saved

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals and resource limits are POSIX")


class Interrupted:
    """A picture that, once half of it is read, does something."""

    def __init__(self, picture: bytes, action: object) -> None:
        self.picture = picture
        self.action = action
        self.reads = 0

    def read(self, size: int, /) -> bytes:
        self.reads += 1
        if self.reads == 2:
            self.action()  # type: ignore[operator]
        part, self.picture = self.picture[:size], self.picture[size:]
        return part


@functools.cache
def large() -> bytes:
    """A picture of more than a pipe holds, that takes its time."""
    return saved(Image.effect_noise((3000, 3000), 90), "JPEG")


def landlock_version() -> int:
    """What this machine's Landlock can do: 0 where there is none, 4 with the network."""
    return int(ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1)) if sys.platform == "linux" else 0


def inside(body: str, *arguments: str) -> dict[str, object]:
    """What `body` leaves in `found`, run with the decoder's own start and limits."""
    command = decoder_command()
    at = command.index("-c")
    roots = json.dumps(command[at + 2 :])
    code = f"import sys, json, os; sys.path[:0] = {roots}; found = {{}}\n{body}\nprint(json.dumps(found))"
    done = subprocess.run([*command[:at], "-c", code, *arguments], capture_output=True, check=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_only_the_allowed_plugins_are_there() -> None:
    found = inside(
        """
from fieldapp.media import pictures
pictures.prepare()
from PIL import Image
Image.preinit(); Image.init()
found["open"] = sorted(Image.OPEN)
found["plugins"] = sorted(name for name in sys.modules if name.startswith("PIL.") and name.endswith("ImagePlugin"))
"""
    )

    assert found["open"] == ["BMP", "GIF", "HEIF", "JPEG", "PNG", "TIFF", "WEBP"]
    allowed = {f"PIL.{name}ImagePlugin" for name in ("Bmp", "Gif", "Jpeg", "Png", "Tiff", "WebP")}
    assert set(found["plugins"]) == allowed  # type: ignore[call-overload]


@posix_only
def test_confined_it_can_neither_write_nor_open_nor_grow(tmp_path: Path) -> None:
    found = inside(
        """
import socket
from fieldapp.media.confine import confine
kept = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
found["limits"] = confine(600 << 20)
def refused(action):
    try:
        action()
    except (OSError, MemoryError) as error:
        return type(error).__name__
    return None
found["write"] = refused(lambda: os.write(kept, b"x"))
os.close(kept)
found["new"] = refused(lambda: open(sys.argv[1] + "2", "wb"))
found["read"] = refused(lambda: open("/etc/passwd", "rb"))
found["socket"] = refused(socket.socket)
found["memory"] = refused(lambda: bytearray(700 << 20))
os.close(0)
found["after closing"] = refused(lambda: os.open("/etc/passwd", os.O_RDONLY))
found["tcp"] = refused(lambda: socket.socket().connect(("127.0.0.1", 9)))
""",
        str(tmp_path / "file"),
    )

    assert {"memory", "write", "open", "dump"} <= set(found["limits"])  # type: ignore[call-overload]
    assert all(found[name] for name in ("write", "new", "read", "socket", "memory"))
    if landlock_version() >= 4:
        assert "landlock" in found["limits"]  # type: ignore[operator]
        assert (found["after closing"], found["tcp"]) == ("PermissionError", "PermissionError")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_the_running_decoder_holds_its_limits_and_knows_nothing_of_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY", "a thing of ours")
    with DecoderProcess() as decoder:
        decoder.preview(lying("JPEG", 1))

        told = {
            line[:25].strip(): line[26:].split()[:2]
            for line in Path(f"/proc/{decoder.pid}/limits").read_text().splitlines()
        }
        assert {"dump", "memory", "open", "write"} <= set(decoder.limits)
        assert told["Max file size"] == ["0", "0"]
        assert told["Max open files"] == ["3", "3"]
        assert told["Max core file size"] == ["0", "0"]
        if os.geteuid() == 0:  # others may not look: it is not dumpable
            assert Path(f"/proc/{decoder.pid}/environ").read_bytes().strip(b"\0") == b""
            assert len(list(Path(f"/proc/{decoder.pid}/fd").iterdir())) == 3
            assert Path(f"/proc/{decoder.pid}/cwd").readlink() == Path("/")


def test_one_decoder_serves_many_pictures() -> None:
    with DecoderProcess() as decoder:
        assert decoder.pid is None
        decoder.preview(lying("JPEG", 1))
        first = decoder.pid
        decoder.preview(lying("PNG", 1))

        assert decoder.pid == first is not None
    assert decoder.pid is None


@posix_only
def test_killed_between_two_pictures_it_is_started_again() -> None:
    with DecoderProcess() as decoder:
        decoder.preview(lying("JPEG", 1))
        first = decoder.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)

        assert decoder.preview(lying("JPEG", 1)).reason is None
        assert decoder.pid != first


@posix_only
def test_killed_within_a_picture_it_fails_that_one_only() -> None:
    with DecoderProcess() as decoder:
        decoder.preview(lying("JPEG", 1))
        picture = large()

        def kill() -> None:
            os.kill(decoder.pid or 0, signal.SIGKILL)

        preview = decoder.preview(Interrupted(picture, kill), len(picture))

        assert preview.reason == Reason.DECODER_FAILED
        assert decoder.preview(picture).reason is None


def test_a_picture_that_takes_too_long_is_given_up() -> None:
    with DecoderProcess(timeout_ms=1) as decoder:
        assert decoder.preview(large()).reason == Reason.TIMEOUT
        assert decoder.pid is None


def test_closing_within_a_picture_cancels_it() -> None:
    decoder = DecoderProcess()
    decoder.preview(lying("JPEG", 1))
    picture = large()

    with pytest.raises(CancelledError):
        decoder.preview(Interrupted(picture, decoder.close), len(picture))
    assert decoder.pid is None
    with pytest.raises(CancelledError):
        decoder.preview(picture)


def test_a_source_that_cannot_be_read_says_so_and_the_next_picture_works() -> None:
    class UnpluggedError(Exception):
        pass

    def unplug() -> None:
        raise UnpluggedError

    picture = large()
    with DecoderProcess() as decoder:
        with pytest.raises(UnpluggedError):
            decoder.preview(Interrupted(picture, unplug), len(picture))

        assert decoder.preview(lying("JPEG", 1)).reason is None


def test_a_source_shorter_than_it_said_is_damaged() -> None:
    with DecoderProcess() as decoder:
        picture = large()

        assert decoder.preview(Interrupted(picture[:50_000], bool), len(picture)).reason == Reason.DAMAGED


HELLO = frame(b'{"limits":[]}')
GOOD = b'{"reason":null,"width":1,"height":1,"exif":{}}'


def lying_decoder(*, says: bytes, then_waits: bool) -> DecoderProcess:
    """A decoder that was taken over: it says what it likes, whatever it is asked."""
    code = (
        f"import sys; sys.stdout.buffer.write({says!r}); sys.stdout.flush(); "
        f"{'sys.stdin.buffer.read()' if then_waits else ''}"
    )
    return DecoderProcess(timeout_ms=60, grace_ms=0, command=[sys.executable, "-I", "-c", code])


@pytest.mark.parametrize(
    "says",
    [
        b"",
        b"\xff\xff\xff\xff",
        frame(b"no json"),
        frame(b'{"limits":[1]}'),
        frame(b'{"limits":["\xff"]}'),
        HELLO + frame(b'{"reason":null,"width":1,"height":1,"exif":{"a":"\xff"}}') + frame(b"\xff\xd8\xff"),
        HELLO + frame(b'{"more":' + b"[" * 2000) + frame(b"\xff\xd8\xff"),
        HELLO + b"\xff\xff\xff\xff",
        HELLO + frame(b"{}") + frame(b""),
        HELLO + frame(b'{"reason":"because","width":1,"height":1,"exif":{}}') + frame(b""),
        HELLO + frame(b'{"reason":null,"width":1,"height":1,"exif":{"a":[]}}') + frame(b"\xff\xd8\xff"),
        HELLO + frame(GOOD) + frame(b""),
        HELLO + frame(GOOD) + frame(b"MZ this is no JPEG"),
        HELLO + frame(b'{"reason":"damaged","width":1,"height":1,"exif":{}}') + frame(b"\xff\xd8\xff"),
    ],
)
def test_an_answer_that_makes_no_sense_is_not_believed(says: bytes) -> None:
    with lying_decoder(says=says, then_waits=bool(says)) as decoder:
        assert decoder.preview(lying("JPEG", 1)).reason == Reason.DECODER_FAILED


def test_pixels_of_another_size_than_told_are_not_believed() -> None:
    for rows in (b"", b"123", b"12345"):
        with lying_decoder(says=HELLO + frame(GOOD) + frame(rows), then_waits=True) as decoder:
            assert decoder.pixels(lying("JPEG", 1), max_side=64).reason == Reason.DECODER_FAILED


@posix_only
def test_a_decoder_that_never_answers_is_given_up() -> None:
    with lying_decoder(says=HELLO, then_waits=True) as decoder:
        assert decoder.preview(lying("JPEG", 1)).reason == Reason.TIMEOUT


@posix_only
def test_a_decoder_that_never_listens_is_given_up() -> None:
    code = f"import sys, signal; sys.stdout.buffer.write({HELLO!r}); sys.stdout.flush(); signal.pause()"
    with DecoderProcess(timeout_ms=60, grace_ms=0, command=[sys.executable, "-I", "-c", code]) as decoder:
        assert decoder.preview(large()).reason == Reason.TIMEOUT


def test_a_decoder_that_cannot_be_started_is_a_reason() -> None:
    with DecoderProcess(command=["/nowhere/at-all"]) as decoder:
        assert decoder.preview(lying("JPEG", 1)).reason == Reason.DECODER_FAILED


def test_the_program_itself_loads_no_decoder() -> None:
    code = "import sys, fieldapp.media.preview; print({'PIL', 'pillow_heif'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert done.stdout.strip() == "set()"
