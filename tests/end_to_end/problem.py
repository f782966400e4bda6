"""What a refusal looks like: a problem document that helps."""

import httpx


def refused(answer: httpx.Response, status: int, *words: str) -> str:
    """Assert that ``answer`` is a problem document with this status whose text has ``words``; its detail."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:500]}"
    assert answer.headers["content-type"].split(";")[0] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert len(problem["detail"]) > 15, problem
    said = str([problem["detail"], *(problem.get("errors") or [])])
    for word in words:
        assert word in said, f"{word!r} is not in {said}"
    return str(problem["detail"])
