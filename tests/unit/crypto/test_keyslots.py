"""Key slots: what opens, what does not, and what is refused."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.crypto import keyslots
from fieldapp.crypto.keyslots import KdfParameters, Purpose, SlotKind
from fieldapp.errors import (
    BugError,
    KdfParametersError,
    MemoryShortError,
    PassphraseTextError,
    PassphraseTooShortError,
    VaultDamagedError,
)

CHEAP = KdfParameters(memory_kib=8, passes=1, lanes=1)
SALT = bytes(range(16))
CONTEXT = keyslots.slot_context(1, SALT, CHEAP)
MASTER_KEY = bytes(range(100, 132))


def root_of(passphrase: str) -> bytearray:
    return keyslots.derive_root(keyslots.normalise_passphrase(passphrase), SALT, CHEAP)


def header_with(index: int, passphrase: str, kind: SlotKind = SlotKind.PASSPHRASE) -> list[bytes]:
    slots = [keyslots.empty_slot() for _ in range(keyslots.SLOT_COUNT)]
    slots[index] = keyslots.seal_slot(root_of(passphrase), index, MASTER_KEY, kind, CONTEXT)
    return slots


@pytest.mark.parametrize("index", range(keyslots.SLOT_COUNT))
@pytest.mark.parametrize("kind", SlotKind)
def test_each_of_the_eight_slots_opens_with_its_passphrase(index: int, kind: SlotKind) -> None:
    slots = header_with(index, "seven dry apricots", kind)

    opened = keyslots.open_slots(root_of("seven dry apricots"), slots, CONTEXT)

    assert opened is not None
    assert (opened.index, opened.kind, bytes(opened.master_key)) == (index, kind, MASTER_KEY)


def test_two_people_open_the_same_master_key_each_with_their_own_slot() -> None:
    slots = header_with(2, "seven dry apricots")
    slots[5] = keyslots.seal_slot(root_of("nine salt lakes"), 5, MASTER_KEY, SlotKind.PASSPHRASE, CONTEXT)

    first = keyslots.open_slots(root_of("seven dry apricots"), slots, CONTEXT)
    second = keyslots.open_slots(root_of("nine salt lakes"), slots, CONTEXT)

    assert first is not None
    assert second is not None
    assert (first.index, second.index) == (2, 5)
    assert first.master_key == second.master_key == MASTER_KEY


def test_a_wrong_passphrase_opens_nothing() -> None:
    assert keyslots.open_slots(root_of("seven dry apricot"), header_with(3, "seven dry apricots"), CONTEXT) is None


def test_a_header_of_random_slots_opens_with_nothing() -> None:
    slots = [keyslots.empty_slot() for _ in range(keyslots.SLOT_COUNT)]

    assert keyslots.open_slots(root_of("seven dry apricots"), slots, CONTEXT) is None


def test_a_slot_moved_to_another_place_does_not_open() -> None:
    slots = header_with(3, "seven dry apricots")
    slots[4], slots[3] = slots[3], slots[4]

    assert keyslots.open_slots(root_of("seven dry apricots"), slots, CONTEXT) is None


@pytest.mark.parametrize(
    "changed",
    [
        keyslots.slot_context(2, SALT, CHEAP),
        keyslots.slot_context(1, bytes(16), CHEAP),
        keyslots.slot_context(1, SALT, replace(CHEAP, memory_kib=16)),
        keyslots.slot_context(1, SALT, replace(CHEAP, passes=2)),
        keyslots.slot_context(1, SALT, replace(CHEAP, lanes=2)),
    ],
    ids=["version", "salt", "memory", "passes", "lanes"],
)
def test_each_bound_field_of_the_header_is_authenticated(changed: bytes) -> None:
    with pytest.raises(VaultDamagedError):
        keyslots.open_slots(root_of("seven dry apricots"), header_with(0, "seven dry apricots"), changed)


def test_no_byte_of_a_slot_can_be_changed_unseen() -> None:
    slots = header_with(6, "seven dry apricots")
    root = root_of("seven dry apricots")

    for place in range(keyslots.SLOT_SIZE):
        broken = bytearray(slots[6])
        broken[place] ^= 0x40
        header = [*slots[:6], bytes(broken), slots[7]]
        if place < 48:  # seed and commitment: this slot no longer says that it is ours
            assert keyslots.open_slots(root, header, CONTEXT) is None
        else:
            with pytest.raises(VaultDamagedError):
                keyslots.open_slots(root, header, CONTEXT)


def test_a_damaged_slot_does_not_hide_a_good_one_of_the_same_passphrase() -> None:
    slots = header_with(1, "seven dry apricots")
    slots[0] = keyslots.seal_slot(root_of("seven dry apricots"), 0, MASTER_KEY, SlotKind.PASSPHRASE, CONTEXT)
    slots[0] = slots[0][:-1] + bytes([slots[0][-1] ^ 1])

    opened = keyslots.open_slots(root_of("seven dry apricots"), slots, CONTEXT)

    assert opened is not None
    assert opened.index == 1


def test_a_slot_that_commits_to_another_key_is_never_opened_with_the_key_it_was_sealed_under() -> None:
    slots = header_with(0, "seven dry apricots")
    slots[0] = slots[0][:16] + bytes(32) + slots[0][48:]

    assert keyslots.open_slots(root_of("seven dry apricots"), slots, CONTEXT) is None


@pytest.mark.parametrize(
    "content",
    [
        bytes([2, 1]) + MASTER_KEY + bytes(94),
        bytes([1, 99]) + MASTER_KEY + bytes(94),
        bytes([1, 0]) + MASTER_KEY + bytes(94),
        bytes([1, 1]) + MASTER_KEY + bytes(93) + b"\1",
    ],
    ids=["version", "kind", "no kind", "reserved"],
)
def test_sealed_content_that_we_never_write_is_refused(content: bytes) -> None:
    root, seed = root_of("seven dry apricots"), bytes(16)
    prk = hmac.new(seed, root, hashlib.sha256).digest()
    info = b"fieldapp/slot/v1\0\0"
    commitment = hmac.new(prk, info + b"\1", hashlib.sha256).digest()
    key = hmac.new(prk, commitment + info + b"\2", hashlib.sha256).digest()
    slots = [keyslots.empty_slot() for _ in range(keyslots.SLOT_COUNT)]
    slots[0] = seed + commitment + ChaCha20Poly1305(key).encrypt(bytes(12), content, info + CONTEXT)

    with pytest.raises(VaultDamagedError):
        keyslots.open_slots(root, slots, CONTEXT)


def test_the_same_secret_sealed_twice_shows_nothing_in_common() -> None:
    first, second = header_with(0, "seven dry apricots")[0], header_with(0, "seven dry apricots")[0]

    assert first[:16] != second[:16]
    assert first[16:48] != second[16:48]
    assert first[48:] != second[48:]


@pytest.mark.parametrize("kind", SlotKind)
def test_used_and_unused_slots_have_one_size(kind: SlotKind) -> None:
    slots = header_with(0, "seven dry apricots", kind)

    assert {len(slot) for slot in slots} == {keyslots.SLOT_SIZE}


@given(st.lists(st.binary(max_size=200), max_size=9))
def test_slots_of_any_count_and_size_give_a_typed_error_or_nothing(slots: list[bytes]) -> None:
    root = bytes(32)
    if len(slots) == 8 and all(len(slot) == keyslots.SLOT_SIZE for slot in slots):
        assert keyslots.open_slots(root, slots, CONTEXT) is None
    else:
        with pytest.raises(VaultDamagedError):
            keyslots.open_slots(root, slots, CONTEXT)


@given(st.binary(min_size=192 * 8, max_size=192 * 8))
def test_random_headers_open_with_nothing(header: bytes) -> None:
    slots = [header[start : start + 192] for start in range(0, len(header), 192)]

    assert keyslots.open_slots(bytes(32), slots, CONTEXT) is None


def test_the_master_key_is_not_in_the_text_of_an_opened_slot() -> None:
    opened = keyslots.open_slots(root_of("seven dry apricots"), header_with(0, "seven dry apricots"), CONTEXT)

    assert "master_key" not in repr(opened)


@pytest.mark.parametrize(
    ("parameters", "which"),
    [
        (KdfParameters(keyslots.FLOOR_KIB - 1, 3, 4), "memory"),
        (KdfParameters(keyslots.CEILING_KIB + 1, 3, 4), "memory"),
        (KdfParameters(0, 3, 4), "memory"),
        (KdfParameters(passes=0), "passes"),
        (KdfParameters(passes=65), "passes"),
        (KdfParameters(lanes=0), "lanes"),
        (KdfParameters(lanes=17), "lanes"),
    ],
)
def test_parameters_outside_the_range_are_refused(parameters: KdfParameters, which: str) -> None:
    with pytest.raises(KdfParametersError) as refused:
        keyslots.check_range(parameters)

    assert refused.value.which == which


@pytest.mark.parametrize(
    "parameters",
    [KdfParameters(), KdfParameters(keyslots.FLOOR_KIB, 1, 1), KdfParameters(keyslots.CEILING_KIB, 64, 16)],
)
def test_parameters_at_the_edges_of_the_range_are_accepted(parameters: KdfParameters) -> None:
    keyslots.check_range(parameters)


def test_cheap_parameters_pass_only_under_an_explicit_floor() -> None:
    keyslots.check_range(CHEAP, floor_kib=8)
    with pytest.raises(KdfParametersError):
        keyslots.check_range(CHEAP)


@pytest.mark.parametrize(
    "hostile",
    [
        KdfParameters(2**32 - 1, 1, 1),
        KdfParameters(8, 2**32 - 1, 1),
        KdfParameters(8, 1, 2**24),
        KdfParameters(15, 1, 2),
    ],
)
def test_derivation_itself_refuses_what_would_exhaust_the_machine(hostile: KdfParameters) -> None:
    with pytest.raises(KdfParametersError):
        keyslots.derive_root(b"secret", SALT, hostile)


def test_too_little_memory_is_a_typed_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Starved:
        def __init__(self, **_costs: object) -> None: ...

        def derive_into(self, _secret: bytes, _root: bytearray) -> None:
            raise MemoryError

    monkeypatch.setattr(keyslots, "Argon2id", Starved)

    with pytest.raises(MemoryShortError) as short:
        keyslots.derive_root(b"secret", SALT, KdfParameters())
    assert short.value.needed_kib == 256 * 1024


def test_a_passphrase_opens_however_its_accents_were_typed() -> None:
    composed, decomposed = "йод и ёлка", "и\u0306од и е\u0308лка"

    assert keyslots.normalise_passphrase(composed) == keyslots.normalise_passphrase(decomposed) == composed.encode()


def test_spaces_around_a_passphrase_belong_to_it() -> None:
    assert keyslots.normalise_passphrase(" two words ") == b" two words "


def test_an_empty_passphrase_is_refused() -> None:
    with pytest.raises(PassphraseTooShortError):
        keyslots.normalise_passphrase("")


@pytest.mark.parametrize(("text", "reason"), [("broken \udcff text", "characters"), ("ж" * 513, "long")])
def test_what_is_no_text_or_endless_is_no_passphrase(text: str, reason: str) -> None:
    with pytest.raises(PassphraseTextError) as refused:
        keyslots.normalise_passphrase(text)
    assert refused.value.reason == reason


@given(st.text(max_size=600))
def test_any_text_is_a_passphrase_or_a_typed_error(text: str) -> None:
    try:
        secret = keyslots.normalise_passphrase(text)
    except (PassphraseTooShortError, PassphraseTextError):
        return
    assert keyslots.normalise_passphrase(secret.decode()) == secret


def test_a_new_passphrase_needs_eight_characters_counted_as_people_count() -> None:
    keyslots.check_new_passphrase("ёлки8888")
    keyslots.check_new_passphrase("eightabc")
    with pytest.raises(PassphraseTooShortError) as short:
        keyslots.check_new_passphrase("е\u0308лки888")  # eight code points, seven letters
    assert short.value.least == 8


def test_a_new_passphrase_has_no_character_that_unicode_may_still_define() -> None:
    with pytest.raises(PassphraseTextError):
        keyslots.check_new_passphrase("eight ok \u0378")


def test_subkeys_of_different_purposes_differ_and_have_the_size_asked_for() -> None:
    keys = [bytes(keyslots.subkey(MASTER_KEY, purpose)) for purpose in Purpose]

    assert len(set(keys)) == len(Purpose)
    assert len(keyslots.subkey(MASTER_KEY, Purpose.DATABASE_SALT, 16)) == 16


def test_a_header_mac_verifies_only_the_header_it_was_made_for() -> None:
    key = keyslots.subkey(MASTER_KEY, Purpose.HEADER_MAC)
    mac = keyslots.header_mac(key, b"header")

    keyslots.check_header_mac(key, b"header", mac)
    for header, other in ((b"headeR", mac), (b"header", bytes(32)), (b"header", mac[:-1]), (b"header", b"")):
        with pytest.raises(VaultDamagedError):
            keyslots.check_header_mac(key, header, other)


def test_wiping_leaves_zeros_in_place() -> None:
    secret = keyslots.normalise_passphrase("seven dry apricots")

    keyslots.wipe(secret)

    assert secret == bytes(18)


@pytest.mark.parametrize("index", [-1, 8])
def test_a_place_outside_the_header_is_our_mistake(index: int) -> None:
    with pytest.raises(BugError):
        keyslots.seal_slot(bytes(32), index, MASTER_KEY, SlotKind.PASSPHRASE, CONTEXT)


def test_keys_of_a_wrong_size_are_our_mistake() -> None:
    for root, master_key in ((bytes(31), MASTER_KEY), (bytes(32), MASTER_KEY[:-1])):
        with pytest.raises(BugError):
            keyslots.seal_slot(root, 0, master_key, SlotKind.PASSPHRASE, CONTEXT)
    with pytest.raises(BugError):
        keyslots.derive_root(b"secret", bytes(8), CHEAP)
    with pytest.raises(BugError):
        keyslots.subkey(b"short", Purpose.HEADER_MAC)
