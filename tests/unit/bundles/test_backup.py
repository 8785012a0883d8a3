"""A backup is read strictly: what the program would not write ends it, and the generations before still stand."""

from __future__ import annotations

import hashlib
import io
import os
import random
import re
import tarfile
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest

from fieldapp.bundles import backup
from fieldapp.bundles.backup import Tail
from fieldapp.bundles.backup_manifest import write_manifest
from fieldapp.errors import BackupDamagedError, BackupError, BackupNewerError, NotABackupError
from fieldapp.services.safety import backups
from tests.unit.bundles.backups_forged import (
    END,
    Members,
    layout_of,
    manifest_of,
    member,
    put_together,
    taken_apart,
    with_true_manifests,
)
from tests.unit.services.people import someone


@pytest.fixture(scope="module")
def true(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A backup of two generations; the second brings one more attached file."""
    folder = tmp_path_factory.mktemp("backup")
    ainura = someone(folder, "Ainura")
    record = ainura.new("person", name="A")
    ainura.attach(record, b"first photo")
    backups.back_up(ainura.archive, folder / "b")
    ainura.attach(record, b"second photo")
    backups.back_up(ainura.archive, folder / "b")
    ainura.archive.close()
    return (folder / "b").read_bytes()


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A backup of somebody else's vault."""
    folder = tmp_path_factory.mktemp("other")
    bek = someone(folder, "Bek")
    backups.back_up(bek.archive, folder / "b")
    bek.archive.close()
    return (folder / "b").read_bytes()


def index_of(members: Members, name: str) -> int:
    return [each for each, _content in members].index(name)


def test_what_was_written_is_read_with_all_that_each_generation_needs(true: bytes, tmp_path: Path) -> None:
    layout = layout_of(tmp_path / "b", true)

    first, second = layout.generations
    assert layout.tail is Tail.WHOLE and layout.newest == second
    assert (first.number, second.number) == (1, 2) and first.id != second.id
    assert set(second.files) - set(first.files) and set(first.files) < set(second.files)
    assert first.open_part == second.open_part and first.key_mark == second.key_mark
    assert second.files["records.db"].member.name == "g0002/records.db"
    assert put_together(taken_apart(true)) == true
    assert with_true_manifests(taken_apart(true)) == taken_apart(true)


def test_a_size_that_ustar_cannot_say_is_said_as_gnu_tar_says_it() -> None:
    block = backup.header_block("g0001/objects/aa/" + "aa" * 32, 9 * 1024**3)

    found = tarfile.TarInfo.frombuf(block, "ascii", "strict")

    assert found.size == 9 * 1024**3 and found.isreg()


def test_the_document_has_the_bytes_that_are_written(root: Path) -> None:
    text = (root / "resources" / "docs" / "formats" / "backup.md").read_text("utf-8")
    identity, line = b"30313233343536373839616263646566\n", b"Field App backup, format 1\n"
    hashes = {"g0001/id": hashlib.sha256(identity).digest(), "README.txt": hashlib.sha256(line).digest()}
    block, huge = backup.header_block("g0001/id", 33), backup.header_block("g0001/objects/d7/" + "d7" * 32, 9 * 1024**3)

    for line_of in write_manifest(hashes).decode().splitlines():
        assert f"    {line_of}\n" in text
    assert f"    {huge[124:136].hex()}\n    {huge[148:156].hex()}\n" in text
    shown = "".join(re.findall(r"^    ([0-9a-f …]+)$", text.split("Worked: ")[1].split("Size field")[0], re.MULTILINE))
    assert shown.replace(" ", "") == f"{block[:8].hex()}…{block[100:157].hex()}…{block[257:265].hex()}"
    assert not any(block[8:100] + block[157:257] + block[265:])


@pytest.mark.parametrize("kind", ["a", "b"])
def test_a_file_of_eight_gibibytes_is_a_member_like_others(kind: str, true: bytes, tmp_path: Path) -> None:
    members = taken_apart(true)
    at = index_of(members, "g0002/manifest.sha256")
    size = 8 * 1024**3 if kind == "a" else 1024
    head = b"".join(member(*each) for each in members[:at])
    path = tmp_path / "b"
    path.write_bytes(head + backup.header_block("g0002/objects/ff/" + "ff" * 32, 8 * 1024**3))
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size + size)  # a hole: nothing of it is on the disk

    with io.FileIO(path, "rb") as file:
        layout = backup.read_layout(file, path.stat().st_size)

    assert layout.tail is Tail.DAMAGED and len(layout.generations) == 1


