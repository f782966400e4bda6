"""``runspoor runs children`` and ``runspoor runs sweep``."""

from itertools import accumulate, islice
from typing import Annotated, Any, Optional

import typer

from runspoor.cli import show
from runspoor.cli.options import AsJson, Limit, RunId
from runspoor.cli.session import part, session

__all__ = ["children", "sweep"]

CHILDREN: show.Columns = (("RUN", "run_id"), ("STATUS", "status"), ("TARGET", "compute_target"),
                          ("SUBMITTED", show.time_of("submitted_at")), ("ENDED", show.time_of("ended_at")),
                          ("NAME", "display_name"), ("TAGS", "tags"))
SWEEP: show.Columns = (("SWEEP", "run_id"), ("STATUS", "status"), ("SAMPLING", lambda sweep: sweep["sampling"]["kind"]),
                       ("POLICY", lambda sweep: sweep["policy"]["kind"]),
                       ("TRIALS", lambda sweep: f"{len(sweep['trials'])} of {sweep['trials_possible']}"),
                       ("REASON", show.reason))


def children(
    run: RunId,
    status: Annotated[Optional[str], typer.Option("--status", help="Only with this status, such as Running.")] = None,
    limit: Limit = 20, json: AsJson = False,
) -> None:
    """The runs whose parent it is, newest first."""
    with session() as client:
        found = list(islice(client.api.pages(f"runs/{part(run)}/children", {"status": status}), limit))
    show.as_json(found) if json else show.table(found, CHILDREN)


def sweep(
    run: RunId,
    best: Annotated[bool, typer.Option("--best", help="Best first, instead of by number.")] = False,
    json: AsJson = False,
) -> None:
    """A sweep: its trials with parameters, status and best metric. On a terminal the metric is drawn too."""
    from runspoor.sdk.sweep_trials import by_metric

    with session() as client:
        document = client.api.get(f"runs/{part(run)}/sweep").json()
    if json:
        show.as_json(document)
        return
    trials = by_metric(document["trials"], document["goal"]) if best else document["trials"]
    show.fields(document, SWEEP)
    print()
    show.table(trials, _columns(document))
    if show.is_watched():
        _draw(document)


def _columns(sweep: Any) -> show.Columns:
    parameters: show.Columns = tuple((name, _parameter(name)) for name in sweep["sampling"]["space"])
    is_best = (sweep["best"] or {}).get("number")
    return (("TRIAL", "run_id"), *parameters, ("STATUS", "status"), (sweep["primary_metric"], "metric"),
            ("", lambda trial: "best" if trial["number"] == is_best else ""), ("REASON", show.reason))


def _parameter(name: str) -> Any:
    return lambda trial: trial["parameters"].get(name)


def _draw(sweep: Any) -> None:
    """The metric of each trial, and the best so far."""
    from runspoor.cli.plot import drawn

    values = [trial["metric"] for trial in sweep["trials"] if trial["metric"] is not None]
    better = max if sweep["goal"] == "maximize" else min
    for name, series in ((f"{sweep['primary_metric']} by trial", values),
                         (f"best {sweep['primary_metric']} so far", list(accumulate(values, better)))):
        if plot := drawn(name, series):
            print(f"\n{plot}")
