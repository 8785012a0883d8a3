"""The words for a backup that was written: what was done, and what a person should know of it."""

from __future__ import annotations

from fieldapp.i18n import N_, _, ngettext
from fieldapp.services.safety.backups import Anew, Written

_WHY = {
    Anew.ASKED: N_("The whole file was written anew, as you asked."),
    Anew.KEY: N_("The whole file was written anew, because the vault has a new key. It opens with no old passphrase."),
    Anew.ACCESS: N_("The whole file was written anew, because other passphrases open the vault now."),
    Anew.ERASED: N_("The whole file was written anew, because something was taken off the vault. It is in it no more."),
    Anew.UNKNOWN: N_("The whole file was written anew, because what was in it was not noted in the vault."),
    Anew.MANY: N_("The whole file was written anew, because it held many earlier states."),
}


def told(written: Written) -> list[str]:
    """What became of the file."""
    lines = []
    if written.anew in _WHY:
        lines.append(_(_WHY[written.anew]))
    elif written.anew is None:
        lines.append(_("Earlier states stay in the file (this is number %(number)d).") % {"number": written.generation})
    if written.crowded:
        lines.append(_("It holds many states, and there is no room to write it anew: a larger stick would be better."))
    if not written.read_back:
        lines.append(_("Of the earlier states nothing was read this time."))
    return lines


def warnings(written: Written) -> list[str]:
    """What is to be done about it."""
    lines = []
    if written.missing:
        words = ngettext(
            "%(count)d attached file of the vault is missing or cannot be read: check the vault.",
            "%(count)d attached files of the vault are missing or cannot be read: check the vault.",
            written.missing,
        )
        lines.append(words % {"count": written.missing})
    if written.same_disk:
        lines.append(_("The backup lies on the same disk as the vault: copy it to a stick that you keep elsewhere."))
    return lines
