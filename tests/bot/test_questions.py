"""Open questions as stored data."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from bot import command, questions

CLAUSES: list[tuple[str, dict[str, Any]]] = [
    ("stage", {"customer": "#1", "stage": "won"}),
    ("amount", {"amount": Decimal("8.50"), "at": datetime(2026, 11, 22, tzinfo=UTC), "low": None}),
    ("close_date", {"date": date(2026, 12, 30), "indexes": [1, 2], "deadline": True}),
]


def test_clauses_survive_storage_as_json():
    stored = json.loads(json.dumps(questions.packed(CLAUSES)))
    known = [
        (name, {slot: value for slot, value in slots.items() if value is not None})
        for name, slots in CLAUSES
    ]
    assert questions.unpacked(stored) == known


def test_an_answer_completes_the_clause_that_asked():
    ask = command.Ask("Which?", [command.Option(label="A", patch={"customer": "#7"})])
    question = json.loads(json.dumps(questions.stored(ask, CLAUSES, place=1)))
    answer = questions.answer(question, 1)
    assert answer is not None
    assert answer.clauses[1][1]["customer"] == "#7"
    assert answer.clauses[0] == CLAUSES[0]
    assert questions.answer(question, 2) is None
    assert questions.answer(question, 0) is None


def test_free_words_fill_the_slot_that_was_asked_for():
    question = questions.stored(command.Ask("How much?", free="amount"), CLAUSES, place=1)
    assert questions.filled(question, {"amount": 9})[1][1]["amount"] == 9


def test_an_option_may_lead_to_the_next_question():
    menu = command.Ask("task", [command.Option(label="done", clauses=(("done", {"task": 7}),))])
    question = questions.stored(command.Ask("list", [command.Option(label="T7", then=menu)]))
    answer = questions.answer(question, 1)
    assert answer is not None
    assert answer.then is not None
    assert questions.answer(answer.then, 1) == questions.Answer(clauses=[("done", {"task": 7})])
