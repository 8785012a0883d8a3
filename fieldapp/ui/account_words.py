"""Who says something, when, from what source and how it came here: the words beside an account."""

from __future__ import annotations

from fieldapp.i18n import _
from fieldapp.services.views import Account, Bundle
from fieldapp.ui.times import moment_words

LONGEST_ACCOUNT = 4_000


def told_words(account: Account, longest: int = LONGEST_ACCOUNT) -> str:
    """What is said, cut where it is very long."""
    told = account.told if len(account.told) <= longest else account.told[:longest] + "…"
    return told or _("(cleared)")


def who_words(account: Account) -> str:
    """Who wrote it, on which device, and through whom it came, where it is not their own."""
    author = account.author or _("somebody unknown")
    if account.through:
        return _("%(author)s, through %(sender)s") % {"author": author, "sender": account.through}
    if account.device:
        return _("%(author)s, on %(device)s") % {"author": author, "device": account.device}
    return author


def from_whom(account: Account) -> str:
    """Who wrote it; before that the source they name, which is only what they say."""
    return f"{account.source}  ·  {who_words(account)}" if account.source else who_words(account)


def when_words(account: Account) -> str:
    """When it was written, by the clock of who wrote it, and which bundle brought it."""
    return "  ·  ".join(part for part in (moment_words(account.time_ms), bundle_words(account.bundle)) if part)


def bundle_words(bundle: Bundle | None) -> str:
    """Which bundle brought something; nothing for what was written here."""
    if bundle is None:
        return ""
    if bundle.sender:
        return _("came in with bundle %(number)d of %(name)s") % {"number": bundle.number, "name": bundle.sender}
    return _("came in with a bundle of somebody unknown")
