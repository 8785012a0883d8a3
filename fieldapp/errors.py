"""What can go wrong, one class per thing a person can do differently.

`ExpectedError` is the world (a wrong passphrase, a full disk, a damaged bundle); `BugError` is us. Facts are
attributes; the text of an exception holds no record content, no names and no paths, so that it may appear in a log.
`messages.py` turns each class into words: what happened, what is safe, what to do.
"""

from __future__ import annotations

import errno


class FieldAppError(Exception):
    """Anything this program raises on purpose."""


class BugError(FieldAppError):
    """Our own mistake: a state that the code promises never to reach."""


class ExpectedError(FieldAppError):
    """Something in the world that a person can understand and act on."""


class CancelledError(ExpectedError):
    """The person asked to stop, and nothing was changed."""


# --- vault -----------------------------------------------------------------------------------------


class VaultError(ExpectedError):
    """A vault cannot be made, opened or written."""


class VaultNotFoundError(VaultError):
    """There is no vault at that place."""


class VaultExistsError(VaultError):
    """The folder for a new vault is not empty."""


class VaultForeignError(VaultError):
    """The folder holds something that is not a vault of this program."""


class VaultDamagedError(VaultError):
    """A part of the vault is missing, cut off or changed. `part` names it: header, database, object, journal."""

    def __init__(self, part: str) -> None:
        super().__init__(f"vault damaged: {part}")
        self.part = part


class HeaderLostError(VaultError):
    """Nothing in either copy of the header opens, and at least one copy is damaged: without one, nobody gets in."""


class DatabaseLostError(VaultError):
    """The database is missing, or nothing in it can be read: the keys of all files went with it."""


class VaultUnfinishedError(VaultError):
    """The making of this copy was cut off before it had a log of its own: it must not be written in."""


class InsideVaultError(VaultError):
    """A new vault would lie inside the folder that it is made from."""


class VaultDestroyedError(VaultError):
    """The vault was being destroyed: nothing opens it, and something of it is still there."""


class HeaderBytesLeftError(VaultError):
    """The vault is gone, but `count` headers were only removed: they could not be overwritten before."""

    def __init__(self, count: int) -> None:
        super().__init__(f"headers not overwritten: {count}")
        self.count = count


class VaultNewerError(VaultError):
    """The vault was written by a newer version of the program."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(f"vault version {found}, this program knows {known}")
        self.found = found
        self.known = known


class VaultInUseError(VaultError):
    """Another process has this vault open."""


class WrongPassphraseError(VaultError):
    """No slot of the vault opens with what was typed."""


class WayLostError(VaultError):
    """A passphrase opens the vault, and a repair could not tell whose it is: its owner is let in anew."""


class PassphraseTooShortError(VaultError):
    """The new passphrase is shorter than `least` characters."""

    def __init__(self, least: int) -> None:
        super().__init__(f"passphrase shorter than {least}")
        self.least = least


class PassphraseTakenError(VaultError):
    """The new passphrase opens this vault already, for somebody else or for the same person."""


class WriterNotFoundError(ExpectedError):
    """Nobody who writes here goes by that name. `known` are the names there are."""

    def __init__(self, known: tuple[str, ...]) -> None:
        super().__init__("no such writer")
        self.known = known


class WriterUnclearError(ExpectedError):
    """Several people write here, and nobody said who is coming in. `known` are their names."""

    def __init__(self, known: tuple[str, ...]) -> None:
        super().__init__("writer unclear")
        self.known = known


class WriterNameTakenError(ExpectedError):
    """Somebody else writes here under that name."""


class WriterStaysError(ExpectedError):
    """A writer cannot be removed. `reason`: self (nobody removes themselves), removed (it was done already)."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"writer stays: {reason}")
        self.reason = reason


class WriterPassphraseError(VaultError):
    """What was typed is not the passphrase of this writer; `name` is for the screen."""

    def __init__(self, name: str) -> None:
        super().__init__("not the passphrase of that writer")
        self.name = name


