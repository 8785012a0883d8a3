"""Files into the vault, and out of it on purpose."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from tests.unit.cli.calling import Desk


def test_a_file_goes_in_is_known_again_and_comes_out_as_it_was(desk: Desk, tmp_path: Path) -> None:
    call = desk("new", "testimony", "--set", "title=Call").out.strip()
    order = tmp_path / "приказ.pdf"
    order.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 1000)
    sha256 = hashlib.sha256(order.read_bytes()).hexdigest()

    came = desk("attach", call, order, "--set", "title=Order", "--json").json
    again = desk("attach", call, order, "--json").json
    out = desk("extract", came[0]["id"][:8], "-o", tmp_path / "copy.pdf", "--yes", "--json").json

    assert {key: came[0][key] for key in ("sha256", "size", "was_here", "file_name", "media_type", "no_preview")} == {
        "sha256": sha256,
        "size": 256_009,
        "was_here": False,
        "file_name": "приказ.pdf",
        "media_type": "application/pdf",
        "no_preview": "not_a_picture",
    }
    assert came[0]["no_preview_words"]
    assert (again[0]["id"], again[0]["was_here"]) == (came[0]["id"], True)
    assert out == {"sha256": sha256, "size": 256_009}
    assert (tmp_path / "copy.pdf").read_bytes() == order.read_bytes()
    assert [link["other"] for link in desk("show", call, "--json").json["links"]] == [came[0]["id"]]
    assert desk("show", came[0]["id"], "--json").json["fields"]["sha256"]["value"] == sha256


def test_a_copy_is_warned_of_logged_private_and_never_made_unasked(desk: Desk, tmp_path: Path) -> None:
    call = desk("new", "testimony").out.strip()
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    document = desk("attach", call, tmp_path / "a.txt").out.split()[0]
    entries = len(desk("history", document, "--json").json)

    unasked = desk("extract", document, "-o", tmp_path / "copy.txt")
    nothing_logged = len(desk("history", document, "--json").json) == entries
    asked = desk("extract", document, "-o", tmp_path / "copy.txt", "--yes")
    taken = desk("extract", document, "-o", tmp_path / "copy.txt", "--yes")

    assert unasked.status == 2
    assert "Warning" in unasked.err
    assert nothing_logged
    assert asked.status == 0
    assert "Warning" in asked.err
    assert [entry["event"] for entry in desk("history", document, "--json").json][entries] == "access"
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "copy.txt").stat().st_mode) == 0o600
    assert taken.status == 1


def test_all_files_are_attached_or_none(desk: Desk, tmp_path: Path) -> None:
    call = desk("new", "testimony").out.strip()
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")

    done = desk("attach", call, tmp_path / "a.txt", tmp_path / "missing.txt", "--json")

    assert (done.status, done.error["error"], done.error["facts"]) == (1, "FileUnreadable", {"reason": "missing"})
    assert not list((desk.folder / "objects" / "new").iterdir())
    assert desk("list", "--type", "document").out == ""
