"""What is asked at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cli.calling import Call, Desk, MakeDesk


class Person:
    """Somebody at the terminal who answers in order, and hears the questions."""

    def __init__(self, answers: Iterator[str]) -> None:
        self.answers = answers
        self.heard: list[str] = []

    def __call__(self, question: str) -> str:
        self.heard.append(question)
        return next(self.answers)


def at_the_terminal(monkeypatch: pytest.MonkeyPatch, *modules: str, answers: Iterator[str]) -> Person:
    person = Person(answers)
    for module in modules:
        monkeypatch.setattr(f"fieldapp.cli.{module}.is_asking_possible", lambda: True)
        monkeypatch.setattr(f"fieldapp.cli.{module}.{'ask_secret' if module == 'secrets_given' else 'ask'}", person)
    return person


def test_a_new_vault_asks_for_names_a_passphrase_twice_and_three_words_back(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fieldapp.services.vaults as service

    phrase: list[str] = []
    really = service.create

    def watched(*arguments: object, **named: object) -> object:
        created = really(*arguments, **named)  # type: ignore[arg-type]  # as they come
        phrase.extend((created.recovery_phrase or "").split())
        return created

    def answers() -> Iterator[str]:
        yield "Amina"
        yield ""
        yield from ("four words of nobody", "four words of nobodi")
        yield from ("four words of nobody", "four words of nobody")
        for round_ in range(4):
            number = int(person.heard[-1].split("word ")[1].rstrip(":"))
            yield "wrong" if round_ == 0 else phrase[number - 1].upper()

    monkeypatch.setattr(service, "create", watched)
    person = at_the_terminal(monkeypatch, "vaults", "secrets_given", answers=answers())

    done = call("init", tmp_path / "v", "--kdf-memory-mib", 64)

    assert done.status == 0, done.err
    assert done.out.count(" ".join(phrase)) == 1
    assert "not the same" in done.err
    assert "another word" in done.err
    assert len(person.heard) == 10
    assert len({question for question in person.heard if "word " in question and "Passphrase" not in question}) >= 3


@pytest.mark.parametrize(("answer", "status"), [("yes", 0), ("YES ", 0), ("no", 130), ("", 130)])
def test_a_copy_is_made_only_with_a_yes(
    answer: str, status: int, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = desk("new", "testimony").out.strip()
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    document = desk("attach", call, tmp_path / "a.txt").out.split()[0]
    at_the_terminal(monkeypatch, "confirming", answers=iter([answer]))

    done = desk("extract", document, "-o", tmp_path / "copy.txt")

    assert done.status == status
    assert (tmp_path / "copy.txt").exists() is (status == 0)


@pytest.mark.parametrize(("answer", "status"), [("yes", 0), ("no", 130)])
def test_a_card_is_trusted_only_after_its_words_were_compared(
    answer: str, status: int, make_desk: MakeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, other = make_desk("Amina"), make_desk("Nodira")
    other("identity card", "-o", tmp_path / "nodira.card")
    words = " ".join(other("identity show", "--json").json["words"])
    at_the_terminal(monkeypatch, "identity", answers=iter([answer]))

    done = desk("identity trust", tmp_path / "nodira.card")

    assert done.status == status
    assert words in done.err
    assert len(desk("identity list", "--json").json) == (status == 0)
