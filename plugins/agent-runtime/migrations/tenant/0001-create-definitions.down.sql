DROP TABLE af_agent_runtime_texts;
