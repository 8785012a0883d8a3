"""A vault opens to be read also where nothing can be written any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldapp.cli.opening import closing
from fieldapp.errors import DiskFullError
from fieldapp.records.ids import new_record_id
from fieldapp.services import drafts, vaults, views
from fieldapp.services.archive import Archive
from fieldapp.ui.opening.doors import Doors
from fieldapp.values import LogId
from tests.ui.conftest import PASSPHRASE


def test_a_full_disk_does_not_keep_a_vault_with_drafts_shut(vault: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = new_record_id(LogId(bytes(16)))
    before = vaults.unlock(vault, PASSPHRASE)
    drafts.keep(before, record, "testimony", {"title": "A call"})
    before.close()

    def full(_archive: Archive) -> None:
        raise DiskFullError

    with monkeypatch.context() as patched:
        patched.setattr(drafts, "finish_all", full)
        archive, _practice = Doors().unlock(vault, PASSPHRASE)
        archive.close()
        with closing(vaults.unlock(vault, PASSPHRASE)) as read:
            assert drafts.kept(read, record) == {"title": "A call"}

    archive, _practice = Doors().unlock(vault, PASSPHRASE)
    assert [row.title for row in views.rows(archive)] == ["A call"]
    archive.close()
