"""Charges add up by operation, whoever makes them."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.adapters.request_charge import HEADER, Charge, RequestCharges


def test_charges_add_up_by_operation() -> None:
    charges = RequestCharges()
    charges.hook("read")({HEADER: "2.5"}, None)
    charges.hook("read")({HEADER: "1.0"}, None)
    charges.hook("append")({HEADER: "6"}, None)
    assert charges.snapshot() == {"read": Charge(2, 3.5, 1.0), "append": Charge(1, 6.0, 6.0)}


def test_an_answer_without_a_charge_is_counted() -> None:
    charges = RequestCharges()
    charges.record("read", {})
    assert charges.snapshot() == {"read": Charge(1, 0.0, 0.0)}


def test_threads_do_not_lose_charges() -> None:
    charges = RequestCharges()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: charges.record("read", {HEADER: "1"}), range(400)))
    assert charges.snapshot()["read"] == Charge(400, 400.0, 1.0)


def test_charges_are_logged_for_who_looks_closely(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "shared.adapters.request_charge"):
        RequestCharges().record("append", {HEADER: "6.29"})
    assert [(record.levelname, record.message) for record in caplog.records] == [("DEBUG", "Cosmos append: 6.29 RU")]