class SlotsFullError(VaultError):
    """A vault opens with at most `most` secrets, and has so many."""

    def __init__(self, most: int) -> None:
        super().__init__(f"all {most} slots are used")
        self.most = most


class RollbackError(VaultError):
    """Files of different times stand together: old ones were put back. `what` is old, as far as can be told.

    header (the header's copies), journal (the database lacks what the header names), pages (parts of the database).
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"rolled back: {what}")
        self.what = what


class DiskFullError(ExpectedError):
    """No room on the disk; nothing was changed."""


class PlaceUnwritableError(ExpectedError):
    """A file or folder cannot be written there; nothing was changed."""


class VaultGoneError(PlaceUnwritableError):
    """At the path of the open vault there is another folder now, or none; nothing was written there."""


def storage_error(problem: OSError) -> ExpectedError:
    """Our own class for what the system says when a write fails."""
    return DiskFullError() if problem.errno in (errno.ENOSPC, errno.EDQUOT) else PlaceUnwritableError()


class PlaceTakenError(ExpectedError):
    """A file of that name is there already, and is left as it is."""


class FileUnreadableError(ExpectedError):
    """A file the person named cannot be read. `reason`: missing, folder, refused, special, changed, io."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"file unreadable: {reason}")
        self.reason = reason


# --- keys, recovery and age ------------------------------------------------------------------------


class KdfParametersError(VaultError):
    """A header asks for a key derivation out of range. `which` is one word: memory, passes, lanes."""

    def __init__(self, which: str) -> None:
        super().__init__(f"key derivation out of range: {which}")
        self.which = which


class MemoryShortError(ExpectedError):
    """Opening the vault needs `needed_kib` of free memory, and the machine has less."""

    def __init__(self, needed_kib: int) -> None:
        super().__init__(f"not enough memory: {needed_kib} KiB needed")
        self.needed_kib = needed_kib


class PassphraseTextError(ExpectedError):
    """What was typed cannot be a passphrase. `reason` is one word: characters, long."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not a passphrase: {reason}")
        self.reason = reason


class RecoveryPhraseError(ExpectedError):
    """What was typed is not a recovery phrase."""


class PhraseLengthError(RecoveryPhraseError):
    """A recovery phrase has twelve words; `found` is how many were typed."""

    def __init__(self, found: int) -> None:
        super().__init__(f"recovery phrase of {found} words")
        self.found = found


class PhraseWordError(RecoveryPhraseError):
    """The word at `position` (from 1) is not in the list; `suggestions` are the nearest that are, for the screen."""

    def __init__(self, position: int, suggestions: tuple[str, ...]) -> None:
        super().__init__(f"recovery phrase: word {position} is not in the list")
        self.position = position
        self.suggestions = suggestions


class PhraseChecksumError(RecoveryPhraseError):
    """Each word is in the list, but together they are no recovery phrase: one is wrong, or two changed places."""


class KeyRefusedError(ExpectedError):
    """A public or stored key is not one we work with. `reason` is one word: size, encoding, point, order, version."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"key refused: {reason}")
        self.reason = reason


class SignatureError(ExpectedError):
    """A signature does not verify: the content, the signature or the key is another."""


class SshSignatureFormatError(SignatureError):
    """A signature file is not what we or ssh-keygen write. `reason` is one word for a log."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"ssh signature: {reason}")
        self.reason = reason


class SealedError(ExpectedError):
    """Something sealed (an age file, an object of the vault) cannot be opened."""


class AgeHeaderError(SealedError):
    """The header of an age file is not what the format says. `reason` is one or two words for a log."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"age header: {reason}")
        self.reason = reason


class AgeMacError(SealedError):
    """The header of an age file was changed: its MAC does not verify under the file key."""


class AgeNoMatchError(SealedError):
    """The age file was not sealed for any of the keys at hand."""


