/** Configuration of the SQL journal. */
export interface SqlJournalConfig {
  /**
   * Milliseconds between looks for events that another process wrote, while somebody follows a run; 0 never
   * looks. This process's own events are passed on at once. Default 1,000.
   */
  readonly pollMs: number;
}
