"""The words for what can go wrong with the ways into a vault: who writes here, and who keeps shares."""

from __future__ import annotations

from collections.abc import Mapping

from fieldapp import errors
from fieldapp.errors import ExpectedError
from fieldapp.i18n import N_

_NOTHING_CHANGED = N_("Nothing was changed.")
_ASK_AGAIN = N_("Ask the sender for a new copy, and compare its size with them.")
_NEWER = N_("Please use a newer version of this program.")
_NOT_OPENED = N_("Nothing was opened.")

WAYS_IN: Mapping[type[ExpectedError], tuple[str, str, str]] = {
    errors.PassphraseTakenError: (
        N_("This passphrase opens the vault already."),
        _NOTHING_CHANGED,
        N_("Choose another one, which only you know."),
    ),
    errors.WriterNotFoundError: (
        N_("Nobody who writes here goes by that name."),
        _NOTHING_CHANGED,
        N_("Here write: %(known)s."),
    ),
    errors.WriterUnclearError: (
        N_("Several people write here: %(known)s."),
        _NOT_OPENED,
        N_("Say which of them you are."),
    ),
    errors.WayLostError: (
        N_("This passphrase opens the vault, and when it was repaired nothing told any more whose it is."),
        _NOTHING_CHANGED,
        N_("Let somebody who writes here let you in anew. The recovery phrase opens the vault too, if there is one."),
    ),
    errors.WriterNameTakenError: (
        N_("Somebody else writes here under that name."),
        _NOTHING_CHANGED,
        N_("Choose another name, so that everybody can tell you apart."),
    ),
    errors.WriterStaysError: (
        N_("This person cannot be removed: %(reason)s."),
        _NOTHING_CHANGED,
        N_("Somebody else who writes here must open the vault and do it."),
    ),
    errors.WriterPassphraseError: (
        N_("This is not the passphrase of %(name)s."),
        _NOTHING_CHANGED,
        N_("Let them type it themselves once more. Or go on without it: they are then let in anew by you."),
    ),
    errors.SlotsFullError: (
        N_("A vault has room for %(most)s ways in, and all are used: passphrases, the phrase, pairs of shares."),
        _NOTHING_CHANGED,
        N_("Remove somebody who does not write here any more, or go on with fewer people who keep shares."),
    ),
    errors.ShareError: (N_("This share cannot be used."), _NOTHING_CHANGED, _ASK_AGAIN),
    errors.ShareDamagedError: (
        N_("This is not a share, or it was changed (%(reason)s)."),
        _NOTHING_CHANGED,
        N_("Ask its owner for the file once more."),
    ),
    errors.ShareNewerError: (
        N_("The share was made by a newer version of the program (%(found)s; this one knows %(known)s)."),
        _NOTHING_CHANGED,
        _NEWER,
    ),
    errors.ShareNotForYouError: (
        N_("The share was made for somebody else to keep."),
        _NOTHING_CHANGED,
        N_("Tell its owner that it came to you."),
    ),
    errors.ShareSenderError: (
        N_("The share is not from anybody whom you trust now."),
        _NOTHING_CHANGED,
        N_("Compare words with its owner first, and then take it in again."),
    ),
    errors.ShareNotFoundError: (
        N_("No share of that person is kept here."),
        _NOTHING_CHANGED,
        N_("Ask them who else keeps a share."),
    ),
    errors.ShareGoneError: (
        N_("The file of this share was written already. The share itself is kept here no longer."),
        _NOTHING_CHANGED,
        N_("If the file is lost, make new shares for all who keep them."),
    ),
    errors.ShareWordsError: (
        N_("These words belong to nobody who keeps a share of this vault now."),
        _NOTHING_CHANGED,
        N_("Ask them to look for the newest share of yours. If they have none, write one for them."),
    ),
    errors.ShareDayError: (
        N_("These words are for another day: they change every day."),
        N_("So they do not show whether the share is still there. Nothing was changed."),
        N_("Ask them to open “Rehearse…” now and read it. If they did, look at the date of both computers."),
    ),
    errors.ShareSpokenError: (
        N_("These are the words of the share itself, and whoever listened has heard them."),
        N_("To rehearse there are other words, which open nothing. That the share was spoken is noted."),
        N_("Make a new key and new shares soon: “Somebody saw my passphrase…”."),
    ),
    errors.ShareSameError: (
        N_("These are the same words twice."),
        _NOTHING_CHANGED,
        N_("Ask another one of the people who keep your shares."),
    ),
    errors.WrongSharesError: (
        N_("These two shares do not open this vault together."),
        _NOT_OPENED,
        N_("They may be of another vault, or older than the newest ones. Ask both for the newest share of yours."),
    ),
    errors.HolderNotFoundError: (
        N_("This person was not chosen to keep a share."),
        _NOTHING_CHANGED,
        N_("Chosen were: %(known)s."),
    ),
    errors.HoldersError: (
        N_("These people cannot keep the shares of this vault: %(reason)s."),
        _NOTHING_CHANGED,
        N_("Choose two or three coordinators whom you can reach, each on a device of their own."),
    ),
}
