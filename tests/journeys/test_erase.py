"""`crm erase`, as an admin runs it."""

from __future__ import annotations

import json

from tests.journeys import processes


async def test_a_person_is_erased_only_when_that_is_said_clearly(tmp_path, database_url):
    env = processes.settings(tmp_path, database_url, "http://127.0.0.1:9")
    assert (await processes.run(env, "demo-data"))[0] == 0
    code, _, warning = await processes.run(env, "erase", "1")
    assert code == 1
    assert "Nothing was changed" in warning
    name = warning.split(" (")[0].splitlines()[-1]
    code, out, hint = await processes.run(env, "erase", "1", "--yes", "--json")
    assert code == 0, hint
    assert json.loads(out)["contacts"] == 1
    assert name not in hint
    assert name not in (await processes.run(env, "erase", "1"))[2]
    code, _, error = await processes.run(env, "erase", "4711", "--yes")
    assert (code, "4711" in error, "Traceback" in error) == (1, True, False)
