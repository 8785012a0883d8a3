"""A Monday at a coordinator's desk: thirty bundles about the same people, and few decisions."""

from __future__ import annotations

from collections.abc import Callable

from fieldapp.services import conflicts, records, trust, views
from fieldapp.services.records import Told
from fieldapp.services.trust import Role
from fieldapp.values import RecordId
from tests.unit.services.people import Someone

DEVICES, PEOPLE, MOST_DECISIONS = 30, 20, 10

NAMES = ("Oʻktam Karimov", "o'ktam  KARIMOV", "O‘ktam Karimov ", "Oʼktam karimov")
PHONES = ("+7 921 123-45-67", "8 (921) 123 45 67", "89211234567", "+79211234567")
DATES = ("2026-03-05", "5 March 2026", "05.03.2026")
PLACES = ("ООО «Ромашка», склад", 'ооо "ромашка" склад', "ООО „Ромашка“ – склад.")
STATUS = ("missing", "at_front", "detained")


def test_thirty_bundles_about_the_same_people_ask_for_the_real_contradictions_and_no_more(
    person: Callable[[str], Someone],
) -> None:
    desk = person("Desk")
    shared = [desk.new("person", name=f"Person {number}") for number in range(PEOPLE)]
    devices = [person(f"Device {number}") for number in range(DEVICES)]
    for device in devices:
        desk.trusts(device)
        trust.trust(device.archive, trust.own_card(desk.archive), role=Role.COORDINATOR)
    first = desk.bundle(*devices)
    for number, device in enumerate(devices):
        device.takes(first)
        write_down_the_week(device, number, shared)
    contradict(devices, shared)

    for device in devices:
        desk.takes(device.bundle(desk))

    asked = {(each.row.id, field.name) for each in conflicts.contested(desk.archive) for field in each.fields}
    assert asked == {(shared[number], name) for number, name in CONTRADICTIONS}
    assert conflicts.count(desk.archive) <= MOST_DECISIONS
    for number, record in enumerate(shared):
        view = views.view(desk.archive, record)
        assert len(view.values("phone")) == 1
        if number % 2:
            statuses = next(field for field in view.fields if field.name == "status")
            assert {account.source for account in statuses.accounts} >= {f"relative {who}" for who in range(3)}

    for conflict in conflicts.contested(desk.archive):
        for field in conflict.fields:
            records.resolve(desk.archive, conflict.row.id, field.key, field.accounts[0].entry)
    assert conflicts.count(desk.archive) == 0


def write_down_the_week(device: Someone, number: int, shared: list[RecordId]) -> None:
    """What each device heard of everybody: the same in its own notation, and what different relatives say."""
    for place, record in enumerate(shared):
        values: dict[str, object] = {"phone": [PHONES[number % len(PHONES)]], "birth_date": DATES[number % len(DATES)]}
        values["occupation"] = PLACES[number % len(PLACES)]
        values["name"] = NAMES[number % len(NAMES)]
        records.save(device.archive, "person", values, record=record)
        if place % 2 and number < len(STATUS):
            told = Told(f"relative {number}", "likely_reliable")
            records.save(device.archive, "person", {"status": STATUS[number]}, record=record, told=told)


CONTRADICTIONS = (
    (0, "sex"),
    (3, "group_size"),
    (4, "national_origin"),
    (7, "status_date"),
    (9, "patronymic"),
    (12, "legal_status"),
)


def contradict(devices: list[Someone], shared: list[RecordId]) -> None:
    """Two devices say of the same field what cannot both be."""
    one, other = devices[4], devices[17]
    said: dict[str, tuple[object, object]] = {
        "sex": ("male", "female"),
        "group_size": (3, 30),
        "national_origin": ("Uzbek", "Tajik"),
        "status_date": ("2026-02", "2026-03"),
        "patronymic": ("Rustamovich", "Ravshanovich"),
        "legal_status": ("prisoner", "citizen"),
    }
    for number, name in CONTRADICTIONS:
        for device, value in zip((one, other), said[name], strict=True):
            records.save(device.archive, "person", {name: value}, record=shared[number])
