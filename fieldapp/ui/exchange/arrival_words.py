"""What a bundle is and what it did, in sentences."""

from __future__ import annotations

from fieldapp.i18n import _, ngettext
from fieldapp.media.probe import visible
from fieldapp.services.arrivals import BundleFacts, Outcome
from fieldapp.ui.exchange.gathering import gathered, grave_sentences, quiet_sentences, record_sentences


def sender_words(facts: BundleFacts) -> str:
    """Who it is from; for a stranger, who they claim to be."""
    number = facts.number
    if facts.sender_name:
        return _("From %(name)s, their bundle number %(number)d.") % {
            "name": visible(facts.sender_name),
            "number": number,
        }
    return _("Its card says %(name)s, on %(device)s. You have not compared words with them.") % {
        "name": visible(facts.card.person),
        "device": visible(facts.card.device),
    }


def outcome_words(outcome: Outcome) -> str:
    """What cannot wait, what left the lists, what is new, what changed, how many files, what has arrived."""
    found = gathered([outcome])
    sentences = [*grave_sentences(found), *record_sentences(found.records)]
    if outcome.new_objects:
        files = ngettext("With %d new file.", "With %d new files.", outcome.new_objects)
        sentences.append(files % outcome.new_objects)
    sentences += quiet_sentences(found)
    if not sentences:
        entries = ngettext(
            "%d change to links or history, to no record that is shown here.",
            "%d changes to links or history, to no record that is shown here.",
            outcome.new_entries,
        )
        sentences.append(entries % outcome.new_entries)
    return " ".join(sentences)
