DROP TABLE af_artifacts_fs_runs;

DROP TABLE af_artifacts_fs_artifacts;