class ArmorError(SealedError):
    """The text armor of an age file is not strict. `reason` is one or two words for a log."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"age armor: {reason}")
        self.reason = reason


class PayloadError(SealedError):
    """A sealed stream is not whole; what was given out before is genuine, but it is not everything."""


class PayloadTruncatedError(PayloadError):
    """A sealed stream ends before its final chunk: the copy is not complete."""


class PayloadTrailingError(PayloadError):
    """A sealed stream goes on after its final chunk."""


class PayloadTamperedError(PayloadError):
    """Chunk number `chunk` (from 0) does not verify: it was changed or, where it is the `last`, cut in its middle."""

    def __init__(self, chunk: int, *, last: bool) -> None:
        super().__init__(f"sealed chunk {chunk} does not verify")
        self.chunk = chunk
        self.last = last


class AgeKeyMalformedError(ExpectedError):
    """What was given as an age recipient or identity is not one. `reason` is one or two words for a log."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"age key: {reason}")
        self.reason = reason


class AgeRecipientsError(ExpectedError):
    """One age file cannot be sealed for these recipients together. `reason`: none, many, mixed, alone."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"age recipients: {reason}")
        self.reason = reason


# --- backups ---------------------------------------------------------------------------------------


class BackupError(ExpectedError):
    """A backup cannot be made or read; the file is as it was."""


class NotABackupError(BackupError):
    """The file is something else."""


class BackupNewerError(BackupError):
    """The backup was made by a newer version of the program."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(f"backup version {found}, this program knows {known}")
        self.found = found
        self.known = known


class BackupDamagedError(BackupError):
    """A part of the backup is not what was written.

    `where`: tar, manifest, header, database, object, document, end, mixed.
    """

    def __init__(self, where: str) -> None:
        super().__init__(f"backup damaged: {where}")
        self.where = where


class BackupLostError(BackupDamagedError):
    """No state in the backup has all that makes it one, however much is left out."""


class BackupAlteredError(BackupError):
    """The backup is another than this vault wrote into that file: somebody changed it, or something."""


class BackupNoRoomError(BackupError):
    """The file is to be written anew beside the old one, and there is no room.

    `why`: asked, key, access, erased, unknown.
    """

    def __init__(self, why: str, needed_bytes: int, free_bytes: int) -> None:
        super().__init__(f"no room to write a backup anew: {why}")
        self.why = why
        self.needed_bytes = needed_bytes
        self.free_bytes = free_bytes


class BackupForeignError(BackupError):
    """The file is a backup of another vault, or of a copy of this one that goes on elsewhere."""


class BackupGenerationError(BackupError):
    """The file holds `found` backups, and not the one that was asked for."""

    def __init__(self, found: int) -> None:
        super().__init__(f"no such generation of {found}")
        self.found = found


class BackupInsideVaultError(BackupError):
    """The file would lie in the folder of the vault itself."""


class BackupTooLargeError(BackupError):
    """The file system of that place takes no file so large, as FAT32 does not from 4 GiB on."""


class BackupOvertakenError(BackupError):
    """The vault was changed while it was being copied, so that the copy would not be whole."""


# --- journal ---------------------------------------------------------------------------------------


class JournalError(ExpectedError):
    """An entry or a log is not what the format says."""


