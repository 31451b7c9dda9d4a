DROP TABLE af_maintenance_tasks;
