from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.crypto.age import (
    HybridIdentity,
    Identity,
    Recipient,
    ScryptRecipient,
    X25519Identity,
    open_with,
    seal_to,
    seal_with,
)
from fieldapp.crypto.age_header import (
    HEADER_LIMIT_BYTES,
    STANZAS_LIMIT,
    SourceLines,
    Stanza,
    encode_base64,
    header_bytes,
    read_header,
)
from fieldapp.errors import (
    AgeHeaderError,
    AgeMacError,
    AgeNoMatchError,
    AgeRecipientsError,
    PayloadError,
    SealedError,
)

ALICE = HybridIdentity(b"a" * 32)
BAHROM = HybridIdentity(b"b" * 32)
OLGA = X25519Identity(b"o" * 32)
FILE_KEY = bytes(range(16))
text_arguments = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=80)
stanzas = st.builds(
    lambda arguments, body: Stanza(arguments[0], tuple(arguments[1:]), body),
    st.lists(text_arguments, min_size=1, max_size=4),
    st.binary(max_size=200),
)


def _sealed(recipients: Sequence[Recipient], content: bytes = b"words") -> bytes:
    out = io.BytesIO()
    with seal_to(recipients, out) as writer:
        writer.write(content)
    return out.getvalue()


def _fixed(content: bytes = b"words") -> bytes:
    """A small file whose bytes are always the same."""
    out = io.BytesIO()
    stanza = OLGA.recipient.wrap_with(b"e" * 32, FILE_KEY)
    with seal_with([stanza], FILE_KEY, b"n" * 16, out) as writer:
        writer.write(content)
    return out.getvalue()


def test_each_of_several_recipients_opens_the_file_with_any_of_their_keys() -> None:
    sealed = _sealed([ALICE.recipient, BAHROM.recipient])

    assert open_with([ALICE], io.BytesIO(sealed)).read() == b"words"
    assert open_with([OLGA, BAHROM], io.BytesIO(sealed)).read() == b"words"


def test_who_sealed_a_file_cannot_open_it() -> None:
    with pytest.raises(AgeNoMatchError):
        open_with([ALICE, OLGA], io.BytesIO(_sealed([BAHROM.recipient])))
    with pytest.raises(AgeNoMatchError):
        open_with([], io.BytesIO(_sealed([BAHROM.recipient])))


def test_two_files_of_the_same_words_share_no_secret() -> None:
    one, two = _sealed([OLGA.recipient]), _sealed([OLGA.recipient])

    assert one[-21:] != two[-21:]
    assert one[:100] != two[:100]


@pytest.mark.parametrize(
    ("recipients", "reason"),
    [
        ([], "none"),
        ([ALICE.recipient, OLGA.recipient], "mixed"),
        ([OLGA.recipient, ScryptRecipient(b"rain", 4)], "alone"),
        ([ScryptRecipient(b"rain", 4), ScryptRecipient(b"sun", 4)], "alone"),
        ([OLGA.recipient] * (STANZAS_LIMIT + 1), "many"),
    ],
)
def test_recipients_that_do_not_go_together_are_refused_before_a_byte_is_written(
    recipients: list[Recipient], reason: str
) -> None:
    out = io.BytesIO()

    with pytest.raises(AgeRecipientsError) as caught:
        seal_to(recipients, out)

    assert caught.value.reason == reason
    assert out.getvalue() == b""


def test_as_many_recipients_as_can_be_written_can_be_read() -> None:
    sealed = _sealed([BAHROM.recipient] * (STANZAS_LIMIT - 1) + [ALICE.recipient])

    assert open_with([ALICE], io.BytesIO(sealed)).read() == b"words"


@given(made=st.lists(stanzas, min_size=1, max_size=5))
def test_a_header_reads_back_as_written_and_leaves_the_rest(made: list[Stanza]) -> None:
    lines = SourceLines(io.BytesIO(header_bytes(made, FILE_KEY) + b"the rest"))

    header = read_header(lines)

    assert list(header.stanzas) == made
    header.verify(FILE_KEY)
    with pytest.raises(AgeMacError):
        header.verify(bytes(16))
    rest = bytearray(20)
    assert lines.readinto(memoryview(rest)) == 8
    assert rest[:8] == b"the rest"
    assert lines.readinto(memoryview(rest)) == 0


@given(junk=st.binary(max_size=400))
def test_junk_is_a_header_error(junk: bytes) -> None:
    for begin in (b"", b"age-encryption.org/v1\n", b"age-encryption.org/v1\n-> X25519 "):
        with pytest.raises(AgeHeaderError):
            open_with([OLGA, ALICE], io.BytesIO(begin + junk))


