"""Scripts that log what no rule allows: the run ends all the same, and only what is wrong is left out."""



from tests.end_to_end.api import Api
from tests.end_to_end.test_scripts import ended

HOSTILE = """
import json, runspoor
runspoor.log("good", 1.5)
runspoor.set_tags({"number": 3, "flag": True, "nothing": None, "text": "ü"})
path = os.path.join(os.environ["RUNSPOOR_TRACKING_DIR"], "mine.jsonl")
entries = [
    {"kind": "tag", "name": "long", "value": "v" * 5000, "at": 1.0},
    {"kind": "scalar", "name": "n" * 300, "values": [1], "at": 1.0},
    {"kind": "scalar", "name": "huge", "values": ["x" * 3_000_000], "at": 1.0},
    {"kind": "row", "name": "flat", "values": [1], "at": 1.0},
    {"kind": "scalar", "name": "far", "values": [1], "step": 2**80, "at": 1.0},
    {"kind": "nonsense", "name": "x"}, [], 1,
    {"kind": "scalar", "name": "also good", "values": [2], "step": 7, "at": 1.0},
    *({"kind": "tag", "name": f"tag {number}", "value": "", "at": 1.0} for number in range(60)),
]
with open(path, "ab") as file:
    file.write(b"\\xff\\xfe not JSON\\n" + b"[" * 100_000 + b"\\n")
    file.write(b'{"kind": "scalar", "name": "nan", "values": [NaN], "at": 1.0}\\n')
    file.writelines(json.dumps(entry).encode() + b"\\n" for entry in entries)
    file.write(b'{"kind": "scalar", "name": "cut o')
"""


def test_a_script_that_logs_what_no_rule_allows(api: Api) -> None:
    run = ended(api, HOSTILE)
    assert run["status"] == "Completed", run
    metrics = {each["name"]: each for each in api.http.get(f"runs/{run['run_id']}/metrics?limit=100").json()["value"]}
    assert {"good", "also good"} <= set(metrics)
    assert metrics["also good"]["last_step"] == 7
    tags = run["tags"]
    assert isinstance(tags, dict)
    assert len(tags) <= 50
    assert "long" not in tags


def test_tags_of_every_type_are_text(api: Api) -> None:
    run = ended(api, "import runspoor\nrunspoor.set_tags({'n': 3, 'f': 0.5, 'b': True, 'no': None, 't': 'ü', "
                     "'big': 10**30, 'nan': float('nan')})")
    assert run["tags"] == {"n": "3", "f": "0.5", "b": "true", "no": "", "t": "ü", "big": str(10**30), "nan": "NaN"}
