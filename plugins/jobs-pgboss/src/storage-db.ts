import type { SqlTransaction, SqlValue } from '@agent-factory/sdk/contracts';
import type { Db } from 'pg-boss';

/**
 * Lets pg-boss write through a transaction of the storage. pg-boss numbers its parameters (`$1`), the contract takes
 * them in order (`?`); one that is used twice is given twice. Lists and objects are not given, only texts and numbers.
 */
export function storageDb(tx: SqlTransaction): Db {
  return {
    async executeSql(text, values = []) {
      const params: SqlValue[] = [];
      const sql = text.replace(/\$(\d+)/g, (_, number: string) => {
        const value: unknown = values[Number(number) - 1];
        if (typeof value !== 'string' && typeof value !== 'number' && value !== null)
          throw new TypeError(`parameter $${number} is neither text, number nor null`);
        params.push(value);
        return '?';
      });
      return { rows: [...(await tx.query(sql, params))] };
    },
  };
}
