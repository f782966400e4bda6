"""Tables of files: delimited text, Parquet and JSON lines, read by parts over HTTP into Arrow."""
