import { createHash } from 'node:crypto';
import type { TransferReport, TransferScope } from '@agent-factory/sdk/contracts';

/** Counts the rows of one table and sums them up, in the order they come. */
export interface TableDigest {
  add(text: string): void;
  result(): TransferReport['tables'][number];
}

/** Begins the digest of a table. */
export function createTableDigest(scope: TransferScope, table: string): TableDigest {
  const hash = createHash('sha256');
  let rows = 0;
  return {
    add(text) {
      hash.update(text).update('\n');
      rows++;
    },
    result: () => ({ scope, table, rows, checksum: hash.digest('hex') }),
  };
}

/** The report over several tables. */
export function reportOf(tables: TransferReport['tables']): TransferReport {
  return { tables, rows: tables.reduce((sum, { rows }) => sum + rows, 0) };
}

/** How a scope is named to people. */
export function scopeName(scope: TransferScope): string {
  return scope === null ? 'platform' : `tenant ${scope}`;
}
