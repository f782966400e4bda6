"""Much, large and oddly named."""

import hashlib

from tests.integration.runner.node import Node

MEBI = 1024 * 1024


def test_100_mb_of_output(node: Node) -> None:
    """Nothing is lost and nothing blocks, in little memory."""
    node.submit({"train.py": """
        import os, sys, time
        line = b"x" * 99 + b"\\n"
        for _ in range(100):
            sys.stdout.buffer.write(line * 10_000)
        sys.stdout.flush()
        while not os.path.exists("go"):
            time.sleep(0.05)
        """})
    node.start()
    node.until(lambda: "user_logs/std_log.txt" in node.names()
               and node.properties("user_logs/std_log.txt").size == 100_000_000)
    assert node.resident_kib() < 50 * 1024
    (node.home / "snapshot" / "go").touch()

    assert node.wait() == 0
    shipped = node.blob("user_logs/std_log.txt") or b""
    assert hashlib.sha256(shipped).digest() == hashlib.sha256((b"x" * 99 + b"\n") * 1_000_000).digest()


def test_1000_small_outputs(node: Node) -> None:
    completed = node.run({"train.py": """
        for number in range(1000):
            open(f"outputs/{number}.txt", "w").write(str(number))
        """})

    assert completed["outputs"] == {"files": 1000, "bytes": 2890, "failed": []}
    assert len(node.text("outputs.jsonl").splitlines()) == 1000
    assert sum(name.startswith("outputs/") for name in node.names()) == 1000


def test_a_large_output_goes_in_blocks(node: Node) -> None:
    node.run({"train.py": """
        with open("outputs/model.bin", "wb") as model:
            for number in range(40):
                model.write(bytes([number]) * 1024 * 1024)
        """})

    expected = hashlib.sha256(b"".join(bytes([number]) * MEBI for number in range(40)))
    uploaded = node.blob("outputs/model.bin") or b""
    assert hashlib.sha256(uploaded).digest() == expected.digest()
    properties = node.properties("outputs/model.bin")
    assert properties.metadata["sha256"] == expected.hexdigest()
    assert properties.content_settings.content_md5 == hashlib.md5(uploaded).digest()


def test_odd_names(node: Node) -> None:
    names = ["ünïcode/日本.txt", "a b.txt", "100%.txt", "a%20b.txt", "what?.txt", "#1.txt", "a+b&c=d;e.txt", "'q\".txt"]
    node.submit({"train.py": f"""
        import os
        os.mkdir("outputs/ünïcode")
        for name in {names!r}:
            open("outputs/" + name, "w").write(name)
            open("logs/" + os.path.basename(name), "w").write(name)
        """})
    node.start()

    assert node.wait() == 0
    assert node.completed["outputs"]["failed"] == []
    assert {name: node.text(f"outputs/{name}") for name in names} == {name: name for name in names}
    assert node.text("logs/what?.txt") == "what?.txt"


def test_a_large_snapshot_arrives_whole(node: Node) -> None:
    files: dict[str, str | bytes] = {f"data/{number}.bin": bytes([number]) * MEBI for number in range(8)}
    files |= {f"same/{number}.txt": "same" for number in range(20)}
    completed = node.run({**files, "train.py": """
        import os
        print(sum(os.path.getsize(f"data/{n}.bin") for n in range(8)))
        print(len(os.listdir("same")), open("same/7.txt").read())
        """})

    assert completed["outcome"] == "succeeded"
    assert node.std_log == f"{8 * MEBI}\n20 same\n"
