import type { Logger } from '../log.ts';

/** A log that nobody reads. */
export const silentLog: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
};