def test_each_flipped_bit_of_a_file_is_a_typed_error() -> None:
    sealed = _fixed()
    header_end = sealed.index(b"\n", sealed.index(b"---")) + 1

    for place in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(SealedError) as caught:
            open_with([OLGA], io.BytesIO(changed)).read()
        assert isinstance(caught.value, PayloadError) == (place // 8 >= header_end)


def test_each_flipped_byte_of_a_post_quantum_file_is_a_typed_error() -> None:
    sealed = _sealed([ALICE.recipient], b"")

    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 0x01
        with pytest.raises(SealedError):
            open_with([ALICE], io.BytesIO(changed)).read()


def test_each_cut_of_a_file_is_a_typed_error() -> None:
    sealed = _fixed()
    header_end = sealed.index(b"\n", sealed.index(b"---")) + 1 + 16

    for kept in range(len(sealed)):
        with pytest.raises(PayloadError if kept >= header_end else AgeHeaderError):
            open_with([OLGA], io.BytesIO(sealed[:kept])).read()


def test_a_stanza_added_by_someone_else_is_noticed() -> None:
    sealed = _fixed()
    mac_line = sealed.index(b"---")

    with pytest.raises(AgeMacError):
        open_with([OLGA], io.BytesIO(sealed[:mac_line] + b"-> grease\n\n" + sealed[mac_line:]))


def test_a_scrypt_stanza_beside_others_is_refused_whatever_key_is_tried() -> None:
    made = [OLGA.recipient.wrap(FILE_KEY), ScryptRecipient(b"rain", 4).wrap(FILE_KEY)]
    out = io.BytesIO()
    seal_with(made, FILE_KEY, bytes(16), out).close()

    with pytest.raises(AgeHeaderError):
        open_with([OLGA], io.BytesIO(out.getvalue()))


@pytest.mark.parametrize("mark", [b"---x ", b"--- x", b"----- ", b"---  ", b"---\t", b"---", b" --- "])
def test_the_mac_line_has_one_form(mark: bytes) -> None:
    with pytest.raises(AgeHeaderError):
        open_with([OLGA], io.BytesIO(_fixed().replace(b"--- ", mark)))


def test_a_header_without_a_stanza_is_refused() -> None:
    with pytest.raises(AgeHeaderError, match="no stanza"):
        open_with([OLGA], io.BytesIO(header_bytes([], FILE_KEY) + bytes(40)))


def test_too_many_stanzas_are_refused() -> None:
    made = [Stanza("grease", (), b"")] * (STANZAS_LIMIT + 1)

    with pytest.raises(AgeHeaderError, match="too many"):
        open_with([OLGA], io.BytesIO(header_bytes(made, FILE_KEY) + bytes(40)))


@pytest.mark.parametrize(
    "begin", [b"", b"age-encryption.org/v1\n-> ", b"age-encryption.org/v1\n-> grease\n", b"age-encryption.org/v1\n"]
)
@pytest.mark.parametrize("endless", [b"A", b"A" * 64 + b"\n", b"\n", b"-> a\n\n"])
def test_an_endless_header_is_refused_after_its_limit(begin: bytes, endless: bytes) -> None:
    class Endless(io.BytesIO):
        taken = 0

        def readinto(self, buffer: object, /) -> int:
            count = super().readinto(buffer)  # type: ignore[arg-type]  # handed on as it came
            if count == 0:
                self.seek(len(begin))
                count = super().readinto(buffer)  # type: ignore[arg-type]  # handed on as it came
            self.taken += count
            return count

    source = Endless(begin + endless * (4096 // len(endless)))

    with pytest.raises(AgeHeaderError):
        open_with([OLGA, ALICE], source)

    assert source.taken <= HEADER_LIMIT_BYTES + 2 * 4096


@pytest.mark.parametrize(
    ("identity", "stanza_type", "share"), [(ALICE, "mlkem768x25519", bytes(1120)), (OLGA, "X25519", bytes(32))]
)
def test_a_low_order_share_is_a_broken_header_and_not_a_file_for_someone_else(
    identity: Identity, stanza_type: str, share: bytes
) -> None:
    stanza = Stanza(stanza_type, (encode_base64(share),), bytes(32))

    with pytest.raises(AgeHeaderError, match="low order"):
        identity.unwrap(stanza)


def test_a_source_is_read_in_order_and_left_open() -> None:
    source = io.BytesIO(_fixed())

    assert open_with([OLGA], source).read() == b"words"

    assert not source.closed
