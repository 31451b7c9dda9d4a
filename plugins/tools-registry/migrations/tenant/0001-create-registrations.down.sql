DROP TABLE af_tools_registry_versions;

DROP TABLE af_tools_registry_registrations;
