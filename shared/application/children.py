"""Runs that are children of others: which may be made, and that they end with a parent that is canceled."""

from collections.abc import Iterable, Iterator

from shared.application.backend import Backend, Cause, load, transact
from shared.application.ports import View
from shared.domain.errors import Invalid, Rejected
from shared.domain.ids import RUN_ID, checked, run_stream
from shared.domain.run import RUN
from shared.domain.run_commands import RequestCancel
from shared.domain.run_state import CANCEL_REQUESTED, Phase, Run

PAGE = 100
CANCELED = "Its parent {parent!r} was canceled."
OVER = "The sweep {parent!r} that it is a trial of has ended."


def check_parent(backend: Backend, parent: str | None) -> None:
    """``Invalid`` or ``Rejected`` when no run can be made a child of this one now."""
    if parent is None:
        return
    run = load(backend, RUN, run_stream(checked("run id", parent)))
    if run.definition is None:
        raise Invalid(f"There is no run {parent!r} to be the parent: name one that exists, or leave 'parent' out.")
    if run.ended or run.cancel:
        raise Rejected(f"Run {parent!r} is {run.status} already: it gets no more children.")


def is_below(backend: Backend, run_id: str, ancestor: str) -> bool:
    """Whether the run is a child of ``ancestor``, or a child's child."""
    seen = run_id
    while RUN_ID.fullmatch(seen):
        definition = load(backend, RUN, run_stream(seen)).definition
        if definition is None or definition.parent is None:
            return False
        if definition.parent == ancestor:
            return True
        seen = definition.parent
    return False


def cancel_all(backend: Backend, parent: Run, cause: Cause) -> None:
    """Cancel the children that the lists know; those submitted a moment ago are left to the reconciler."""
    for run_id in list(_open(backend, parent.id)):
        cancel(backend, run_id, CANCELED.format(parent=parent.id), cause)


def _open(backend: Backend, parent: str) -> Iterator[str]:
    before: str | None = None
    while True:
        views = backend.views.page("run", {"parent": parent, "open": True}, PAGE, before)
        yield from (view.id for view in views)
        if len(views) < PAGE:
            return
        before = views[-1].sort


def cancel(backend: Backend, run_id: str, why: str, cause: Cause) -> bool:
    """Cancel a child; False when it has ended, or is about to. ``NotFound`` when there is none."""
    try:
        transact(backend, RUN, run_stream(run_id), RequestCancel("system", why), cause)
    except Rejected:
        return False
    return True


def left_over(parent: Run) -> str | None:
    """Why no child of ``parent`` may go on; none while children may."""
    if parent.phase is Phase.CANCELED:
        return CANCELED.format(parent=parent.id)
    is_sweep = parent.definition is not None and parent.definition.sweep
    return OVER.format(parent=parent.id) if is_sweep and parent.ended else None


def cancel_left_over(backend: Backend, opened: Iterable[View], cause: Cause) -> None:
    """Cancel those of the runs that the lists have as open whose parents leave them no reason to go on."""
    parents: dict[str, str | None] = {}
    for view in opened:
        parent = view.body.get("parent")
        if not isinstance(parent, str) or view.body["status"] == CANCEL_REQUESTED:
            continue
        if parent not in parents:
            parents[parent] = left_over(load(backend, RUN, run_stream(parent)))
        if why := parents[parent]:
            cancel(backend, view.id, why, cause)
