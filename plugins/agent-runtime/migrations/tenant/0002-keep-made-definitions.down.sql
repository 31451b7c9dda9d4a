INSERT INTO af_agent_runtime_texts (hash, kind, name, definition, kept_at)
  SELECT hash, kind, name, definition, used_at FROM af_agent_runtime_made
  WHERE hash NOT IN (SELECT hash FROM af_agent_runtime_texts);

DROP TABLE af_agent_runtime_made;