class EntryMalformedError(JournalError):
    """The bytes of an entry are not canonical, or a part of it is missing or out of range. `reason` is one word."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"entry malformed: {reason}")
        self.reason = reason


class EntrySignatureError(JournalError):
    """The signature of an entry does not verify under the key of its log."""


class ChainBrokenError(JournalError):
    """An entry does not follow the one before it."""


class BodyMismatchError(JournalError):
    """A body is not the one that its header commits to."""


# --- records ---------------------------------------------------------------------------------------


class RecordNotFoundError(ExpectedError):
    """No record has that id."""


class RecordAmbiguousError(ExpectedError):
    """Several records begin with the id that was given."""


class UnknownTypeError(ExpectedError):
    """There is no record type of that name. `known` are the ones there are."""

    def __init__(self, known: tuple[str, ...]) -> None:
        super().__init__("unknown record type")
        self.known = known


class UnknownFieldError(ExpectedError):
    """The record type has no field `field` (a name from the command line or a file). `known` are the ones it has."""

    def __init__(self, field: str, known: tuple[str, ...]) -> None:
        super().__init__("unknown field")
        self.field = field
        self.known = known


class BadValueError(ExpectedError):
    """A value does not fit its field. `reason` is type, choice, date, number, length, control or machine.

    `known` are the choices there are.
    """

    def __init__(self, field: str, reason: str, known: tuple[str, ...] = ()) -> None:
        super().__init__(f"bad value: {reason}")
        self.field = field
        self.reason = reason
        self.known = known


class NoContentError(ExpectedError):
    """The document is known here, and its content is not: it has not come, or was removed from this device."""


class NothingToUndoError(ExpectedError):
    """Nothing was written here about the record that could be taken back."""


class BadDateError(ExpectedError):
    """A text is not a date in the part of EDTF that we read."""


class BadQueryError(ExpectedError):
    """A search asks for something that cannot be searched for."""


# --- media -----------------------------------------------------------------------------------------


# --- bundles and trust -----------------------------------------------------------------------------


class CardError(ExpectedError):
    """An identity card cannot be made or read."""


class CardDamagedError(CardError):
    """A file is no identity card, or a changed one. `reason` is one word for a log."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"card damaged: {reason}")
        self.reason = reason


class CardNewerError(CardError):
    """The identity card was made by a newer version of the program."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(f"card version {found}, this program knows {known}")
        self.found = found
        self.known = known


class CardTextError(CardError):
    """A name cannot stand on an identity card. `reason`: empty, long, control."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not a text for a card: {reason}")
        self.reason = reason


class BundleError(ExpectedError):
    """A bundle cannot be made or read; nothing of it was taken in."""


class NotABundleError(BundleError):
    """The file is something else: not sealed with age, or with something else inside."""


class BundleNotForYouError(BundleError):
    """The bundle was sealed for other people."""


class BundleForwardedError(BundleError):
    """It opens here, but its sender (a fingerprint) sealed it for others: somebody who could open it passed it on."""

    def __init__(self, sender: bytes) -> None:
        super().__init__("bundle sealed for others by its sender")
        self.sender = sender


class BundleTruncatedError(BundleError):
    """The file ends too early, or its last piece was changed: the copy is not complete."""


class BundleDamagedError(BundleError):
    """A part of the bundle is not what it should be. `where`: seal, tar, bag, journal, object, end."""

    def __init__(self, where: str) -> None:
        super().__init__(f"bundle damaged: {where}")
        self.where = where


class BundleNewerError(BundleError):
    """The bundle was made by a newer version of the program."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(f"bundle version {found}, this program knows {known}")
        self.found = found
        self.known = known


class BundleSignatureError(BundleError):
    """The bundle is not signed by the person whom it names as its sender."""


class FileTooLargeForBundleError(BundleError):
    """A file of `size_bytes`, with this SHA-256, is larger than a bundle can hold."""

    def __init__(self, size_bytes: int, sha256: bytes) -> None:
        super().__init__("file too large for a bundle")
        self.size_bytes = size_bytes
        self.sha256 = sha256


class BundleNeedsEarlierError(BundleError):
    """It goes on from entries that have not come here: the sender's bundle `needed` (0: not known) is needed first.

    `number` and `needed` count the sender's bundles for us; `missing` are those up to `needed` that never came.
    """

    def __init__(self, number: int, needed: int, missing: tuple[int, ...]) -> None:
        super().__init__("bundle needs an earlier one")
        self.number = number
        self.needed = needed
        self.missing = missing


class ReceiptError(ExpectedError):
    """A receipt cannot be used; what is believed of others stays as it was."""


class ReceiptDamagedError(ReceiptError):
    """A file or entry is no receipt, or a changed one. `reason` is one word for a log."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"receipt damaged: {reason}")
        self.reason = reason


