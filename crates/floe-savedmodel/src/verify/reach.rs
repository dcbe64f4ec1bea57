//! Ops that reach outside the graph: files, the network, the Python that made it.
//!
//! Checkpoint ops and vocabularies of tables, which every SavedModel may have, are not among them.

/// Op, and what it does outside.
const TABLE: &[(&str, &str)] = &[
    ("CacheDataset", "writes files"),
    ("CacheDatasetV2", "writes files"),
    ("CreateSummaryDbWriter", "writes files"),
    ("CreateSummaryFileWriter", "writes files"),
    ("DataServiceDataset", "uses the network"),
    ("DataServiceDatasetV2", "uses the network"),
    ("DataServiceDatasetV3", "uses the network"),
    ("DataServiceDatasetV4", "uses the network"),
    ("DebugIdentity", "may send to debug URLs"),
    ("DebugIdentityV2", "may send to debug URLs"),
    ("DebugIdentityV3", "may send to debug URLs"),
    ("DebugNanCount", "may send to debug URLs"),
    ("DebugNumericSummary", "may send to debug URLs"),
    ("EagerPyFunc", "calls Python"),
    ("FileSystemSetConfiguration", "sets up file systems"),
    ("FixedLengthRecordDataset", "reads files"),
    ("FixedLengthRecordDatasetV2", "reads files"),
    ("FixedLengthRecordReader", "reads files"),
    ("FixedLengthRecordReaderV2", "reads files"),
    ("LMDBReader", "reads files"),
    ("LoadDataset", "reads files"),
    ("MatchingFiles", "lists files"),
    ("MatchingFilesDataset", "lists files"),
    ("PrintV2", "may write files"),
    ("PyFunc", "calls Python"),
    ("PyFuncStateless", "calls Python"),
    ("ReadFile", "reads files"),
    ("RpcCall", "uses the network"),
    ("RpcClient", "uses the network"),
    ("RpcServer", "uses the network"),
    ("RpcServerStart", "uses the network"),
    ("SaveDataset", "writes files"),
    ("SaveDatasetV2", "writes files"),
    ("SnapshotDataset", "writes files"),
    ("SnapshotDatasetV2", "writes files"),
    ("SqlDataset", "reads databases"),
    ("TFRecordDataset", "reads files"),
    ("TFRecordDatasetV2", "reads files"),
    ("TFRecordReader", "reads files"),
    ("TFRecordReaderV2", "reads files"),
    ("TextLineDataset", "reads files"),
    ("TextLineReader", "reads files"),
    ("TextLineReaderV2", "reads files"),
    ("WholeFileReader", "reads files"),
    ("WholeFileReaderV2", "reads files"),
    ("WriteFile", "writes files"),
];

/// What `op` does outside of the graph; `None` for nothing that is known.
#[must_use]
pub fn reaches_out(op: &str) -> Option<&'static str> {
    TABLE.binary_search_by_key(&op, |(name, _)| name).ok().and_then(|at| Some(TABLE.get(at)?.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_op_is_found_and_exists() {
        assert!(TABLE.is_sorted());
        for (op, what) in TABLE {
            assert_eq!(reaches_out(op), Some(*what));
        }
        assert_eq!(reaches_out("MatMul"), None);
    }
}
