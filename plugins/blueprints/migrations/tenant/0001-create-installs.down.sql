DROP TABLE af_blueprints_installs;
