"""``RunDetails(run).show()``."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Callable

from runspoor.sdk.surface import Surface
from runspoor.widget.observation import Observation
from runspoor.widget.picture import Picture, html, text

if TYPE_CHECKING:
    from runspoor.sdk.run import Run

SHORTEST_PAUSE, LONGEST_PAUSE, CALMING_SECONDS = 1.0, 10.0, 30.0
"""Seconds between two looks: ever longer, one more for each half minute, up to what v1 had from the beginning."""


class RunDetails(Surface):
    """A view of a run that follows it until it ends, in a notebook; elsewhere it is text, once."""

    def __init__(self, run_instance: Run) -> None:
        self._run = run_instance
        self._observation = Observation(run_instance.experiment.workspace.api, run_instance.id)

    def show(self, render_lib: object = None, widget_settings: dict[str, object] | None = None) -> None:
        """Show the run. In a notebook the call returns at once and the picture goes on by itself.

        ``render_lib`` is for v1's sake: nothing is asked of any widget library.
        """
        picture = self._observation.look()
        update = _notebook_output(picture)
        if update is None:
            print(text(picture))
        elif not picture.ended:
            name = f"RunDetails({self._run.id})"
            threading.Thread(target=self._follow, args=(update,), name=name, daemon=True).start()

    def get_widget_data(self, widget_settings: dict[str, object] | None = None) -> dict[str, object]:
        """What the view shows now: ``status``, ``run_metrics``, ``run_logs``, ``child_runs``, ``run_id``, ``why``."""
        picture = self._observation.look()
        return {
            "status": picture.run["status"], "run_id": picture.run["run_id"], "run_metrics": dict(picture.metrics),
            "run_logs": "\n".join(picture.log),
            "child_runs": [{"run_id": each.run_id, "status": each.status, "run_name": each.name, "best": each.value}
                           for each in picture.children],
            "why": picture.why,
        }

    def _follow(self, update: Callable[[Picture], None]) -> None:
        began = time.monotonic()
        ended = False
        while not ended:
            time.sleep(min(LONGEST_PAUSE, SHORTEST_PAUSE + (time.monotonic() - began) / CALMING_SECONDS))
            picture = self._observation.look()
            update(picture)
            ended = picture.ended


def _notebook_output(picture: Picture) -> Callable[[Picture], None] | None:
    """Show the picture in the cell's output; gives the function that replaces it, or none outside of a notebook.

    An output with an id can be replaced from a thread in every front end, needs no extension, and is kept when the
    notebook is saved.
    """
    try:
        from IPython import get_ipython
        from IPython.display import HTML, display
    except ImportError:
        return None
    if getattr(get_ipython(), "kernel", None) is None:
        return None
    handle = display(HTML(html(picture)), display_id=True)
    return lambda newer: handle.update(HTML(html(newer)))
