"""Every command of the program, and how a drive calls it: one row a command, in the order of one long story.

A new command needs a row here: `test_commands.py` compares the rows with the commands there are. A row is a function
under `@row("the command")`; it may call other commands too, and must call its own. Vaults: `field` is ours, `office` a
coordinator's, `other` somebody's whom the office does not know.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable

from PIL import Image

from fieldapp.crypto.keyslots import KdfParameters
from fieldapp.records.model import TYPES, Field, FieldKind
from fieldapp.records.vocabulary import vocabulary
from fieldapp.services import vaults
from tests.leaks.canaries import Canaries
from tests.leaks.driving import Drive

Row = Callable[[Drive], None]
ROWS: dict[str, Row] = {}
CHEAP = KdfParameters(64, 1, 1)

SILENT = {
    "machine", "edit", "link", "hide", "unhide", "undo", "resolve", "extract", "rebuild", "passphrase", "recover",
    "task answer", "task close", "identity keeps", "destroy",
}  # fmt: skip
"""Commands that say nothing of what was written down; all others a person asks to tell it."""

TELLING_PHRASES = {"init", "rekey", "escrow words"}
"""Commands that say words which open a vault, once, because a person asked for them."""


def row(command: str) -> Callable[[Row], Row]:
    def take(function: Row) -> Row:
        assert command not in ROWS, command
        ROWS[command] = function
        return function

    return take


def values(kind: str, canaries: Canaries) -> dict[str, object]:
    """Something for every field of a type that a person may fill, with a canary wherever words go."""
    return {each.name: _value(each, canaries) for each in TYPES[kind].fields if not _is_left_out(each)}


def _is_left_out(each: Field) -> bool:
    return each.machine or each.kind in (FieldKind.RECORD, FieldKind.MAP, FieldKind.BYTES)


def _value(each: Field, canaries: Canaries) -> object:
    value: object = canaries.word()
    if each.name == "phone":
        value = canaries.phone()
    elif each.kind is FieldKind.CHOICE:
        assert each.vocabulary
        value = next(iter(vocabulary(each.vocabulary).codes))
    elif each.kind is FieldKind.NUMBER:
        value = 7
    elif each.kind is FieldKind.DATE:
        value = {"edtf": "2026-03", "told": canaries.word()}
    return [value] if each.multi else value


def photo(canaries: Canaries) -> bytes:
    """A picture that says in its EXIF, its comment and its XMP who took it and where."""
    told = Image.Exif()
    for tag in (
        0x010E,
        0x010F,
        0x0110,
        0x0131,
        0x013B,
        0x8298,
    ):  # description, make, model, software, artist, copyright
        told[tag] = canaries.word()
    told.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + canaries.word().encode("utf-16-le")
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "orange").save(out, "JPEG", exif=told.tobytes(), comment=canaries.word().encode())
    return out.getvalue()


def recording(canaries: Canaries) -> bytes:
    """Something that begins as an MP3 does, with tags that name who speaks."""
    frames = b""
    for name, text in ((b"TIT2", canaries.word()), (b"TPE1", canaries.word()), (b"COMM", canaries.word())):
        body = b"\x01" + text.encode("utf-16")
        frames += name + len(body).to_bytes(4, "big") + bytes(2) + body
    size = bytes((len(frames) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + frames + b"\xff\xfb\x90\x00" + bytes(413)


def make_vaults(d: Drive) -> None:
    """The three vaults of the story, with keys that cost little: only `init` makes a real one."""
    for vault in ("field", "office", "other"):
        made = vaults.create(
            d.vault(vault), d.passphrase, person=d.canaries.word(), device=d.canaries.word(), parameters=CHEAP,
            floor_kib=8, keeps_for_others=vault == "office",
        )  # fmt: skip
        made.archive.close()
        d.phrases.append(made.recovery_phrase or "")


@row("init")
def _init(d: Drive) -> None:
    who = ["--person", d.canaries.word(), "--device", d.canaries.word(), "--kdf-memory-mib", 64, "--json"]
    d.phrases.append(d("init", *who, "--coordinator", vault="made").json["recovery_phrase"])


@row("machine")
def _machine(d: Drive) -> None:
    d("machine", secrets={})


@row("new")
def _new(d: Drive) -> None:
    for kind in ("testimony", "person", "document"):
        given = json.dumps(values(kind, d.canaries)).encode()
        d.ids[kind] = d("new", kind, "--from", "-", "--source", d.canaries.word(), "--json", given=given).json["id"]
    d.ids["second"] = d("new", "testimony", "--set", f"title={d.canaries.word()}", "--json").json["id"]


@row("edit")
def _edit(d: Drive) -> None:
    d("edit", d.ids["testimony"], "--set", f"narrative={d.canaries.word()}", "--source", d.canaries.word())


@row("link")
def _link(d: Drive) -> None:
    d("link", d.ids["testimony"], d.ids["person"], "--role", "narrator", "--note", d.canaries.word())


@row("hide")
def _hide(d: Drive) -> None:
    d("hide", d.ids["second"])


@row("unhide")
def _unhide(d: Drive) -> None:
    d("unhide", d.ids["second"])


@row("undo")
def _undo(d: Drive) -> None:
    d("edit", d.ids["second"], "--set", f"title={d.canaries.word()}")
    d("undo", d.ids["second"])


@row("attach")
def _attach(d: Drive) -> None:
    files = []
    for ending, content in (
        ("jpg", photo(d.canaries)),
        ("mp3", recording(d.canaries)),
        ("txt", d.canaries.word().encode()),
    ):
        path = d.clear(f"{d.canaries.name()}.{ending}")
        path.write_bytes(content)
        files.append(path)
    done = d("attach", d.ids["testimony"], *files, "--set", f"title={d.canaries.word()}", "--json").json
    d.ids["picture"] = done[0]["id"]


@row("extract")
def _extract(d: Drive) -> None:
    d("extract", d.ids["picture"], "-o", d.clear("copy.jpg"), "--yes")


@row("show")
def _show(d: Drive) -> None:
    assert d.canaries.latin in d("show", d.ids["testimony"]).out, "a drive in which nothing is said proves nothing"
    d("show", d.ids["person"], "--json")


@row("history")
def _history(d: Drive) -> None:
    d("history", d.ids["testimony"])


@row("list")
def _list(d: Drive) -> None:
    d("list", "--type", "testimony")


@row("search")
def _search(d: Drive) -> None:
    for query in (d.canaries.latin, d.canaries.cyrillic, d.canaries.digits):
        assert d("search", query, "--json").json


@row("identity show")
def _identity(d: Drive) -> None:
    d.ids["person field"] = d("identity show", "--json").json["person"]


@row("identity card")
def _card(d: Drive) -> None:
    for vault in ("field", "office", "other"):  # a card says its person's name in the clear, to be given away
        d("identity card", "-o", d.clear(f"{vault}.card"), vault=vault)


@row("identity trust")
def _trust(d: Drive) -> None:
    for vault, whom, role in (
        ("field", "office", "coordinator"),
        ("office", "field", "field"),
        ("other", "office", "coordinator"),
    ):
        called = ["--name", f"{whom} {d.canaries.word()}", "--role", role, "--words-match"]
        d("identity trust", d.clear(f"{whom}.card"), *called, vault=vault)


@row("identity list")
def _people(d: Drive) -> None:
    for vault in ("field", "office", "other"):
        for each in d("identity list", "--json", vault=vault).json:
            d.ids[f"{vault} calls {each['name'].split()[0]}"] = each["name"]


@row("identity keeps")
def _keeps(d: Drive) -> None:
    d("identity keeps", "on", vault="office")


@row("identity role")
def _role(d: Drive) -> None:
    d("identity role", d.ids["office calls field"], "coordinator", vault="office")
    d("identity role", d.ids["office calls field"], "field", vault="office")


@row("writer add")
def _writer(d: Drive) -> None:
    d.ids["writer"] = d.canaries.word()
    own = {"--passphrase-fd": d.passphrase, "--new-passphrase-fd": d.canaries.passphrase(" of another")}
    d("writer add", "--person", d.ids["writer"], secrets=own)


@row("writer list")
def _writers(d: Drive) -> None:
    d("writer list")


@row("escrow choose")
def _choose(d: Drive) -> None:
    trusted = ["--name", f"third {d.canaries.word()}", "--role", "coordinator", "--words-match"]
    d.ids["third"] = d("identity trust", d.clear("other.card"), *trusted, "--json").json["name"]
    d("escrow choose", "--holder", d.ids["field calls office"], "--holder", d.ids["third"])


@row("escrow write")
def _write(d: Drive) -> None:
    d("escrow write", d.ids["field calls office"], "-o", d.sealed("office.share"))
    d("escrow write", d.ids["third"], "-o", d.sealed("other.share"))


@row("escrow held")
def _held(d: Drive) -> None:
    for vault in ("office", "other"):
        if vault == "other":
            d("identity trust", d.clear("field.card"), "--name", d.canaries.word(), "--words-match", vault="other")
        d("bundle import", d.sealed(f"{vault}.share"), vault=vault)
        d("escrow held", vault=vault)


@row("escrow words")
def _words(d: Drive) -> None:
    for vault in ("office", "other"):
        owner = d("identity list", "--json", vault=vault).json
        name = next(each["name"] for each in owner if each["person"] == d.ids["person field"])
        told = d("escrow words", name, "--yes", "--json", vault=vault).json["words"]
        d.phrases.append(told if isinstance(told, str) else " ".join(told))


@row("escrow rehearsal-words")
def _rehearsal_words(d: Drive) -> None:
    owner = d("identity list", "--json", vault="other").json
    name = next(each["name"] for each in owner if each["person"] == d.ids["person field"])
    d.ids["to rehearse"] = d("escrow rehearsal-words", name, "--json", vault="other").json["words"]


@row("escrow rehearse")
def _rehearse(d: Drive) -> None:
    d("escrow rehearse", secrets={"--passphrase-fd": d.passphrase, "--words-fd": d.ids["to rehearse"]})


@row("escrow show")
def _escrow(d: Drive) -> None:
    d("escrow show")


@row("bundle export")
def _export(d: Drive) -> None:
    office = ["--to", d.ids["field calls office"]]
    d("bundle export", *office, "--with-codes", "--with-contacts", "-o", d.sealed("first"))
    d("edit", d.ids["testimony"], "--set", f"place={d.canaries.word()}")
    d("bundle export", *office, "--basis", "sent", "-o", d.sealed("lost"))
    d("edit", d.ids["testimony"], "--set", f"place={d.canaries.word()}")
    d("bundle export", *office, "--basis", "everything", "--part-size", 1, "-o", d.sealed("parts"))
    d("new", "testimony", "--set", f"title={d.canaries.word()}", vault="other")
    d("bundle export", "--to", d.ids["other calls office"], "-o", d.sealed("unknown"), vault="other")


@row("bundle inspect")
def _inspect(d: Drive) -> None:
    d("bundle inspect", d.sealed("first"), vault="office")


@row("bundle import")
def _import(d: Drive) -> None:
    d("bundle import", d.sealed("first"), d.sealed("unknown"), vault="office")
    (d.sealed("broken")).write_bytes(d.sealed("first").read_bytes()[:-100])
    d("bundle import", d.sealed("broken"), vault="office", status=1)
    d("bundle import", *sorted(d.sealed("parts").iterdir()), vault="office")


@row("bundle parts")
def _parts(d: Drive) -> None:
    d("bundle parts", vault="office")


@row("bundle missing")
def _missing(d: Drive) -> None:
    d("bundle missing", vault="office")


@row("bundle waiting")
def _waiting(d: Drive) -> None:
    d("bundle waiting", vault="office")


@row("quarantine list")
def _quarantine(d: Drive) -> None:
    d("quarantine list", vault="office")


@row("quarantine look")
def _look(d: Drive) -> None:
    d("identity trust", d.clear("other.card"), "--name", f"third {d.canaries.word()}", "--words-match", vault="office")
    d("identity list", vault="office")
    d("quarantine look", "--bundle", 1, vault="office")


@row("quarantine accept")
def _accept(d: Drive) -> None:
    d("quarantine accept", "--bundle", 1, vault="office")


@row("identity distrust")
def _distrust(d: Drive) -> None:
    names = [each["name"] for each in d("identity list", "--json", vault="office").json]
    d("identity distrust", next(name for name in names if name.startswith("third")), vault="office")


@row("bundle refuse")
def _refuse(d: Drive) -> None:
    d("bundle refuse", _another_unknown(d, "again"), vault="office")


@row("quarantine refuse")
def _refuse_sender(d: Drive) -> None:
    d("quarantine refuse", "--bundle", _another_unknown(d, "and again"), "--yes", vault="office")


def _another_unknown(d: Drive, name: str) -> int:
    """A bundle that waits at the office; gives its number."""
    d("new", "testimony", "--set", f"title={d.canaries.word()}", vault="other")
    d("bundle export", "--to", d.ids["other calls office"], "-o", d.sealed(name), vault="other")
    d("bundle import", d.sealed(name), vault="office")
    number: int = d("bundle waiting", "--json", vault="office").json[0]["number"]
    return number


@row("bundle receipt")
def _receipt(d: Drive) -> None:
    d("bundle receipt", "--to", d.ids["office calls field"], "-o", d.sealed("receipt"), vault="office")
    d("bundle import", d.sealed("receipt"))


@row("desk")
def _desk(d: Drive) -> None:
    d("desk", vault="office")
    d("desk", "--json")
    d("desk", "--seen", vault="office")


@row("resolve")
def _resolve(d: Drive) -> None:
    record = d.ids["testimony"]
    d("edit", record, "--set", f"title={d.canaries.word()}", "--source", d.canaries.word(), vault="office")
    accounts = d("show", record, "--json", vault="office").json["fields"]["title"]["accounts"]
    d("resolve", record, "title", accounts[0]["entry"], vault="office")


@row("task new")
def _task(d: Drive) -> None:
    about = ["--about", d.ids["person"], "--questions", d.canaries.word(), "--title", d.canaries.word()]
    asked = ["--to", d.ids["office calls field"], *about, "--expires", "2099-01-01"]
    d.ids["task"] = d("task new", *asked, "--json", vault="office").json["id"]


@row("task list")
def _tasks(d: Drive) -> None:
    d("task list", vault="office")


@row("task answer")
def _answer(d: Drive) -> None:
    d("task answer", d.ids["task"], d.canaries.word(), vault="office")


@row("task close")
def _close(d: Drive) -> None:
    d("task close", d.ids["task"], vault="office")


@row("light")
def _light(d: Drive) -> None:
    d("light", "--copies", 1, "--dry-run")
    d("light", "--copies", 1, "--yes")


@row("removed")
def _removed(d: Drive) -> None:
    d("removed")


@row("withdraw")
def _withdraw(d: Drive) -> None:
    by = ["--by", d.canaries.word(), "--how", "spoken", "--reason", d.canaries.word(), "--date", "2026-05-01"]
    d("withdraw", d.ids["testimony"], *by, vault="office")


@row("withdrawals")
def _withdrawals(d: Drive) -> None:
    d("withdrawals", vault="office")
    d("withdrawals", "--confirm", "all", "--yes", vault="office")
    d("withdrawals", "--told", d.ids["testimony"], vault="office", status=0)


@row("alarms")
def _alarms(d: Drive) -> None:
    d("alarms", "--all", vault="office")


@row("identity revoke")
def _revoke(d: Drive) -> None:
    d("identity revoke", d.ids["office calls field"], "--reason", d.canaries.word(), "--yes", vault="office")


@row("identity revocations")
def _revocations(d: Drive) -> None:
    d("identity revocations", vault="office")


@row("identity key")
def _key(d: Drive) -> None:
    d("identity key", "-o", d.clear("key.txt"), "--yes")


@row("rebuild")
def _rebuild(d: Drive) -> None:
    d("rebuild", vault="office")


@row("anew")
def _anew(d: Drive) -> None:
    d("anew", "--device", d.canaries.word())


@row("restore")
def _restore(d: Drive) -> None:
    d("restore", d.vault("restored"), "--device", d.canaries.word())


@row("backup")
def _backup(d: Drive) -> None:
    d("backup", d.sealed("backup"))
    d("new", "testimony", "--set", f"title={d.canaries.word()}")
    d("backup", d.sealed("backup"))
    d("backup")


@row("verify")
def _verify(d: Drive) -> None:
    d("verify")
    for name in ("backup", "first"):
        opening = ["--with", d.vault("office")]
        d("verify", d.sealed(name), *opening, vault=None, secrets={"--passphrase-fd": d.passphrase})


@row("repair")
def _repair(d: Drive) -> None:
    d("repair", d.vault("repaired"), "--device", d.canaries.word())


@row("rekey")
def _rekey(d: Drive) -> None:
    new = {"--passphrase-fd": d.passphrase, "--new-passphrase-fd": d.canaries.passphrase(" three")}
    d.phrases.append(d("rekey", "--leave-out", "--json", secrets=new).json["recovery_phrase"])
    again = {"--passphrase-fd": d.canaries.passphrase(" three"), "--new-passphrase-fd": d.passphrase}
    d.phrases[0] = d("rekey", "--json", secrets=again).json["recovery_phrase"]


@row("writer let-in")
def _let_in(d: Drive) -> None:
    new = {"--passphrase-fd": d.passphrase, "--new-passphrase-fd": d.canaries.passphrase(" of another")}
    d("writer let-in", d.ids["writer"], secrets=new)


@row("writer remove")
def _remove_writer(d: Drive) -> None:
    d("writer remove", d.ids["writer"], "--yes")


@row("passphrase")
def _passphrase(d: Drive) -> None:
    new = {"--passphrase-fd": d.passphrase, "--new-passphrase-fd": d.canaries.passphrase(" two")}
    d("passphrase", secrets=new)
    d("list", status=1)


@row("recover")
def _recover(d: Drive) -> None:
    d("recover", secrets={"--phrase-fd": d.phrases[0], "--new-passphrase-fd": d.passphrase})
    d("list", "--json")


@row("destroy")
def _destroy(d: Drive) -> None:
    d("destroy", "--yes", vault="other", secrets={})
    assert not d.vault("other").exists() or not any(d.vault("other").iterdir())
