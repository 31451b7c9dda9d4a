INSERT INTO af_agent_runtime_texts ({{tenant.key}} hash, kind, name, definition, kept_at)
  SELECT {{tenant.key}} hash, kind, name, definition, used_at FROM af_agent_runtime_made WHERE true
  ON CONFLICT DO NOTHING;

DROP TABLE af_agent_runtime_made;
