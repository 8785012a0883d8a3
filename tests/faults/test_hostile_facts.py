"""What a sender states of a bundle and no writer would: refused with our own error."""

from __future__ import annotations

import pytest

from tests.faults.forging import AINURA, BEK, SEGMENT, where_of
from tests.unit.bundles.forge import JOURNAL, Forgery
from tests.unit.bundles.peers import received

ELEVEN = "11" * 32
RECIPIENTS = [
    "00",
    ELEVEN,
    f"{ELEVEN} 1",
    f"{ELEVEN} 1 none",
    f"{ELEVEN} 1 none 0 0",
    f"{ELEVEN}  1 none 0",
    f"{ELEVEN[2:]} 1 none 0",
    f"{ELEVEN} 0 none 0",
    f"{ELEVEN} 01 none 0",
    f"{ELEVEN} -1 none 0",
    f"{ELEVEN} ٣ {ELEVEN} 0",
    f"{ELEVEN} {'9' * 18} {ELEVEN} 0",
    f"{ELEVEN} 1 None 0",
    f"{ELEVEN} 1 {ELEVEN} 0",
    f"{ELEVEN} 2 none 0",
    f"{ELEVEN} 2 00 0",
    f"{ELEVEN} 2 {ELEVEN} 2",
    f"{ELEVEN} 2 {ELEVEN} 00",
    f"{ELEVEN} 2 {ELEVEN} -1",
    f"{'AA' * 32} 1 none 0",
]
"""What stands in place of a recipient and is none."""


@pytest.mark.parametrize(
    "changes",
    [
        {"Bag-Software-Agent": "another"},
        {"External-Identifier": "00" * 16},
        {"External-Identifier": "xx"},
        {"External-Identifier": bytes(range(16)).hex().upper()},
        {"Fieldapp-Version": "0"},
        {"Fieldapp-Version": "01"},
        {"Fieldapp-Version": "one"},
        {"Fieldapp-Sender": "00"},
        *({"Fieldapp-Recipient": value} for value in RECIPIENTS),
        {"Fieldapp-Have": "00 1 00"},
        {"Fieldapp-Have": f"{'00' * 16} 1"},
        {"Fieldapp-Have": f"{'00' * 16} 1 {'00' * 32}\nFieldapp-Have: {'00' * 16} 1 {'00' * 32}"},
        {"Fieldapp-Have": f"{'01' * 16} 1 {'00' * 32}\nFieldapp-Have: {'00' * 16} 1 {'00' * 32}"},
        {"fieldapp-sender": "00" * 32},
        {"FIELDAPP-VERSION": "2"},
        {"Payload-Oxum": "7"},
        {"Payload-Oxum": "7.1.1"},
        {"Payload-Oxum": "07.1"},
        {"Comment": "folded\n  line"},
        {"Comment": "a\rb"},
        {"Comment": "\x1b[2J"},
        {"Comment": ""},
        {"Comment": "x" * 1001},
        {"Two words": "x"},
        {"Fieldapp-Recipient": f"{ELEVEN} 1 none 0\nFieldapp-Recipient: {ELEVEN} 1 none 0"},
        {"Fieldapp-Recipient": f"{ELEVEN} 1 none 0\nFieldapp-Recipient: {ELEVEN} 2 {ELEVEN} 0"},
        {"Fieldapp-Recipient": f"{'22' * 32} 1 none 0\nFieldapp-Recipient: {ELEVEN} 1 none 0"},
    ],
    ids="-".join,
)
def test_facts_that_no_writer_states_are_refused(changes: dict[str, str]) -> None:
    assert where_of(Forgery(AINURA, [BEK], [(JOURNAL, SEGMENT)], info_changes=changes).bundle()) == "bag"


@pytest.mark.parametrize("text", [b"", b"\n", b"\xff\xfe\n", b"x: y", b"x: y\n"])
def test_other_texts_in_place_of_the_facts_are_refused(text: bytes) -> None:
    forged = Forgery(AINURA, [BEK], [(JOURNAL, SEGMENT)], tags={"bag-info.txt": text})

    assert where_of(forged.bundle()) == "bag"


def test_labels_of_a_later_version_are_passed_over() -> None:
    changes = {"Fieldapp-Later": "значение", "Contact-Name": "x"}

    assert received(BEK, Forgery(AINURA, [BEK], [(JOURNAL, SEGMENT)], info_changes=changes).bundle()).segments
