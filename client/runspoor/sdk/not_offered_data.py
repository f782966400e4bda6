"""What v1 has about data and Runspoor has not: the v1 name, and what to do instead (a clause without a full stop)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_FILE, _TABLE, _ANY = ("azureml.data.FileDataset", "azureml.data.TabularDataset",
                       "azureml.data.abstract_dataset.AbstractDataset")
_STORES, _OUTPUTS = "azureml.core.Datastore", "azureml.data.output_dataset_config"
_FRAME = "work with the DataFrame of to_pandas_dataframe()"
_STORES_OFFERED = "copy the data into a blob container, a file share or Data Lake Storage Gen2, and register that"
_PREVIEW = "use Dataset.File and Dataset.Tabular: this is of v1's preview"


def _members(owner: str, names: str, way: str) -> Iterable[tuple[str, str]]:
    return ((f"{owner}.{name}", way) for name in names.split())


DATA: Mapping[str, str] = dict((
    *_members(_ANY, "data_changed_time partition_keys get_partition_key_values", "look at the files themselves"),
    *_members(_ANY, "unregister_all_versions", "leave it: a version is what runs refer to"),
    *_members(_FILE, "filter file_metadata", "name the files you want, or a pattern, in Dataset.File.from_files"),
    *_members(_FILE, "as_cache as_hdfs hydrate", "use as_mount() or as_download()"),
    *_members(f"{_FILE}.mount", "is_direct_volume_mount", "leave it: there is one way of mounting"),
    *_members(_TABLE, "to_dask_dataframe to_spark_dataframe get_profile get_profile_runs submit_profile_run", _FRAME),
    *_members(_TABLE, "to_csv_files to_parquet_files partition_by",
              "write the DataFrame of to_pandas_dataframe() to files, and upload them to a datastore"),
    *_members(_TABLE, "download mount", "make a FileDataset of the files"),
    *_members("azureml.data.dataset_factory.TabularDatasetFactory", "from_sql_query register_dask_dataframe "
              "register_spark_dataframe", "make a pandas DataFrame, and use register_pandas_dataframe"),
    *_members("azureml.data.dataset_consumption_config.DatasetConsumptionConfig", "as_hdfs",
              "use as_mount() or as_download()"),
    *_members("azureml.data.azure_storage_datastore.AzureBlobDatastore", "blob_service",
              "use upload(), upload_files() and download(): the backend keeps the keys of datastores to itself"),
    *_members(_STORES, "register_azure_data_lake register_azure_my_sql register_azure_postgre_sql "
              "register_azure_sql_database register_dbfs register_hdfs", _STORES_OFFERED),
    *_members("azureml.core.Dataset", "archive auto_read_files compare_profiles create_snapshot definition "
              "definition_version delete_snapshot deprecate description diff from_binary_files from_delimited_files "
              "from_excel_files from_json_files from_pandas_dataframe from_parquet_files from_sql_query "
              "generate_profile get_all_snapshots get_definition get_definitions get_profile get_snapshot head id "
              "is_visible name reactivate register sample state tags to_pandas_dataframe to_spark_dataframe update "
              "update_definition workspace", _PREVIEW),
    *_members("azureml.opendatasets.MNIST", "get_tabular_dataset", "use MNIST.get_file_dataset()"),
    *_members(f"{_OUTPUTS}.OutputTabularDatasetConfig", "random_split",
              "split the dataset it becomes, with its random_split"),
    *_members(_OUTPUTS, "HDFSOutputDatasetConfig LinkFileOutputDatasetConfig LinkTabularOutputDatasetConfig",
              "use OutputFileDatasetConfig"),
    *_members("azureml.data", "LinkFileOutputDatasetConfig", "use OutputFileDatasetConfig"),
    *_members("azureml.data.azure_data_lake_datastore", "AbstractADLSDatastore AzureDataLakeDatastore",
              _STORES_OFFERED),
    *_members("azureml.data", "azure_sql_database_datastore azure_postgre_sql_datastore azure_my_sql_datastore "
              "dbfs_datastore", _STORES_OFFERED),
    *_members("azureml.data", "context_managers", "use dataset.mount()"),
))
