DROP TABLE af_knowledge_vector_bases;
