DROP TABLE af_evaluations_results;

DROP TABLE af_evaluations_evaluations;

DROP TABLE af_evaluations_suites;
