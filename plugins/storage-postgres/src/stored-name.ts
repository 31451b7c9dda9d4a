import { createHash } from 'node:crypto';

/** The server cuts longer names off. */
const longest = 63;

/** The name a table has here: its own, or, where that is too long, its beginning and a mark. */
export function storedName(table: string): string {
  if (table.length <= longest) return table;
  return `${table.slice(0, longest - 9)}_${createHash('sha256').update(table).digest('hex').slice(0, 8)}`;
}