class ReceiptNewerError(ReceiptError):
    """The receipt was made by a newer version of the program."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(f"receipt version {found}, this program knows {known}")
        self.found = found
        self.known = known


class ReceiptNotForYouError(ReceiptError):
    """The receipt was made for somebody else."""


class ReceiptSenderError(ReceiptError):
    """The receipt is not signed by anybody who is trusted here now."""


class ShareError(ExpectedError):
    """A share of somebody's key cannot be used; what is kept for others stays as it was."""


class ShareDamagedError(ShareError):
    """A file is no share, or a changed one. `reason` is one word for a log."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"share damaged: {reason}")
        self.reason = reason


class ShareNewerError(ShareError):
    """The share was made by a newer version of the program."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(f"share version {found}, this program knows {known}")
        self.found = found
        self.known = known


class ShareNotForYouError(ShareError):
    """The share was made for somebody else to keep."""


class ShareSenderError(ShareError):
    """The share is not signed by anybody who is trusted here now."""


class ShareNotFoundError(ShareError):
    """No share of that person is kept here."""


class ShareGoneError(ShareError):
    """The file of this share was written already, and the share itself is kept here no longer."""


class ShareWordsError(ShareError):
    """The words are whole, and belong to none of those who keep shares of this vault now."""


class ShareDayError(ShareError):
    """The words to rehearse with are right, and those of another day."""


class ShareSpokenError(ShareError):
    """The words of the share itself were read where only those to rehearse with were asked for; that is noted."""


class ShareSameError(ShareError):
    """The same twelve words were given twice: two shares of two people are needed."""


class WrongSharesError(ShareError):
    """Both are whole, and together they do not open this vault: of another vault, or replaced since."""


class HolderNotFoundError(ExpectedError):
    """Somebody was not chosen to keep a share. `known` are the names of those who were."""

    def __init__(self, known: tuple[str, ...]) -> None:
        super().__init__("no such holder")
        self.known = known


class HoldersError(ExpectedError):
    """These people cannot keep the shares of this vault. `reason`: few, many, twice, role."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not holders: {reason}")
        self.reason = reason


class TooManyLogsError(BundleError):
    """It opens more than `most` logs that were not here: far more than people could be behind it."""

    def __init__(self, most: int) -> None:
        super().__init__(f"more than {most} new logs")
        self.most = most


class PartMalformedError(BundleError):
    """The file begins like a part of a bundle, and is none, or cut off at once."""


class PartDamagedError(BundleError):
    """Of `count` parts those with these `numbers` are changed or cut off; the others are as they were."""

    def __init__(self, numbers: tuple[int, ...], count: int) -> None:
        super().__init__("damaged parts")
        self.numbers = numbers
        self.count = count


class TooManyPartsError(BundleError):
    """So much would become more than `most` parts of the size that was asked for."""

    def __init__(self, most: int) -> None:
        super().__init__(f"more than {most} parts")
        self.most = most


class TooManySetsError(BundleError):
    """The parts of `most` bundles wait already; nothing of another one is kept."""

    def __init__(self, most: int) -> None:
        super().__init__(f"parts of {most} bundles wait")
        self.most = most


class WaitingRoomFullError(BundleError):
    """With it, the parts that wait would be more than `most_bytes`."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__("too many bytes wait")
        self.most_bytes = most_bytes


class NothingToSendError(ExpectedError):
    """What was chosen holds no record that may be handed over."""


class PeerNotFoundError(ExpectedError):
    """Nobody who is trusted here goes by that name or fingerprint. `known` are the names there are."""

    def __init__(self, known: tuple[str, ...]) -> None:
        super().__init__("no such peer")
        self.known = known


class PeerAmbiguousError(ExpectedError):
    """The beginning of a fingerprint fits several people."""


class PeerNameTakenError(ExpectedError):
    """Somebody else is trusted under that name already."""


class OwnCardError(ExpectedError):
    """The card is this vault's own: it is for others."""
