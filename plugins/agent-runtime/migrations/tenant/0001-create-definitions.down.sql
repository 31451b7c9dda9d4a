DROP TABLE af_agent_runtime_revisions;
DROP TABLE af_agent_runtime_texts;
