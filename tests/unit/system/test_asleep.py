"""The two clocks."""

from __future__ import annotations

from fieldapp.system.asleep import moment


def test_while_the_machine_is_awake_both_clocks_go_on_alike() -> None:
    before, after = moment(), moment()

    gone_s = after.awake_s - before.awake_s
    assert gone_s >= 0
    assert abs(after.all_s - before.all_s - gone_s) < 1
