/** Structured facts that go with a log line. Secrets among them print as `[redacted]`. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes log lines that carry the plugin's id. Never throws and never blocks the caller. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger whose every line also carries `fields`. */
  child(fields: LogFields): Logger;
}
