const parent = process.ppid;

/**
 * Whether the shell that npm runs a script in has gone. npm passes SIGTERM on to that shell alone, which ends and
 * leaves the script to another parent, without a word. Windows has no other parents, and no such signal.
 *
 * @returns {boolean}
 */
export function isOrphaned() {
  return process.env['npm_lifecycle_event'] !== undefined && process.ppid !== parent;
}
