/**
 * Holds for a run that is not final, where the run is named by its id. Written so that only the primary key serves the
 * statement: as long as PostgreSQL has no statistics of the table, the index of unfinished runs would look as good to
 * it, and every one of them would be read.
 */
export const isUnfinished = "COALESCE(outcome, '') = ''";
