"""`attach`, `extract`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fieldapp.cli import shapes
from fieldapp.cli.confirming import confirm
from fieldapp.cli.opening import opened, record_of
from fieldapp.cli.options import AsJson, Output, PassphraseFd, RecordPrefix, Vault, Yes, example, new_app
from fieldapp.cli.terminal import say, say_json
from fieldapp.cli.values_given import values_given
from fieldapp.cli.watching import watched
from fieldapp.i18n import _
from fieldapp.media.preview import DecoderProcess, reason_words
from fieldapp.services import documents
from fieldapp.services.archive import Archive
from fieldapp.services.documents import Attached, StagedFile

app = new_app()

EXTRACTED = "extract"

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help=_("Files of any kind and size."), show_default=False)
]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help=_("Set a field of the new documents."), show_default=False),
]
Document = Annotated[str, typer.Argument(metavar="DOCUMENT", help=_("The id of a document."), show_default=False)]


@app.command(
    "attach",
    help=_("Put files into the vault, sealed, each as a document attached to a record. The files outside stay."),
    epilog=example("fieldapp attach field-vault 3f2a91 photo.jpg order.pdf"),
)
def attach(
    vault: Vault,
    record: RecordPrefix,
    files: Files,
    *,
    sets: Sets = None,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    with opened(vault, passphrase_fd) as archive:
        owner = record_of(archive, record)
        values = values_given(archive, "document", sets=sets or (), source=None)
        staged = _stage(archive, files)
        attached, _changed = documents.attach(archive, staged, owner=owner, values=values)
    shown = [_shape(one, file) for one, file in zip(attached, staged, strict=True)]
    if as_json:
        say_json(shown)
        return
    for one, file in zip(attached, staged, strict=True):
        here = "  " + _("(was here already)") if one.was_here else ""
        say(f"{one.document.hex()}  {file.media_type}  {file.name}{here}")


@app.command(
    "extract",
    help=_("Copy a file out of the vault. The copy is not protected, and the vault remembers that it was made."),
    epilog=example("fieldapp extract field-vault 77c0de -o order.pdf"),
)
def extract(
    vault: Vault,
    document: Document,
    *,
    output: Output,
    yes: Yes = False,
    passphrase_fd: PassphraseFd = None,
    as_json: AsJson = False,
) -> None:
    confirm(
        _(
            "Warning: the copy leaves the vault's protection. Whoever gets at the disk or stick can read it, also after"
            " it is deleted."
        ),
        yes=yes,
    )
    with opened(vault, passphrase_fd) as archive:
        stored = documents.log_copy(archive, record_of(archive, document), EXTRACTED)
        with watched(_("Copying")) as progress:
            documents.write_copy(archive.vault.objects, stored, output, progress)
    if as_json:
        say_json({"sha256": stored.sha256.hex(), "size": stored.size})
    else:
        say(_("Copied. SHA-256: %(sha256)s") % {"sha256": stored.sha256.hex()})


def _stage(archive: Archive, files: list[Path]) -> list[StagedFile]:
    """All files, sealed; none where one of them fails."""
    staged: list[StagedFile] = []
    try:
        with DecoderProcess() as decoder:
            for file in files:
                with watched(_("Sealing")) as progress:
                    staged.append(documents.stage(archive.vault.objects, file, decoder, progress))
    except BaseException:
        for one in staged:
            one.staged.discard()
        raise
    return staged


def _shape(attached: Attached, file: StagedFile) -> shapes.Json:
    reason = file.preview.reason
    return {
        "id": attached.document.hex(),
        "sha256": attached.sha256.hex(),
        "size": file.staged.stored.size,
        "was_here": attached.was_here,
        "file_name": file.name,
        "media_type": file.media_type,
        "preview": file.preview.thumbnail is not None,
        "no_preview": reason.value if reason else None,
        "no_preview_words": reason_words(reason) if reason else None,
    }
