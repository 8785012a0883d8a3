"""What /proc and /sys tell of swap, hibernation and disks, on machines that are made of files here."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from fieldapp.system import machine, machine_linux
from fieldapp.system.machine_state import Kept

if sys.platform != "linux":
    pytest.skip("only Linux tells it in files", allow_module_level=True)

HEAD = "Filename\tType\tSize\tUsed\tPriority\n"


class Machine:
    """A tree with what the kernel would tell there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("proc/swaps", HEAD)
        self.write("proc/self/mountinfo", "")
        self.write("sys/power/state", "freeze mem disk\n")
        self.write("sys/power/disk", "[platform] shutdown reboot\n")
        (root / "sys/class/block").mkdir(parents=True)
        (root / "sys/dev/block").mkdir(parents=True)
        (root / "dev").mkdir()

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def block(self, name: str, *, uuid: str = "", on: tuple[str, ...] = ()) -> None:
        """A block device, as /sys/class/block has it."""
        place = self.root / "sys/devices" / name
        (place / "slaves").mkdir(parents=True)
        if uuid:
            self.write(f"sys/devices/{name}/dm/uuid", uuid + "\n")
        for below in on:
            (place / "slaves" / below).symlink_to(self.root / "sys/devices" / below)
        (self.root / "sys/class/block" / name).symlink_to(place)
        (self.root / "dev" / name).touch()

    def swap_on(self, *names: str) -> None:
        rows = [f"/dev/{name} partition 1000 0 -2\n" for name in names]
        self.write("proc/swaps", HEAD + "".join(rows))

    def mount(self, folder: Path, *, kind: str, source: str) -> None:
        device = folder.stat().st_dev
        self.write(
            "proc/self/mountinfo",
            f"22 1 {os.major(device)}:{os.minor(device)} / / rw - {kind} {source} rw\n",
        )

    def lies_on(self, folder: Path, block: str) -> None:
        device = folder.stat().st_dev
        number = f"{os.major(device)}:{os.minor(device)}"
        (self.root / "sys/dev/block" / number).symlink_to(self.root / "sys/devices" / block)
        self.mount(folder, kind="ext4", source=f"/dev/{block}")


@pytest.fixture
def here(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_no_swap_means_that_nothing_is_written_and_nothing_can_hibernate(here: Machine) -> None:
    assert machine_linux.swap(here.root) is Kept.NOT
    assert machine_linux.hibernation(here.root) is Kept.NOT


@pytest.mark.parametrize(
    ("uuid", "on", "kept"),
    [
        ("", (), Kept.PLAIN),
        ("CRYPT-LUKS2-0123-swap", ("sda2",), Kept.ENCRYPTED),
        ("CRYPT-PLAIN-cryptswap", ("sda2",), Kept.ENCRYPTED),
        ("LVM-abc", ("sda2",), Kept.PLAIN),
        ("LVM-abc", ("luks",), Kept.ENCRYPTED),
        ("LVM-abc", ("luks", "sda2"), Kept.PLAIN),
    ],
)
def test_swap_is_as_what_it_lies_on(here: Machine, uuid: str, on: tuple[str, ...], kept: Kept) -> None:
    here.block("sda2")
    here.block("luks", uuid="CRYPT-LUKS1-0-x", on=("sda2",))
    here.block("swap", uuid=uuid, on=on)
    here.swap_on("swap")

    assert machine_linux.swap(here.root) is kept
    assert machine_linux.hibernation(here.root) is kept


def test_compressed_memory_is_no_disk_and_the_worst_of_several_counts(here: Machine) -> None:
    here.block("zram0")
    here.swap_on("zram0")
    assert machine_linux.swap(here.root) is Kept.NOT
    assert machine_linux.hibernation(here.root) is Kept.NOT

    here.block("sda2")
    here.swap_on("zram0", "sda2")
    assert machine_linux.swap(here.root) is Kept.PLAIN


@pytest.mark.parametrize(("state", "disk"), [("freeze mem", "[platform]"), ("mem disk", "[disabled]")])
def test_a_kernel_that_may_not_hibernate_is_believed(here: Machine, state: str, disk: str) -> None:
    here.block("sda2")
    here.swap_on("sda2")
    here.write("sys/power/state", state + "\n")
    here.write("sys/power/disk", disk + "\n")

    assert machine_linux.swap(here.root) is Kept.PLAIN
    assert machine_linux.hibernation(here.root) is Kept.NOT


def test_a_folder_is_as_the_disk_below_it(here: Machine) -> None:
    folder = here.root / "vault"
    folder.mkdir()
    here.block("nvme0n1p3")
    here.block("root", uuid="CRYPT-LUKS2-1-root", on=("nvme0n1p3",))

    here.lies_on(folder, "root")
    assert machine_linux.disk(folder, here.root) is Kept.ENCRYPTED

    (here.root / "sys/dev/block").rename(here.root / "sys/dev/before")
    (here.root / "sys/dev/block").mkdir()
    here.lies_on(folder, "nvme0n1p3")
    assert machine_linux.disk(folder, here.root) is Kept.PLAIN


def test_file_systems_are_known_by_what_they_are(here: Machine) -> None:
    folder = here.root / "vault"
    folder.mkdir()
    for kind, kept in (("fuse.gocryptfs", Kept.ENCRYPTED), ("ecryptfs", Kept.ENCRYPTED), ("tmpfs", Kept.NOT)):
        here.mount(folder, kind=kind, source="somewhere")
        assert machine_linux.disk(folder, here.root) is kept


def test_what_is_not_told_is_unknown_and_nothing_is_raised(here: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: object) -> Kept:
        raise PermissionError

    assert machine_linux.disk(here.root, here.root) is Kept.UNKNOWN
    for name in ("swap", "hibernation", "dumps", "disk"):
        monkeypatch.setattr(machine_linux, name, refuse)
    state = machine.machine_state(here.root / "not" / "there")
    assert {state.swap, state.hibernation, state.dumps, state.disk} == {Kept.UNKNOWN}


def test_this_very_machine_is_looked_at_without_trouble(tmp_path: Path) -> None:
    state = machine.machine_state(tmp_path / "vault to be")

    assert state.swap in Kept
    assert machine.machine_state().disk is Kept.UNKNOWN
