"""Making, unlocking, recovering, and another passphrase: what is refused changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldapp.errors import (
    CardTextError,
    PassphraseTooShortError,
    PhraseLengthError,
    RecoveryPhraseError,
    VaultExistsError,
    VaultInUseError,
    VaultNotFoundError,
    WrongPassphraseError,
)
from fieldapp.services import trust, vaults
from tests.unit.services.people import CHEAP, PASSPHRASE, Someone, someone

OTHER = "another passphrase"


def files(folder: Path) -> dict[str, bytes]:
    """Every file with its content; the vault must be closed."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\nb", "a\u202eb", "a\0b", "\u200b"])
@pytest.mark.parametrize("which", ["person", "device"])
def test_a_name_that_no_card_can_carry_is_refused_and_nothing_is_made(tmp_path: Path, name: str, which: str) -> None:
    person, device = (name, "laptop") if which == "person" else ("Ainura", name)

    with pytest.raises(CardTextError):
        vaults.create(tmp_path / "v", PASSPHRASE, person=person, device=device, parameters=CHEAP, floor_kib=0)

    assert not (tmp_path / "v").exists()


def test_a_short_passphrase_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(PassphraseTooShortError):
        vaults.create(tmp_path / "v", "short", person="A", device="B", parameters=CHEAP, floor_kib=0)

    assert not (tmp_path / "v").exists()


def test_a_new_vault_has_a_card_of_its_own(ainura: Someone) -> None:
    before = ainura.archive.connection.value("SELECT value FROM setting WHERE name LIKE 'card %'")

    card = trust.own_card(ainura.archive)

    assert card.file == before
    assert (card.person, card.device) == ("Ainura", "laptop of Ainura")


def test_a_vault_is_made_only_in_an_empty_place(ainura: Someone) -> None:
    ainura.archive.close()
    before = files(ainura.vault.folder)

    with pytest.raises(VaultExistsError):
        someone(ainura.folder, "Ainura")

    assert files(ainura.vault.folder) == before


def test_what_was_written_is_there_after_unlocking(ainura: Someone) -> None:
    record = ainura.new("person", name="A")
    snapshot = ainura.snapshot()
    ainura.archive.close()

    ainura.archive = vaults.unlock(ainura.vault.folder, PASSPHRASE)

    assert ainura.snapshot() == snapshot
    assert ainura.value(record, "name") == "A"


def test_a_wrong_passphrase_or_phrase_changes_nothing(ainura: Someone, bek: Someone) -> None:
    ainura.new("person", name="A")
    ainura.archive.close()
    before = files(ainura.vault.folder)

    for wrong in ("wrong passphrase", "", PASSPHRASE + " "):
        with pytest.raises((WrongPassphraseError, PassphraseTooShortError)):
            vaults.unlock(ainura.vault.folder, wrong)
    with pytest.raises(WrongPassphraseError):
        vaults.recover(ainura.vault.folder, bek.recovery_phrase, OTHER)
    with pytest.raises(PassphraseTooShortError):
        vaults.recover(ainura.vault.folder, ainura.recovery_phrase, "short")
    with pytest.raises(PhraseLengthError):
        vaults.recover(ainura.vault.folder, "one two", OTHER)
    with pytest.raises(RecoveryPhraseError):
        vaults.recover(ainura.vault.folder, " ".join(["fieldapp"] * 12), OTHER)

    assert files(ainura.vault.folder) == before
    ainura.archive = vaults.unlock(ainura.vault.folder, PASSPHRASE)


def test_a_vault_that_is_open_is_not_opened_again(ainura: Someone) -> None:
    with pytest.raises(VaultInUseError):
        vaults.unlock(ainura.vault.folder, PASSPHRASE)


def test_recovering_sets_a_new_passphrase_and_the_phrase_goes_on(ainura: Someone) -> None:
    record = ainura.new("person", name="A")
    ainura.archive.close()

    vaults.recover(ainura.vault.folder, ainura.recovery_phrase.upper(), OTHER).close()

    with pytest.raises(WrongPassphraseError):
        vaults.unlock(ainura.vault.folder, PASSPHRASE)
    vaults.recover(ainura.vault.folder, ainura.recovery_phrase, OTHER).close()
    ainura.archive = vaults.unlock(ainura.vault.folder, OTHER)
    assert ainura.value(record, "name") == "A"


def test_changing_the_passphrase_wants_the_old_one(ainura: Someone) -> None:
    ainura.new("person", name="A")
    folder = ainura.vault.folder
    headers = [(folder / name).read_bytes() for name in ("header.a", "header.b")]

    for old, new, problem in (
        ("wrong passphrase", OTHER, WrongPassphraseError),
        (ainura.recovery_phrase, OTHER, WrongPassphraseError),
        (PASSPHRASE, "short", PassphraseTooShortError),
    ):
        with pytest.raises(problem):
            vaults.change_passphrase(ainura.archive, old, new)
    assert [(folder / name).read_bytes() for name in ("header.a", "header.b")] == headers

    vaults.change_passphrase(ainura.archive, PASSPHRASE, OTHER)
    record = ainura.new("person", name="B")
    ainura.archive.close()

    with pytest.raises(WrongPassphraseError):
        vaults.unlock(folder, PASSPHRASE)
    ainura.archive = vaults.unlock(folder, OTHER)
    assert ainura.value(record, "name") == "B"
    ainura.archive.close()
    ainura.archive = vaults.recover(folder, ainura.recovery_phrase, PASSPHRASE)


def test_there_is_no_vault_where_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(VaultNotFoundError):
        vaults.check(tmp_path / "nothing")
    assert list(tmp_path.iterdir()) == []


def test_a_projection_of_an_older_version_is_made_anew_at_unlocking(ainura: Someone) -> None:
    ainura.new("person", name="A", phone=["1"])
    snapshot = ainura.snapshot()
    ainura.archive.connection.execute("UPDATE setting SET value = x'0001' WHERE name = 'projection'")
    ainura.archive.connection.execute("DROP TABLE touch")
    ainura.archive.close()

    ainura.archive = vaults.unlock(ainura.vault.folder, PASSPHRASE)

    assert ainura.snapshot() == snapshot
