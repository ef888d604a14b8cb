"""Ten million polls of a clock of the test's own: no drift, no herd, no memory."""

from __future__ import annotations

import pytest
from polling import spread_and_growth

pytestmark = pytest.mark.proof


def test_ten_million_polls_spread_out_and_keep_to_the_time() -> None:
    waits, looks = 2000, 5000
    crowd, pause, grown = spread_and_growth(waits, looks)
    print(
        f"{waits * looks} polls of {waits} waits that began together: at most {crowd:.2%} of them "
        f"in the same second, {pause:.2f} s apart on the average, {grown} KB more than before"
    )
    assert crowd < 0.06
    assert 29.5 < pause < 30.5
    assert grown < 1000
