"""Pages of lists join without gaps and doubles."""

from tests.end_to_end.api import Api, until

Json = dict[str, object]


def joined(api: Api, address: str, limit: int, key: str, **query: str) -> list[str]:
    """The whole list, page by page."""
    found: list[str] = []
    cursor: str | None = None
    parameter = "after" if address.endswith("/events") else "cursor"
    for _ in range(1000):
        at = {parameter: cursor} if cursor is not None else {}
        answer = api.http.get(address, params={"limit": limit, **query, **at})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["value"]) <= limit
        found += [str(item[key]) for item in page["value"]]
        cursor = page["next"]
        if cursor is None:
            return found
    raise AssertionError("the list has no end")


def test_pages_of_views_join(api: Api, body: Json) -> None:
    ids = [f"page-{number}" for number in range(7)]
    for run_id in ids:
        assert api.http.post("runs", json={**body, "run_id": run_id, "experiment": f"E {run_id}"}).status_code == 201
    for run_id in ids:
        api.wait(run_id)
    everything = joined(api, "runs", 100, "run_id")
    for limit in (17, 40):
        assert joined(api, "runs", limit, "run_id") == everything
        assert len(set(joined(api, "experiments", limit, "name"))) == len(joined(api, "experiments", 100, "name"))
    assert everything[:len(ids)] == ids[::-1]
    assert joined(api, "runs", 1, "run_id", experiment="E page-3") == ["page-3"]
    until(lambda: {f"E {one}" for one in ids} <= set(joined(api, "experiments", 100, "name")))
    assert joined(api, "compute-targets", 1, "name") == joined(api, "compute-targets", 100, "name")


def test_pages_of_a_run_join(api: Api) -> None:
    script = "import runspoor\n" \
        "for i in range(7):\n" \
        "    open(f'outputs/{i}', 'w')\n" \
        "    runspoor.log(f'm{i}', i)\n" \
        "    runspoor.log_row(f'm{i}', x=i)\n"
    run_id = api.submit(script)
    assert api.wait(run_id)["status"] == "Completed"
    for limit in (1, 2, 5, 100):
        names = joined(api, f"runs/{run_id}/metrics", limit, "name")
        assert names == sorted([f"m{i}" for i in range(7)] * 2)
        files = joined(api, f"runs/{run_id}/files", limit, "name")
        assert [name for name in files if name.startswith("outputs/")] == [f"outputs/{i}" for i in range(7)]
        assert len(files) == len(set(files))
        versions = joined(api, f"runs/{run_id}/events", limit, "version")
        assert versions == [str(number) for number in range(len(versions))]
    assert len(versions) == api.run(run_id)["version"]
