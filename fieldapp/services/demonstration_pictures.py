"""Pictures for practice and demonstration: papers that look like the ones people photograph, drawn here and of nobody.

They are drawn with rectangles and discs and written as PNG (8-bit RGB, no filter), because pictures are encoded and
decoded nowhere else than in `media`. Every run draws the same points.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from random import Random

Colour = tuple[int, int, int]

PAPER: Colour = (246, 242, 232)
INK: Colour = (52, 52, 58)
FAINT: Colour = (150, 148, 145)
BLUE: Colour = (46, 84, 150)
GREEN: Colour = (44, 132, 84)
RED: Colour = (170, 62, 58)
WHITE: Colour = (252, 252, 250)

_DIGITS = dict(zip("0123456789+-", ("75557", "26227", "71747", "71717", "55711", "74717", "74757", "71222", "75757",
                                    "75717", "02720", "00700"), strict=True))  # fmt: skip
"""Three by five points each: one octal digit for a row."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawn picture: the file name it goes by, and the bytes of a PNG file."""

    name: str
    content: bytes


def draw_all() -> list[Drawn]:
    """Every picture, two megabytes in all; the last is one that came only in part."""
    whole = [Drawn(name, draw().png()) for name, draw in _PICTURES.items()]
    return [*whole, Drawn("half-received.png", whole[0].content[: len(whole[0].content) // 2])]


class Canvas:
    """Rows of red, green, blue from the top; what is drawn outside is cut off. `random` is seeded."""

    def __init__(self, width: int, height: int, colour: Colour, seed: int) -> None:
        self.width, self.height = width, height
        self.random = Random(seed)  # noqa: S311 - grain and word lengths, no secrets
        self._points = bytearray(bytes(colour) * (width * height))

    def box(self, x: int, y: int, width: int, height: int, colour: Colour) -> None:
        """A filled rectangle."""
        left, right = max(x, 0), min(x + width, self.width)
        row = bytes(colour) * max(right - left, 0)
        for line in range(max(y, 0), min(y + height, self.height)):
            start = 3 * (line * self.width + left)
            self._points[start : start + len(row)] = row

    def frame(self, x: int, y: int, width: int, height: int, colour: Colour, *, thick: int = 2) -> None:
        """The outline of a rectangle, inside its bounds."""
        for top in (y, y + height - thick):
            self.box(x, top, width, thick, colour)
        for left in (x, x + width - thick):
            self.box(left, y, thick, height, colour)

    def disc(self, x: int, y: int, radius: int, colour: Colour) -> None:
        """A filled circle around a point."""
        for line in range(-radius, radius + 1):
            half = math.isqrt(radius * radius - line * line)
            self.box(x - half, y + line, 2 * half + 1, 1, colour)

    def stroke(self, points: list[tuple[int, int]], colour: Colour, thick: int = 2) -> None:
        """A pen drawn through points."""
        for (x, y), (to_x, to_y) in pairwise(points):
            steps = max(abs(to_x - x), abs(to_y - y), 1)
            for step in range(steps + 1):
                self.disc(x + (to_x - x) * step // steps, y + (to_y - y) * step // steps, thick, colour)

    def words(self, x: int, y: int, width: int, height: int, colour: Colour = INK) -> None:
        """One line of print: word after word, too small to be read."""
        end = x + width
        while x < end:
            word = min(self.random.randint(2, 9) * max(height * 2 // 3, 1), end - x)
            self.box(x, y, word, height, colour)
            x += word + max(height * 2 // 3, 2)

    def digits(self, x: int, y: int, text: str, size: int, colour: Colour = INK) -> None:
        """Digits, plus and minus, each five `size` high; other characters are gaps."""
        for place, character in enumerate(text):
            for row, bits in enumerate(_DIGITS.get(character, "00000")):
                for column in range(3):
                    if int(bits) >> (2 - column) & 1:
                        self.box(x + (4 * place + column) * size, y + row * size, size, size, colour)

    def scribble(self, x: int, y: int, width: int, colour: Colour = BLUE) -> None:
        """A signature that says no name."""
        steps = range(0, width, 9)
        self.stroke([(x + step, y + self.random.randint(-16, 10)) for step in steps], colour, 1)

    def stamp(self, x: int, y: int, radius: int, colour: Colour = BLUE) -> None:
        """A round seal without any text."""
        turns = [2 * math.pi * step / 60 for step in range(61)]
        for size, thick in ((radius, 2), (radius * 3 // 4, 1), (radius // 3, 1)):
            ring = [(round(x + size * math.cos(turn)), round(y + size * math.sin(turn))) for turn in turns]
            self.stroke(ring, colour, thick)

    def grain(self, strength: int) -> None:
        """Darken each point a little and differently, as paper under a lamp.

        All points are subtracted as one long number: none of them is smaller than what is taken off, so none borrows.
        """
        least = bytes(max(value, strength) for value in range(256))
        taken = self.random.randbytes(self.width * self.height).translate(bytes(v % strength for v in range(256)))
        thrice = bytearray(len(self._points))
        for channel in range(3):
            thrice[channel::3] = taken
        left = int.from_bytes(self._points.translate(least)) - int.from_bytes(thrice)
        self._points = bytearray(left.to_bytes(len(thrice)))

    def png(self) -> bytes:
        """The picture as a PNG file (W3C PNG, section 5)."""
        length = 3 * self.width
        rows = (b"\0" + self._points[start : start + length] for start in range(0, len(self._points), length))
        head = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"".join(rows), 6)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _contract_sheet_1() -> Canvas:
    page = Canvas(620, 877, PAPER, 1)
    page.box(250, 36, 120, 8, INK)
    page.words(170, 54, 280, 5, FAINT)
    for line in range(118):
        page.words(46, 80 + 6 * line, 528 if line % 17 < 15 else 300, 2, FAINT)
    page.words(46, 806, 150, 5)
    page.box(330, 822, 230, 2, INK)
    page.stroke([(318, 806), (332, 820)], INK, 1)
    page.stroke([(332, 806), (318, 820)], INK, 1)
    page.grain(4)
    return page


def _contract_sheet_2() -> Canvas:
    page = Canvas(620, 877, PAPER, 2)
    for line in range(108):
        page.words(46, 40 + 6 * line, 528 if line % 23 < 21 else 240, 2, FAINT)
    for column in (46, 330):
        for line in range(8):
            page.words(column, 712 + 9 * line, 220 - 14 * (line % 3), 4)
    page.stamp(160, 806, 52)
    page.scribble(350, 808, 150)
    page.grain(4)
    return page


def _passport_mark() -> Canvas:
    page = Canvas(880, 620, (236, 224, 226), 3)
    for wave in range(34):
        guilloche = [(x, round(20 * wave + 9 * math.sin(x / 37 + wave / 2))) for x in range(0, 881, 8)]
        page.stroke(guilloche, (222, 208, 214), 0)
    page.frame(40, 40, 800, 540, (196, 176, 186), thick=3)
    page.words(70, 70, 190, 9, (140, 104, 122))
    page.digits(720, 66, "14", 5, (140, 104, 122))
    page.frame(80, 130, 330, 210, (120, 120, 170), thick=3)
    for line in range(4):
        page.words(104, 164 + 40 * line, 240 - 50 * (line % 2), 8, (120, 120, 170))
    page.disc(612, 330, 118, (214, 214, 206))
    page.disc(606, 322, 118, WHITE)
    page.disc(606, 322, 106, GREEN)
    page.stroke([(548, 326), (592, 372), (668, 276)], WHITE, 11)
    page.words(70, 540, 620, 7, (140, 104, 122))
    page.grain(5)
    return page


def _wages_note() -> Canvas:
    page = Canvas(560, 720, WHITE, 4)
    for line in range(0, 720, 20):
        page.box(0, line, 560, 1, (196, 214, 232))
    for column in range(0, 560, 20):
        page.box(column, 0, 1, 720, (196, 214, 232))
    page.box(64, 0, 2, 720, (226, 160, 160))
    wages = [page.random.randint(24, 41) * 100 for _day in range(23)]
    for day, wage in enumerate(wages):
        page.digits(84, 62 + 23 * day, f"{day + 1:02}-03", 3, BLUE)
        page.digits(300, 62 + 23 * day, str(wage), 3, BLUE)
    page.box(290, 606, 150, 2, BLUE)
    page.digits(300, 622, str(sum(wages)), 4, BLUE)
    page.scribble(110, 664, 120)
    page.grain(3)
    return page


def _bus_seats() -> Canvas:
    page = Canvas(420, 980, PAPER, 5)
    page.frame(50, 30, 320, 920, INK, thick=4)
    page.stroke([(90, 62), (330, 62)], INK, 3)
    page.disc(112, 92, 18, FAINT)
    for seat in range(52):
        row, place = divmod(seat, 4)
        x, y = 78 + 62 * place + (34 if place > 1 else 0), 126 + 62 * row
        page.frame(x, y, 46, 46, BLUE, thick=2)
        page.digits(x + 9, y + 15, f"{seat + 1:02}", 4)
    page.grain(4)
    return page


def _ticket() -> Canvas:
    page = Canvas(920, 360, (226, 234, 244), 6)
    page.box(0, 0, 920, 62, BLUE)
    page.words(34, 24, 220, 14, WHITE)
    page.digits(730, 20, "29-04", 5, WHITE)
    for row in range(3):
        page.words(34, 96 + 74 * row, 110, 8, FAINT)
        page.words(34, 116 + 74 * row, 260 - 40 * row, 16)
    page.box(34, 170, 300, 22, INK)
    page.digits(400, 110, "10-25", 12)
    page.stroke([(400, 240), (600, 240)], INK, 2)
    page.stroke([(580, 224), (600, 240), (580, 256)], INK, 2)
    for hole in range(8, 360, 22):
        page.disc(690, hole, 5, WHITE)
    x = 730
    while x < 880:
        width = page.random.choice((2, 2, 4, 6))
        page.box(x, 100, width, 220, INK)
        x += width + page.random.choice((2, 4, 5))
    return page


def _leaflet() -> Canvas:
    page = Canvas(600, 840, (250, 238, 196), 7)
    page.box(0, 0, 600, 170, RED)
    page.words(60, 50, 470, 34, WHITE)
    page.words(120, 108, 340, 22, WHITE)
    page.digits(96, 220, "200000", 17, RED)
    for line in range(5):
        page.disc(84, 372 + 58 * line, 9, GREEN)
        page.words(112, 362 + 58 * line, 400 - 36 * (line % 3), 18)
    for strip in range(8):
        page.box(75 * strip, 690, 2, 150, FAINT)
        if strip not in (1, 4, 5):
            page.words(75 * strip + 24, 720, 30, 6, FAINT)
        else:
            page.box(75 * strip, 690, 75, 150, (96, 92, 88))
    page.grain(4)
    return page


def _calls() -> Canvas:
    page = Canvas(450, 900, (28, 32, 40), 8)
    page.digits(28, 22, "19-12", 4, WHITE)
    page.box(380, 22, 40, 18, (120, 200, 140))
    page.words(28, 76, 190, 18, WHITE)
    for row in range(7):
        y = 140 + 104 * row
        missed = row in (0, 2, 5)
        page.disc(62, y + 34, 26, RED if missed else (74, 84, 100))
        page.box(106, y + 8, 240, 26, (214, 120, 116) if missed else (58, 66, 80))
        page.words(106, y + 48, 120, 9, (132, 142, 158))
        page.box(28, y + 90, 394, 1, (52, 58, 70))
    return page


def _refusal() -> Canvas:
    page = Canvas(640, 905, (242, 241, 238), 9)
    for line in range(4):
        page.words(370, 60 + 20 * line, 200, 7)
    page.words(230, 180, 180, 11)
    for line in range(17):
        page.words(70, 236 + 26 * line, 500 if line % 6 < 5 else 260, 8)
    page.words(70, 740, 170, 8)
    page.scribble(300, 750, 120)
    page.stamp(470, 750, 70)
    page.grain(4)
    return page


def _bandage() -> Canvas:
    page = Canvas(900, 320, (92, 96, 104), 10)
    page.box(0, 60, 900, 200, (240, 236, 228))
    for line in range(60, 260, 6):
        page.box(0, line, 900, 1, (224, 219, 209))
    for column in range(0, 900, 6):
        page.box(column, 60, 1, 200, (228, 223, 213))
    page.stroke([(150, 190), (250, 160), (330, 196), (470, 150), (640, 186), (760, 154)], (206, 200, 190), 5)
    page.digits(180, 132, "+", 9, (112, 112, 120))
    page.box(230, 118, 500, 84, INK)
    page.grain(8)
    return page


_PICTURES: dict[str, Callable[[], Canvas]] = {
    "contract-sheet-1.png": _contract_sheet_1,
    "contract-sheet-2.png": _contract_sheet_2,
    "passport-mark.png": _passport_mark,
    "wages-note.png": _wages_note,
    "bus-seats.png": _bus_seats,
    "ticket.png": _ticket,
    "leaflet.png": _leaflet,
    "calls.png": _calls,
    "refusal.png": _refusal,
    "bandage.png": _bandage,
}
