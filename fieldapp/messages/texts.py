"""What happened, what is safe, what to do: one entry for each class of `ExpectedError`, message ids with %(facts)s."""

from __future__ import annotations

from collections.abc import Mapping

from fieldapp import errors
from fieldapp.errors import ExpectedError
from fieldapp.i18n import N_
from fieldapp.messages.texts_backups import BACKUPS
from fieldapp.messages.texts_ways_in import WAYS_IN

_NOTHING_CHANGED = N_("Nothing was changed.")
_NOTHING_TAKEN = N_("Nothing of it was taken in, and the vault is as it was.")
_NOTHING_LEFT = N_("No unfinished file was left behind.")
_ASK_AGAIN = N_("Ask the sender for a new copy, and compare its size with them.")
_NEWER = N_("Please use a newer version of this program.")
_NOT_OPENED = N_("Nothing was opened.")
_CHOOSE_OTHER = N_("Choose another name or place.")
_KEEP_COPY = N_(
    "Make a copy of the whole folder as it is now. A repair then makes a new vault of all that is whole in it (on the "
    "lock screen, or with the command repair). A backup or your coordinator helps too."
)

TEXTS: Mapping[type[ExpectedError], tuple[str, str, str]] = {
    errors.ExpectedError: (N_("This could not be done."), _NOTHING_CHANGED, N_("Please try again.")),
    errors.CancelledError: (N_("Stopped, as you asked."), _NOTHING_CHANGED, ""),
    # vault
    errors.VaultError: (N_("This vault could not be used."), _NOTHING_CHANGED, N_("Please try again.")),
    errors.VaultNotFoundError: (
        N_("There is no vault in that folder."),
        _NOTHING_CHANGED,
        N_("Check the folder's name, or make a new vault there."),
    ),
    errors.VaultExistsError: (
        N_("The folder is not empty."),
        N_("What is in it was left alone."),
        N_("Choose a new or an empty folder for a new vault."),
    ),
    errors.VaultForeignError: (
        N_("This is not a vault of this program."),
        N_("It was left alone."),
        N_("Choose the folder that was made when the vault was made."),
    ),
    errors.VaultDamagedError: (
        N_("A part of the vault is missing or damaged: %(part)s."),
        N_("Nothing in it was changed."),
        _KEEP_COPY,
    ),
    errors.HeaderLostError: (
        N_("Nothing opens this vault: both files that could are damaged, or what was typed is not the right one too."),
        N_("It was left as it is."),
        N_("Type it once more. If it is right, a backup helps, or your coordinators: they have what you handed over."),
    ),
    errors.DatabaseLostError: (
        N_("The vault's database is missing, or nothing of it can be read; the keys of all attached files were in it."),
        N_("What is there was left as it is."),
        N_("Go back to a backup. Without one, ask your coordinators for what you handed over."),
    ),
    errors.VaultUnfinishedError: (
        N_("This copy of a vault was cut off while it was being made."),
        N_("Nothing is in it that is not in what it was made from."),
        N_("Restore or repair once more, into the same folder: what was cut off is removed then."),
    ),
    errors.VaultDestroyedError: (
        N_("This vault was being destroyed, and the end of it was cut off."),
        N_("Nothing opens it any more. What is left of it is sealed, and the keys are gone."),
        N_("Destroy it once more: the rest is removed then."),
    ),
    errors.HeaderBytesLeftError: (
        N_("The vault is gone. Its keys could not be overwritten before they were removed (files: %(count)s)."),
        N_("The disk may still hold their bytes. Who finds them needs the passphrase or the words too."),
        N_("Where that is a danger, erase the whole disk or stick, or destroy it."),
    ),
    errors.InsideVaultError: (
        N_("The new vault would lie inside the folder that it is made from, and would go when that goes."),
        N_("Nothing was made."),
        N_("Choose a folder elsewhere."),
    ),
    errors.VaultNewerError: (
        N_("The vault was written by a newer version of the program (%(found)s; this one knows %(known)s)."),
        _NOTHING_CHANGED,
        _NEWER,
    ),
    errors.VaultInUseError: (
        N_("The vault is open in another window or program."),
        _NOTHING_CHANGED,
        N_("Lock it there first."),
    ),
    errors.WrongPassphraseError: (
        N_("The vault does not open with what was typed."),
        N_("Nothing was changed, and you can try as often as you like."),
        N_(
            "Check the keyboard's language and the capital letters. Where a recovery phrase was written down, or "
            "coordinators keep shares, these open the vault too."
        ),
    ),
    errors.PassphraseTooShortError: (
        N_("The new passphrase is too short. Characters that it needs at least: %(least)s."),
        _NOTHING_CHANGED,
        N_("Four or more words that nobody would put together are good."),
    ),
    errors.RollbackError: (
        N_("Files of different times stand together in this vault: somebody put old ones back. Older is %(what)s."),
        _NOTHING_CHANGED,
        _KEEP_COPY,
    ),
    errors.DiskFullError: (
        N_("The disk is full."),
        N_("What was saved before is safe; this last step was not done."),
        N_("Free some space, and do it again."),
    ),
    errors.PlaceUnwritableError: (N_("Nothing can be written at that place."), _NOTHING_CHANGED, _CHOOSE_OTHER),
    errors.VaultGoneError: (
        N_("The vault that was opened is not at its place any more: there is nothing now, or another folder."),
        N_("Nothing was written there. What was saved before is safe in the folder that was opened."),
        N_("Put the stick or folder back where it was, then lock and unlock."),
    ),
    errors.PlaceTakenError: (N_("There is a file of that name already."), N_("It was left as it is."), _CHOOSE_OTHER),
    errors.FileUnreadableError: (
        N_("The file cannot be read: %(reason)s."),
        _NOTHING_CHANGED,
        N_("Check its name and place, and try again."),
    ),
    # keys, recovery, age
    errors.KdfParametersError: (
        N_("The vault asks for an unusual cost of its passphrase (%(which)s): its header may have been tampered with."),
        _NOT_OPENED,
        _KEEP_COPY,
    ),
    errors.MemoryShortError: (
        N_("Opening the vault needs %(needed_kib)s of free memory, and there is less."),
        _NOT_OPENED,
        N_("Close other programs, and try again."),
    ),
    errors.PassphraseTextError: (
        N_("This cannot be a passphrase: %(reason)s."),
        _NOTHING_CHANGED,
        N_("Choose another one."),
    ),
    errors.RecoveryPhraseError: (
        N_("This is not a recovery phrase."),
        _NOT_OPENED,
        N_("Type the twelve words from your paper, with spaces between them."),
    ),
    errors.PhraseLengthError: (
        N_("A recovery phrase has twelve words, and these are %(found)s."),
        _NOT_OPENED,
        N_("Compare with your paper, or have them read again; type all of them with spaces between."),
    ),
    errors.PhraseWordError: (
        N_("Word %(position)s is not a word of recovery phrases."),
        _NOT_OPENED,
        N_("Compare it with your paper, or have it read again. Words that are near: %(suggestions)s."),
    ),
    errors.PhraseChecksumError: (
        N_("Each word exists, but together they are no recovery phrase: one is wrong, or two changed places."),
        _NOT_OPENED,
        N_("Compare with your paper, or have them read again: word by word, also their order."),
    ),
    errors.KeyRefusedError: (
        N_("A key is not one that can be used (%(reason)s)."),
        _NOTHING_CHANGED,
        N_("Ask its owner for a new card."),
    ),
    errors.SignatureError: (
        N_("A signature is not genuine."),
        _NOTHING_TAKEN,
        N_("Ask the sender whether it is theirs."),
    ),
    errors.SshSignatureFormatError: (
        N_("This is not a signature file that can be read (%(reason)s)."),
        _NOTHING_CHANGED,
        _ASK_AGAIN,
    ),
    errors.SealedError: (N_("Something sealed cannot be opened."), _NOT_OPENED, _ASK_AGAIN),
    errors.AgeHeaderError: (N_("The beginning of a sealed file is damaged (%(reason)s)."), _NOT_OPENED, _ASK_AGAIN),
    errors.AgeMacError: (N_("The beginning of a sealed file was changed."), _NOT_OPENED, _ASK_AGAIN),
    errors.AgeNoMatchError: (
        N_("The file is sealed for somebody else."),
        _NOT_OPENED,
        N_("Ask the sender to seal it for your card."),
    ),
    errors.ArmorError: (N_("The text of a sealed file is damaged (%(reason)s)."), _NOT_OPENED, _ASK_AGAIN),
    errors.PayloadError: (N_("A sealed file is not whole."), _NOTHING_TAKEN, _ASK_AGAIN),
    errors.PayloadTruncatedError: (
        N_("A sealed file ends too early: the copy is not complete."),
        _NOTHING_TAKEN,
        _ASK_AGAIN,
    ),
    errors.PayloadTrailingError: (N_("A sealed file goes on after its end."), _NOTHING_TAKEN, _ASK_AGAIN),
    errors.PayloadTamperedError: (
        N_("A sealed file was changed or is not complete (piece %(chunk)s; the last one: %(last)s)."),
        _NOTHING_TAKEN,
        _ASK_AGAIN,
    ),
    errors.AgeKeyMalformedError: (
        N_("This is not a key of age (%(reason)s)."),
        _NOTHING_CHANGED,
        N_("Copy it again, from its first to its last character."),
    ),
    errors.AgeRecipientsError: (
        N_("It cannot be sealed for these people together: %(reason)s."),
        _NOTHING_CHANGED,
        N_("Choose other people."),
    ),
    # journal
    errors.JournalError: (N_("An entry is not what it should be."), _NOTHING_TAKEN, _ASK_AGAIN),
    errors.EntryMalformedError: (N_("An entry is damaged (%(reason)s)."), _NOTHING_TAKEN, _ASK_AGAIN),
    errors.EntrySignatureError: (
        N_("An entry is not signed by the person who should have written it."),
        _NOTHING_TAKEN,
        N_("Ask the sender in person. It may have been changed on purpose."),
    ),
    errors.ChainBrokenError: (
        N_("Entries are missing, or two histories contradict each other."),
        _NOTHING_TAKEN,
        N_("Ask the sender for a bundle with everything."),
    ),
    errors.BodyMismatchError: (
        N_("What an entry holds is not what was signed."),
        _NOTHING_TAKEN,
        N_("Ask the sender in person. It may have been changed on purpose."),
    ),
    # records
    errors.RecordNotFoundError: (N_("There is no such record here."), _NOTHING_CHANGED, N_("Look for it in the list.")),
    errors.RecordAmbiguousError: (
        N_("Several records begin with this id."),
        _NOTHING_CHANGED,
        N_("Give more digits of it."),
    ),
    errors.UnknownTypeError: (N_("There is no such type of record."), _NOTHING_CHANGED, N_("There are: %(known)s.")),
    errors.UnknownFieldError: (
        N_("This type of record has no field %(field)s."),
        _NOTHING_CHANGED,
        N_("It has: %(known)s."),
    ),
    errors.BadValueError: (
        N_("The value does not fit the field %(field)s: %(reason)s."),
        _NOTHING_CHANGED,
        N_("Please correct it."),
    ),
    errors.NoContentError: (
        N_("The content of this document is not on this computer."),
        N_("What is known of it is here."),
        N_("Ask the person who collected it for a bundle with attachments."),
    ),
    errors.NothingToUndoError: (
        N_("Nothing was written here about this record that could be taken back."),
        _NOTHING_CHANGED,
        N_("Its history shows who wrote what."),
    ),
    errors.BadDateError: (N_("This is not a date."), _NOTHING_CHANGED, N_("Write it as 2026, 2026-03 or 2026-03-05.")),
    errors.BadQueryError: (N_("This cannot be searched for."), _NOTHING_CHANGED, N_("Search for whole words.")),
    # bundles and trust
    errors.CardError: (N_("This identity card cannot be used."), _NOTHING_CHANGED, N_("Ask its owner for a new one.")),
    errors.CardDamagedError: (
        N_("This is not an identity card, or it was changed (%(reason)s)."),
        N_("Nobody was trusted."),
        N_("Ask its owner for a new copy."),
    ),
    errors.CardNewerError: (
        N_("The card was made by a newer version of the program (%(found)s; this one knows %(known)s)."),
        N_("Nobody was trusted."),
        _NEWER,
    ),
    errors.CardTextError: (
        N_("This name cannot stand on a card: %(reason)s."),
        _NOTHING_CHANGED,
        N_("Choose another name; it need not be a real one."),
    ),
    errors.BundleError: (N_("The bundle cannot be used."), _NOTHING_TAKEN, _ASK_AGAIN),
    errors.NotABundleError: (N_("This file is not a bundle."), _NOTHING_TAKEN, N_("Choose another file.")),
    errors.BundleNotForYouError: (
        N_("The bundle is sealed for other people."),
        _NOTHING_TAKEN,
        N_("Ask the sender to seal it for your card."),
    ),
    errors.BundleForwardedError: (
        N_("The bundle was sealed for others by its sender (%(sender)s), and somebody passed it on to you."),
        _NOTHING_TAKEN,
        N_("Tell the sender about it, and ask them for a bundle of your own."),
    ),
    errors.BundleTruncatedError: (
        N_("The bundle ends too early: the copy is not complete."),
        _NOTHING_TAKEN,
        _ASK_AGAIN,
    ),
    errors.BundleDamagedError: (N_("The bundle is damaged: %(where)s."), _NOTHING_TAKEN, _ASK_AGAIN),
    errors.BundleNewerError: (
        N_("The bundle was made by a newer version of the program (%(found)s; this one knows %(known)s)."),
        _NOTHING_TAKEN,
        _NEWER,
    ),
    errors.BundleSignatureError: (
        N_("The bundle is not signed by the person whom it names as its sender."),
        _NOTHING_TAKEN,
        N_("Ask that person whether they sent it. Somebody may be using their name."),
    ),
    errors.FileTooLargeForBundleError: (
        N_("A file of %(size_bytes)s is too large for a bundle (SHA-256 %(sha256)s)."),
        N_("It stays in the vault, and no bundle was made."),
        N_("Leave its document out, or hand over without attachments."),
    ),
    errors.BundleNeedsEarlierError: (
        N_(
            "The bundle (number %(number)s) goes on from what has not come: it needs number %(needed)s. Of the bundles"
            " until then, these never came: %(missing)s."
        ),
        _NOTHING_TAKEN,
        N_("Take in the earlier bundles of this sender first, or ask for one with everything."),
    ),
    errors.ReceiptError: (N_("This receipt cannot be used."), _NOTHING_CHANGED, _ASK_AGAIN),
    errors.ReceiptDamagedError: (
        N_("This is not a receipt, or it was changed (%(reason)s)."),
        _NOTHING_CHANGED,
        N_("Ask for a new one. Until it comes, what was sent is sent again."),
    ),
    errors.ReceiptNewerError: (
        N_("The receipt was made by a newer version of the program (%(found)s; this one knows %(known)s)."),
        _NOTHING_CHANGED,
        _NEWER,
    ),
    errors.ReceiptNotForYouError: (
        N_("The receipt was made for somebody else."),
        _NOTHING_CHANGED,
        N_("Ask its sender for one that is made for you."),
    ),
    errors.ReceiptSenderError: (
        N_("The receipt is not from anybody whom you trust now."),
        _NOTHING_CHANGED,
        N_("Compare words with its sender first, and then take it in again."),
    ),
    errors.TooManyLogsError: (
        N_("The bundle brings more than %(most)s new authors at once: no team is that large."),
        _NOTHING_TAKEN,
        N_("Tell the sender about it, and ask them for a bundle with only the records that you need."),
    ),
    errors.PartMalformedError: (
        N_("The file looks like a part of a bundle, and is not whole."),
        _NOTHING_CHANGED,
        N_("Get this part again. The other parts are good as they are."),
    ),
    errors.PartDamagedError: (
        N_("Damaged or cut off, of the %(count)s parts of a bundle: part %(numbers)s."),
        N_("The other parts are as they were."),
        N_("Get only what is damaged again, and take it in: nothing else needs to be sent a second time."),
    ),
    errors.TooManyPartsError: (
        N_("It would be more than %(most)s parts."),
        _NOTHING_CHANGED,
        N_("Choose a larger size for the parts."),
    ),
    errors.TooManySetsError: (
        N_("Parts of %(most)s bundles wait here already."),
        _NOTHING_CHANGED,
        N_("Remove parts whose bundles will never be complete, then take this one in again."),
    ),
    errors.WaitingRoomFullError: (
        N_("With this part, more than %(most_bytes)s would wait here."),
        _NOTHING_CHANGED,
        N_("Remove parts whose bundles will never be complete, then take this one in again."),
    ),
    errors.NothingToSendError: (
        N_("There is nothing to hand over."),
        N_("No bundle was made."),
        N_("Choose records that may go."),
    ),
    errors.PeerNotFoundError: (
        N_("Nobody whom you trust goes by that name."),
        _NOTHING_CHANGED,
        N_("You trust: %(known)s. Others must first give you their card, and you compare its words with them."),
    ),
    errors.PeerAmbiguousError: (
        N_("Several people fit."),
        _NOTHING_CHANGED,
        N_("Give more digits of the fingerprint."),
    ),
    errors.PeerNameTakenError: (
        N_("Somebody else goes by that name here already."),
        N_("Nobody was trusted."),
        N_("Choose another name for this person."),
    ),
    errors.OwnCardError: (
        N_("This is your own card."),
        N_("Nobody was trusted."),
        N_("Give it to others, and take theirs."),
    ),
    **WAYS_IN,
    **BACKUPS,
}