@pytest.mark.parametrize(
    "name",
    [
        "../escape",
        "/etc/passwd",
        "g0002/../../escape",
        "g0002/objects/../records.db",
        "g0002/objects/aa/" + "bb" * 32,
        "g0002/records.db-journal",
        "g0002/header.a.new",
        "g0002/objects/new/" + "aa" * 16,
        "g0002/outbox/" + "aa" * 16,
        "g0002/inbox/" + "aa" * 16 + "/00001",
        "g0003/objects/aa/" + "aa" * 32,
        "g0001/objects/aa/" + "aa" * 32,
        "objects/aa/" + "aa" * 32,
        "g0002//id",
        "g0002/ID",
        "g2/id",
        "formats/../x.md",
    ],
)
def test_a_name_that_is_not_due_ends_the_backup(name: str, true: bytes, tmp_path: Path) -> None:
    members = taken_apart(true)
    members.insert(index_of(members, "g0002/manifest.sha256"), (name, bytes(70_000)))

    layout = layout_of(tmp_path / "b", put_together(with_true_manifests(members)))

    assert layout.tail is Tail.DAMAGED and len(layout.generations) == 1


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.FIFOTYPE,
        tarfile.DIRTYPE,
        b"S",
        b"x",
        b"L",
        b"7",
        b"V",
    ],
)
def test_links_devices_folders_sparse_and_extended_members_end_it(kind: bytes, true: bytes, tmp_path: Path) -> None:
    members = taken_apart(true)
    strange = tarfile.TarInfo("g0002/objects/ff/" + "ff" * 32)
    strange.type, strange.linkname, strange.mode, strange.size = kind, "../../x", 0o600, 70_000
    at = index_of(members, "g0002/manifest.sha256")
    raw = b"".join(member(*each) for each in members[:at])
    raw += member("", bytes(70_000), strange.tobuf(tarfile.USTAR_FORMAT)) + put_together(members[at:])

    layout = layout_of(tmp_path / "b", raw)

    assert layout.tail is Tail.DAMAGED and len(layout.generations) == 1


def test_the_same_member_twice_or_out_of_order_ends_it(true: bytes, tmp_path: Path) -> None:
    members = taken_apart(true)
    objects = [index for index, (name, _content) in enumerate(members) if name.startswith("g0002/objects")]
    doubled = [*members[: objects[0]], members[objects[0]], *members[objects[0] :]]
    header = index_of(members, "g0002/header.a")
    turned = [*members[:header], members[header + 1], members[header], *members[header + 2 :]]
    lacking = [each for each in members if each[0] != "g0002/records.db"]

    for forged in (doubled, turned, lacking):
        layout = layout_of(tmp_path / "b", put_together(with_true_manifests(forged)))
        assert layout.tail is Tail.DAMAGED and len(layout.generations) == 1


@pytest.mark.parametrize(
    "lie",
    [
        lambda text: text + b"0" * 64 + b"  ../outside\n",
        lambda text: text + b"0" * 64 + b"  g0009/records.db\n",
        lambda text: text + text.splitlines(keepends=True)[0],
        lambda text: b"".join(reversed(text.splitlines(keepends=True))),
        lambda text: text.replace(b"g0002/records.db", b"g0001/records.db"),
        lambda text: text.replace(b"  g0002/id", b" *g0002/id"),
        lambda text: text.upper(),
        lambda text: text[:-1],
        lambda text: text + b"\n",
        lambda text: b"\n".join(text.split(b"\n")[1:]),
        lambda text: b"".join(line for line in text.splitlines(keepends=True) if b"README" not in line),
        lambda text: bytes(text[0] ^ 1 if place == 0 else each for place, each in enumerate(text)),
    ],
)
def test_a_manifest_that_says_anything_else_ends_it(lie: object, true: bytes, tmp_path: Path) -> None:
    assert callable(lie)
    members = taken_apart(true)
    at = index_of(members, "g0002/manifest.sha256")
    members[at] = (members[at][0], lie(members[at][1]))

    layout = layout_of(tmp_path / "b", put_together(members))

    assert layout.tail is Tail.DAMAGED and len(layout.generations) == 1


