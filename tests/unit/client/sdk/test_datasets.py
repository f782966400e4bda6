"""Datasets before a backend knows them: what they are made of, and their files on this machine."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runspoor.sdk import opendatasets
from runspoor.sdk.abstract_dataset import _dataset
from runspoor.sdk.consumption import DatasetConsumptionConfig
from runspoor.sdk.data_reference import DataReference
from runspoor.sdk.datapath import DataPath, DataPathComputeBinding
from runspoor.sdk.dataset import Dataset
from runspoor.sdk.datastore import Datastore
from runspoor.sdk.exceptions import NotOffered, UserErrorException
from runspoor.sdk.file_dataset import FileDataset
from runspoor.sdk.file_layout import layout
from runspoor.sdk.opendatasets import MNIST, Diabetes
from runspoor.sdk.storage_datastore import AzureBlobDatastore
from runspoor.sdk.store_path import store_path
from runspoor.sdk.table_reading import PromoteHeadersBehavior
from runspoor.sdk.web_files import copied
from runspoor.sdk.workspace import Workspace
from runspoor.transfer.listing import Listing

from shared.application import inputs
from shared.contract.datasets import DatasetRequest
from shared.contract.submission import InputRequest, OutputRequest
from shared.domain.dataset import Source
from tests.integration.runner.flaky_site import Site, serving
from tests.unit.application.deployment import Deployment

MNIST_FILES = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
               "t10k-labels-idx1-ubyte.gz"]


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.files = {"/mnist/a.gz": b"a" * 100_000, "/mnist/b/c%20d.gz": b"b"}
        yield site


@pytest.fixture
def store() -> AzureBlobDatastore:
    return AzureBlobDatastore(Workspace("", "", "mine"), "workspaceblobstore", "data", "mine")


def of(site: Site, *paths: str) -> FileDataset:
    return Dataset.File.from_files([site.url + path for path in paths or site.files])


PARTS = st.sampled_from(["a", "b", "a b.csv", "..", "x.tar.gz", "ü", "a/b", "c\\d", "\n"])
URLS = st.builds(
    lambda host, parts, query: f"https://{host}/" + "/".join(quote(part, safe="") for part in parts) + query,
    st.sampled_from(["a.example", "A.example:8080", "b.example"]), st.lists(PARTS, max_size=4),
    st.sampled_from(["", "?v=1", "?v=2"]))


@given(st.lists(URLS, min_size=1, max_size=6))
def test_files_are_called_here_what_they_are_called_on_a_node(urls: list[str]) -> None:
    page = inputs.page(Deployment().backend, [Source(url=url) for url in urls], 1000, None)
    assert list(layout(urls).items()) == [(file.path, file.url) for file in page.value]


def test_a_download_is_flat_below_the_common_parent(
    site: Site, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    dataset = of(site)
    assert dataset.to_path() == ["/a.gz", "/b/c d.gz"]
    found = dataset.download(str(tmp_path / "data"))
    assert found == [str(tmp_path / "data" / "a.gz"), str(tmp_path / "data" / "b" / "c d.gz")]
    assert [Path(path).read_bytes() for path in found] == list(site.files.values())
    assert capfd.readouterr() == ("", f"Downloaded 2 files, 100.0 kB, to {tmp_path / 'data'}\n")


def test_a_download_without_a_folder_makes_one(site: Site) -> None:
    (first, _), (second, _) = of(site).download(), of(site).download()
    assert first != second
    assert Path(first).read_bytes() == site.files["/mnist/a.gz"]


def test_files_that_exist_are_replaced_only_when_asked(site: Site, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c d.gz").write_text("mine")
    with pytest.raises(UserErrorException, match="overwrite=True"):
        of(site).download(tmp_path)
    assert not (tmp_path / "a.gz").exists()
    of(site).download(tmp_path, overwrite=True)
    assert (tmp_path / "b" / "c d.gz").read_bytes() == b"b"


@pytest.mark.parametrize("troubles", [["429", "503"], ["short", "hang up"], ["hang up", "short", "500"]])
def test_a_download_gets_over_trouble(site: Site, tmp_path: Path, troubles: list[str]) -> None:
    site.troubles["/mnist/a.gz"] = troubles
    site.headers["/mnist/a.gz"] = {"Content-Encoding": "gzip", "ETag": '"1"'}
    of(site).download(tmp_path)
    assert (tmp_path / "a.gz").read_bytes() == site.files["/mnist/a.gz"]
    assert not troubles


def test_redirects(site: Site, tmp_path: Path) -> None:
    site.redirects = {"/latest.gz": "/mnist/a.gz", "/loop": "/loop", "/out": "file:///etc/passwd"}
    (found,) = of(site, "/latest.gz").download(tmp_path)
    assert Path(found).read_bytes() == site.files["/mnist/a.gz"]
    for path, said in (("/loop", "leads on more than"), ("/out", "not one of the web")):
        with pytest.raises(UserErrorException, match=said):
            of(site, path).download(tmp_path)


def test_a_missing_file_is_named_or_left_out(site: Site, tmp_path: Path) -> None:
    dataset = of(site, "/mnist/a.gz", "/mnist/gone.gz?part=1")
    with pytest.raises(UserErrorException, match=f"There is no file at {site.url}/mnist/gone.gz."):
        dataset.download(tmp_path)
    found = dataset.download(tmp_path, overwrite=True, ignore_not_found=True)
    assert found == [str(tmp_path / "a.gz")]
    assert os.listdir(tmp_path) == ["a.gz"]


@pytest.mark.parametrize("path", ["../a", "/a", "a//b", "a\\b"])
def test_names_do_not_lead_out(site: Site, tmp_path: Path, path: str) -> None:
    with pytest.raises(UserErrorException, match="cannot have this name"):
        copied(Listing(lambda: [{"path": path, "url": f"{site.url}/mnist/a.gz"}]), tmp_path, False, False)
    assert site.asked == []


@pytest.mark.parametrize(("path", "said"), [
    ("data.csv", "is not an address"), ("/home/ada/*.csv", "is not an address"), ([], "at least one path"),
    ("https://a.blob.core.windows.net/c/b?sp=r&sig=secret", "carries a signature"), (3, "is no path"),
    (("store", "a"), "is no path"), ("https://ada:pw@a.example/b", "carries a signature"),
])
def test_paths_that_cannot_be(path: object, said: str) -> None:
    with pytest.raises(UserErrorException, match=said) as refused:
        Dataset.File.from_files(path)
    assert "secret" not in str(refused.value)


def test_a_new_dataset_has_no_names() -> None:
    dataset = Dataset.File.from_files("https://a.example/b")
    assert (dataset.id, dataset.name, dataset.version, dataset.description, dataset.tags) == (None,) * 5
    with pytest.raises(UserErrorException, match="register it first"):
        dataset.add_tags({"a": "b"})


def test_tables_say_how_they_are_read(store: AzureBlobDatastore) -> None:
    made = (
        Dataset.Tabular.from_delimited_files("https://a.example/b.csv", separator=";", header=False, encoding="UTF-8"),
        Dataset.Tabular.from_delimited_files([(store, "./a"), DataPath(store, "b/")],
                                             header=PromoteHeadersBehavior.ONLY_FIRST_FILE_HAS_HEADERS),
        Dataset.Tabular.from_parquet_files((store, "a"), include_path=True),
        Dataset.Tabular.from_json_lines_files((store, "a"), invalid_lines="drop"),
    )
    asked = [DatasetRequest.model_validate(each._definition) for each in made]
    assert [each.reading and each.reading.header for each in asked] == ["none", "first_file", "same", "same"]
    assert [(each.datastore, each.path) for each in asked[1].sources] == [("workspaceblobstore", "a"),
                                                                         ("workspaceblobstore", "b")]
    assert asked[3].reading
    assert asked[3].reading.drops_invalid_lines


def test_what_is_not_offered_says_the_way(store: AzureBlobDatastore) -> None:
    for owner, name in ((store, "blob_service"), (Datastore, "register_azure_my_sql"), (MNIST, "get_tabular_dataset"),
                        (Dataset.File.from_files("https://a.example/b"), "as_hdfs")):
        with pytest.raises(NotOffered, match=name):
            getattr(owner, name)
    with pytest.raises(NotOffered, match="name the files"):
        Dataset.File.from_files("https://a.example/b")["a"]
    with pytest.raises(NotOffered):
        Dataset(None)


def test_what_a_dataset_looks_like(store: AzureBlobDatastore) -> None:
    answered = {"id": "1", "name": "mine", "version": 2, "kind": "file", "tags": {},
                "sources": [{"url": None, "datastore": "store", "path": "a"}]}
    assert repr(_dataset(store.workspace, answered)) == (
        "FileDataset(name='mine', version=2, id='1', source=[{'datastore': 'store', 'path': 'a'}])")


def test_inputs_of_runs(store: AzureBlobDatastore) -> None:
    dataset = Dataset.File.from_files("https://a.example/b")
    dataset._saved = {"id": "1"}
    named = dataset.as_named_input("mnist")
    workspace = store.workspace
    assert named.to_input(workspace) == ("mnist", {"dataset": "1", "mode": "direct"})
    assert named.as_mount("/tmp/d").to_input(workspace) == (
        "mnist", {"dataset": "1", "mode": "mount", "path_on_compute": "/tmp/d"})
    assert (named.mode, str(named)) == ("direct", "DatasetConsumptionConfig:mnist")
    name, body = dataset.as_download().to_input(workspace)
    assert name.startswith("input__")
    assert InputRequest.model_validate(body).mode == "download"


@pytest.mark.parametrize("name", ["1a", "a-b", "a b", "ü"])
def test_names_of_inputs(name: str) -> None:
    with pytest.raises(UserErrorException, match="letters, digits and underscores"):
        Dataset.File.from_files("https://a.example/b").as_named_input(name)


def test_a_table_is_no_folder() -> None:
    table = Dataset.Tabular.from_parquet_files("https://a.example/b")
    for ask in (table.as_named_input("a").as_mount, table.as_named_input("a").as_download):
        with pytest.raises(UserErrorException, match="it is rows, not files"):
            ask()
    with pytest.raises(UserErrorException, match="no mode"):
        DatasetConsumptionConfig("a", table, "hdfs")


def test_references_to_a_datastore(store: AzureBlobDatastore) -> None:
    whole, inner = store.as_mount(), store.path("./bar").as_download("here")
    assert str(whole) == "$AZUREML_DATAREFERENCE_workspaceblobstore"
    assert whole.to_input(store.workspace) == (
        "workspaceblobstore", {"path": {"datastore": "workspaceblobstore", "path": ""}, "mode": "mount"})
    assert len(inner.data_reference_name) == 32
    name, body = inner.to_input(store.workspace)
    assert str(inner) == f"$AZUREML_DATAREFERENCE_{name}"
    assert InputRequest.model_validate(body).path_on_compute == "here"
    assert inner.path("x").path_on_datastore == "bar/x"
    assert store.path("a", "mine").as_mount().data_reference_name == "mine"


def test_an_upload_takes_no_download_s_place(store: AzureBlobDatastore) -> None:
    names = {reference.data_reference_name for reference in (store.as_download(), store.as_upload("./bar.pkl"))}
    assert len(names) == 2
    name, body = store.path("models").as_upload("./bar.pkl", overwrite=True).to_output(store.workspace)
    assert len(name) == 32
    assert body == {"path": {"datastore": "workspaceblobstore", "path": "models"}, "mode": "upload",
                    "path_on_compute": "./bar.pkl", "overwrite": True, "prepared": False}
    assert OutputRequest.model_validate(body).prepared is False
    with pytest.raises(UserErrorException, match="does not say what to copy"):
        store.as_upload().to_output(store.workspace)


def test_paths_with_bindings(store: AzureBlobDatastore) -> None:
    binding = DataPathComputeBinding("download", "here")
    made = DataReference.create("mine", DataPath(store, "/a/"), binding)
    assert (str(made), made.path_on_datastore) == ("$AZUREML_DATAREFERENCE_mine", "a")
    assert DataPathComputeBinding.create_from_data_reference(made) == binding
    assert DataPath.create_from_data_reference(made).path_on_datastore == "a"


@pytest.mark.parametrize(("path", "plain"), [(None, ""), ("", ""), ("./bar", "bar"), ("/a//b/", "a/b"), (".", "")])
def test_paths_of_datastores(path: str | None, plain: str) -> None:
    assert store_path(path) == plain


def test_a_path_does_not_lead_out_of_its_datastore() -> None:
    with pytest.raises(UserErrorException, match=r"leads out"):
        store_path("a/../../b")


def test_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(opendatasets.MIRROR, raising=False)
    assert MNIST.get_file_dataset().to_path() == [f"/{name}" for name in MNIST_FILES]
    assert MNIST.get_file_dataset("test")._definition["sources"][0]["url"] == (
        f"https://azureopendatastorage.blob.core.windows.net/mnist/{MNIST_FILES[2]}")
    monkeypatch.setenv(opendatasets.MIRROR, "http://mirror.example/open/")
    assert [each["url"] for each in MNIST.get_file_dataset("train")._definition["sources"]] == [
        f"http://mirror.example/open/{name}" for name in MNIST_FILES[:2]]
    with pytest.raises(UserErrorException, match="dataset_filter"):
        MNIST.get_file_dataset("half")


LISTING = (b"<?xml version='1.0'?><EnumerationResults><Blobs><Blob><Name>diabetes/part-0.parquet</Name></Blob>"
           b"<Blob><Name>diabetes/_SUCCESS</Name></Blob></Blobs></EnumerationResults>")


def test_diabetes(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(opendatasets.MIRROR, site.url)
    assert Diabetes.get_file_dataset().to_path() == ["/diabetes.parquet"]
    monkeypatch.delenv(opendatasets.MIRROR)
    monkeypatch.setattr(opendatasets, "PUBLIC", site.url)
    address = "/mlsamples?restype=container&comp=list&prefix=diabetes/"
    site.files[address] = LISTING
    (source,) = Diabetes.get_tabular_dataset()._definition["sources"]
    assert source == {"url": f"{site.url}/mlsamples/diabetes/part-0.parquet"}
    site.files[address] = b"<EnumerationResults/>"
    with pytest.raises(UserErrorException, match=opendatasets.MIRROR):
        Diabetes.get_file_dataset()
