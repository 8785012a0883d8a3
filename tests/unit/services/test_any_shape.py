"""Whatever stands in a field of an entry: it is taken in, shown, made anew, handed on, and shuts nobody out."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from fieldapp.records import projection
from fieldapp.records.decisions import KINDS
from fieldapp.records.ids import new_record_id
from fieldapp.records.model import TYPES
from fieldapp.records.payload import Claims, NewClaim, claims_body
from fieldapp.services import alarms, desk, receipts, removal, tasks, views, withdrawals
from fieldapp.services.handover import Basis
from fieldapp.services.trust import Role
from fieldapp.vault.encoding import Plain
from fieldapp.vault.entry import Body
from tests.unit.services.people import Someone

SHAPES: list[Plain] = [None, True, 7, "word", b"bytes", bytes(16), bytes(32), [], ["x"], [[]], {}, {"x": []}]
NAMES = ("record", "state", "log", "seq", "head", "fingerprint", "withdrawal", "lifts", "reason", "person", "after")


def claims_of_every_shape(writer: Someone) -> Iterator[Body]:
    for type_name, kind in TYPES.items():
        for field in kind.fields:
            for shape in SHAPES:
                record = new_record_id(writer.archive.own_log)
                claims = Claims(record, type_name, field.compartment, (NewClaim(field.name, shape),))
                yield claims_body(claims, kind="edit", save=secrets.token_bytes(16))


def decisions_of_every_shape() -> Iterator[Body]:
    whole: dict[str, Plain] = {
        "record": bytes(16),
        "state": "withdrawn",
        "log": bytes(16),
        "seq": -1,
        "head": bytes(32),
        "fingerprint": bytes(32),
    }
    for kind in sorted({*KINDS, "custody", "hide", "edit", "open", "new"}):
        for name in NAMES:
            for shape in SHAPES:
                yield Body(kind, secrets.token_bytes(16), {**whole, name: shape})


@pytest.mark.parametrize("what", ["claims", "decisions"])
def test_no_shape_of_any_field_stops_anything(ainura: Someone, bek: Someone, what: str) -> None:
    ainura.trusts(bek, role=Role.COORDINATOR)
    bek.trusts(ainura, role=Role.COORDINATOR)
    words = ainura.new("testimony", narrative="words")
    bek.write(*(claims_of_every_shape(bek) if what == "claims" else decisions_of_every_shape()))
    ainura.takes(bek.bundle(ainura, basis=Basis.EVERYTHING, contact=True, codes=True))
    ainura.reopen()
    projection.rebuild(ainura.archive.connection)

    archive = ainura.archive
    assert desk.desk(archive).decisions >= 0
    assert words in {row.id for row in views.rows(archive)}
    for row in views.rows(archive, hidden=True):
        views.view(archive, row.id)
    alarms.alarms(archive)
    tasks.tasks(archive)
    tasks.expire(archive)
    removal.qualifying(archive)
    receipts.covered(archive, [row.id for row in views.rows(archive)])
    for basis in Basis:
        ainura.new("person", name="x")
        ainura.bundle(bek, basis=basis)
    withdrawals.confirm(archive, withdrawals.pending(archive))