def test_a_manifest_longer_than_what_it_could_name_is_refused_before_it_is_read(
    true: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = taken_apart(true)
    before = put_together(members[: index_of(members, "g0001/manifest.sha256")])[: -len(END)]
    huge = 200 * 1024 * 1024
    path = tmp_path / "b"
    path.write_bytes(before + backup.header_block("g0001/manifest.sha256", huge))
    os.truncate(path, path.stat().st_size + huge + len(END))  # a file of holes: nothing of it is on the disk
    asked: list[int] = []
    read = backup.contents

    def counted(file: FileIO, one: backup.Member) -> Iterator[bytes]:
        asked.append(one.size)
        return read(file, one)

    monkeypatch.setattr(backup, "contents", counted)

    with FileIO(path, "rb") as file, pytest.raises(BackupDamagedError) as caught:
        backup.read_layout(file, path.stat().st_size)
    assert caught.value.where == "manifest"
    assert huge not in asked


def test_a_manifest_may_leave_out_what_is_needed_no_more(true: bytes, tmp_path: Path) -> None:
    members = taken_apart(true)
    at = index_of(members, "g0002/manifest.sha256")
    members[at] = (members[at][0], manifest_of(members, members[at][0], lambda name: name.startswith("g0001/objects")))

    layout = layout_of(tmp_path / "b", put_together(members))

    assert layout.tail is Tail.WHOLE and len(layout.newest.files) == len(layout.generations[0].files)


def test_generations_of_two_vaults_are_never_one_backup(true: bytes, other: bytes, tmp_path: Path) -> None:
    foreign = [(name.replace("g0001/", "g0002/"), content) for name, content in taken_apart(other) if name[0] == "g"]
    ours = [each for each in taken_apart(true) if not each[0].startswith("g0002/")]
    whole = layout_of(tmp_path / "b", put_together(with_true_manifests([*ours, *foreign])))
    assert whole.tail is Tail.DAMAGED and len(whole.generations) == 1
    mixed = taken_apart(true)
    for part in ("header.a", "records.db"):
        at = index_of(mixed, f"g0002/{part}")
        forged = [*mixed]
        forged[at] = (f"g0002/{part}", dict(foreign)[f"g0002/{part}"])

        layout = layout_of(tmp_path / "b", put_together(with_true_manifests(forged)))

        assert layout.tail is Tail.DAMAGED and len(layout.generations) == 1


def test_where_the_first_generation_is_not_right_nothing_is_a_backup(true: bytes, tmp_path: Path) -> None:
    for place in (300_000, 150_000):
        with pytest.raises(BackupDamagedError):
            layout_of(tmp_path / "b", true[:place])
    with pytest.raises(BackupNewerError):
        layout_of(tmp_path / "b", true.replace(b"backup, format 1\n", b"backup, format 2\n", 1))
    for nothing in (b"", bytes(2048), b"README.txt", true[512:], END):
        with pytest.raises(NotABackupError):
            layout_of(tmp_path / "b", nothing)


def test_a_backup_cut_anywhere_keeps_its_first_generation(true: bytes, tmp_path: Path) -> None:
    first = layout_of(tmp_path / "b", true).generations[0]
    places = {
        first.end,
        first.end + 1,
        first.end + 511,
        first.end + 512,
        len(true) - 1,
        len(true) - 513,
        len(true) - 1024,
    }
    places |= set(random.Random(7).sample(range(first.end, len(true)), 60))

    for place in places:
        layout = layout_of(tmp_path / "b", true[:place])
        whole = place >= len(true) - 1024
        assert layout.generations[0] == first and len(layout.generations) == 1 + whole, place
        assert layout.tail is not Tail.WHOLE


def test_every_bit_of_headers_and_manifests_counts(true: bytes, tmp_path: Path) -> None:
    layout = layout_of(tmp_path / "b", true)
    blocks = [each.member.offset - 512 for generation in layout.generations for each in generation.own]
    manifests = [true.rindex(b"  README.txt\n", 0, generation.end) - 20 for generation in layout.generations]
    rng = random.Random(3)

    for place in [block + rng.randrange(512) for block in blocks] + manifests:
        changed = bytearray(true)
        changed[place] ^= 1 << rng.randrange(8)
        try:
            found = layout_of(tmp_path / "b", bytes(changed))
        except BackupError:
            continue
        assert found.tail is not Tail.WHOLE or len(found.generations) < 2, place


def test_noise_raises_nothing_but_what_a_person_can_act_on(true: bytes, tmp_path: Path) -> None:
    rng = random.Random(11)
    for _round in range(150):
        changed = bytearray(true)
        for _change in range(rng.randrange(1, 6)):
            at = rng.randrange(len(changed) // 512) * 512
            action = rng.randrange(3)
            if action == 0:
                changed[at + rng.randrange(512)] = rng.randrange(256)
            elif action == 1:
                del changed[at : at + 512 * rng.randrange(1, 50)]
            else:
                changed[at:at] = rng.randbytes(512)
        try:
            layout_of(tmp_path / "b", bytes(changed))
        except BackupError:
            continue
