"""The ways into a vault, as work for the vault lane. Services are imported by the first use, so that the window shows
before cryptography and the database are read from the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QStandardPaths

from fieldapp.errors import FieldAppError
from fieldapp.values import Progress

_SMALL = 256

Open = Any  # an Archive: its module is read late, see above


@dataclass(frozen=True, slots=True)
class NewVault:
    """What a person said about a new vault."""

    folder: Path
    person: str
    device: str
    keeps_for_others: bool = False
    phrase: bool = True
    """Whether there are twelve words on paper that open it."""


@dataclass(frozen=True, slots=True)
class Copying:
    """A copy with which a person goes on: out of it a vault is made in a new folder, for a device of that name.

    `copy` is the folder of a vault, or the file of a backup. `salvage`: of a damaged backup, all that is whole.
    """

    copy: Path
    folder: Path
    device: str
    salvage: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """What a backup gives: how many states of a vault, and the number of the one that is restored, counted from 1.

    `passed_over`: a newer one is damaged, or was never finished. `more_behind`: newer ones may stand behind the damage.
    """

    states: int
    number: int
    passed_over: bool
    more_behind: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """A restored vault, open; and how many damaged files of a backup were left out of it.

    `passed_over`: it is not as in the newest state of the backup, but as at `begun_ms`, if that is known.
    """

    archive: Open
    left_out: int = 0
    passed_over: bool = False
    begun_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Doors:
    """How vaults are opened. Tests give the first two, to derive keys cheaply."""

    make: Callable[..., Any] | None = None
    make_practice: Callable[..., Any] | None = None

    def warm(self, _progress: Progress) -> None:
        """Read the code that opening needs, while the person types."""
        import fieldapp.services.vaults  # noqa: F401, PLC0415 - see above

    def create(self, new: NewVault, passphrase: str) -> tuple[Open, str]:
        """Make a vault: the open archive, and its recovery phrase, or nothing where it shall have none."""
        from fieldapp.services import paper, vaults  # noqa: PLC0415 - see above

        made = (self.make or vaults.create)(
            new.folder,
            passphrase,
            person=new.person,
            device=new.device,
            keeps_for_others=new.keeps_for_others,
            phrase=new.phrase,
        )
        if made.recovery_phrase:
            paper.note_shown(made.archive)  # until words of it were asked back
        return made.archive, made.recovery_phrase or ""

    def unlock(self, folder: Path, passphrase: str) -> tuple[Open, bool]:
        """Open a vault with its passphrase, and finish what was being typed when it was left; on a full disk it waits.

        Also tells whether it is a practice vault: one that opens with the passphrase that everybody knows.
        """
        from fieldapp.services import demonstration, vaults  # noqa: PLC0415 - see above

        archive = vaults.unlock(folder, passphrase)
        _finish_typing(archive)
        return archive, passphrase == demonstration.PRACTICE_PASSPHRASE

    def recover(self, folder: Path, phrase: str, passphrase: str, writer: str | None = None) -> Open:
        """Open a vault with its recovery phrase and give it, or one of those who write there, a new passphrase."""
        from fieldapp.services import vaults  # noqa: PLC0415 - see above

        archive = vaults.recover(folder, phrase, passphrase, writer=writer)
        _finish_typing(archive)
        return archive

    def recover_with_shares(
        self, folder: Path, words: str, other: str, passphrase: str, writer: str | None = None
    ) -> Open:
        """The same with what two people who keep shares of it have read aloud."""
        from fieldapp.services import vaults  # noqa: PLC0415 - see above

        archive = vaults.recover_with_shares(folder, words, other, passphrase, writer=writer)
        _finish_typing(archive)
        return archive

    def look(self, backup: Path, progress: Progress) -> Held:
        """Which states of a vault the file of a backup holds. Raises BackupError and its kinds."""
        from fieldapp.services.safety import backups  # noqa: PLC0415 - see above

        found = backups.choose(backup, progress=progress)
        return Held(found.generations, found.generation, found.passed_over, found.more_behind)

    def restore(
        self,
        wanted: Copying,
        passphrase: str,
        progress: Progress,
        *,
        words: Sequence[str] = (),
        writer: str | None = None,
    ) -> Restored:
        """Make a vault out of a copy or a backup, and open it.

        `words`: where the passphrase is not known, the recovery phrase, or the words of two who keep shares; then the
        passphrase is a new one, of `writer` where several write there.
        """
        from fieldapp.services import vaults  # noqa: PLC0415 - see above
        from fieldapp.services.safety import backup_restoring  # noqa: PLC0415 - see above

        way = _way(passphrase, words, writer)
        if wanted.copy.is_dir():
            copy, device = wanted.copy, wanted.device
            restored = Restored(vaults.restore(copy, wanted.folder, way, device=device, progress=progress))
        else:
            made = backup_restoring.restore(
                wanted.copy,
                wanted.folder,
                way,
                device=wanted.device,
                salvage=wanted.salvage,
                progress=progress,
            )
            restored = Restored(made.archive, made.left_out, made.passed_over, made.begun_ms)
        _finish_typing(restored.archive)
        return restored

    def repair(
        self,
        wanted: Copying,
        passphrase: str,
        progress: Progress,
        *,
        words: Sequence[str] = (),
        writer: str | None = None,
    ) -> Any:
        """Make a vault of what is whole in a damaged one; tells what came through, as a Rescue. `words` as above."""
        from fieldapp.services.safety import rescue  # noqa: PLC0415 - see above

        way = _way(passphrase, words, writer)
        return rescue.repair(wanted.copy, wanted.folder, way, device=wanted.device, who=writer, progress=progress)

    def practice(self, folder: Path, language: str, progress: Progress) -> Open:
        """Make a practice vault with invented people."""
        from fieldapp.services import demonstration  # noqa: PLC0415 - see above

        return (self.make_practice or demonstration.make_practice_vault)(folder, language, progress).archive


def _way(passphrase: str, words: Sequence[str], writer: str | None) -> Any:
    """What opens it: the passphrase, one phrase, or two."""
    from fieldapp.services.ways import ByPhrase, ByShares  # noqa: PLC0415 - see above

    if not words:
        return passphrase
    if len(words) == 1:
        return ByPhrase(words[0], passphrase, writer)
    one, other = words
    return ByShares(one, other, passphrase, writer)


def _finish_typing(archive: Open) -> None:
    """Drafts are safe where they are: what keeps them from becoming entries must not keep the vault shut."""
    from fieldapp.services import drafts, half_finished  # noqa: PLC0415 - see above

    with suppress(FieldAppError):
        half_finished.note_records(archive)
        drafts.finish_all(archive)


def holds_vault(folder: Path) -> bool:
    """Whether this looks like the folder of a vault, by its names alone."""
    return any((folder / name).is_file() for name in ("header.a", "header.b", "records.db"))


def is_left_over(folder: Path) -> bool:
    """Whether a vault was being destroyed there, and that was cut off; told by a header that is much too small."""
    headers = [folder / name for name in ("header.a", "header.b")]
    with suppress(OSError):
        if any(0 < header.stat().st_size < _SMALL for header in headers if header.is_file()):
            from fieldapp.services.safety import destroying  # noqa: PLC0415 - see above

            return destroying.is_left_over(folder)
    return False


def usual_place(home: Path) -> Path:
    """The person's folder of documents if there is one, else their home."""
    documents = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
    return documents if documents.is_dir() else home
