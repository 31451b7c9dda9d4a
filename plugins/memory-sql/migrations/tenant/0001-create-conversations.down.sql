DROP TABLE af_memory_sql_messages;

DROP TABLE af_memory_sql_conversations;
