import type pg from 'pg';
import type { MigrationScope } from '@agent-factory/sdk/contracts';
import { reasonOf } from './driver-errors.ts';
import { MigrationFault } from './migration-fault.ts';
import { splitStatements, type SqlToken } from './sql-tokens.ts';
import { open, otherTables, ourTables, protectNewTables, shut, tenantTables } from './tenant-tables.ts';
import { orderTextsByBytes } from './text-order.ts';

const controls = /^(?:begin|start|commit|end|rollback|abort|savepoint|release|prepare)$/;
const lasting = /^(?:set|reset|discard|listen|unlisten|load|copy|declare|deallocate|execute)$/;
const rowStatements = /^(?:insert|update|delete|merge|with|select|values|table|do|call)$/;
/** Settings by which the migration itself, and what is written down about it, stand. */
const standing = /^(?:search_path|schema|role|session|row_security|standard_conforming_strings|af)$/;

/** What would stay with the connection for whoever has it next, or take the ground from under the migration. */
function refuseLasting(text: string, tokens: readonly SqlToken[]): void {
  const [verb, local, name] = tokens.map((token) => token.text.toLowerCase());
  const quoted = text.slice(0, 40);
  if (tokens.some(({ text: word, kind }) => kind !== 'literal' && word.toLowerCase() === 'set_config'))
    throw new MigrationFault(`it changes a setting by a function; write SET LOCAL instead of: ${quoted}`);
  if (verb === 'set' && local === 'constraints') return;
  if (verb === 'set' && local === 'local' && !standing.test(name ?? '')) return;
  if (lasting.test(verb ?? ''))
    throw new MigrationFault(
      `it changes the connection, and not the database; only SET LOCAL is allowed, for other settings than the schema and the role, and not: ${quoted}`,
    );
}

/** Runs a migration's text inside the transaction under way. */
export async function runText(client: pg.ClientBase, sql: string, scope: MigrationScope): Promise<void> {
  for (const { text, tokens } of splitStatements(sql)) {
    if (controls.test(tokens[0]?.text ?? ''))
      throw new MigrationFault(`it would end the transaction it runs in, with: ${text.slice(0, 40)}`);
    refuseLasting(text, tokens);
  }
  const before = await ourTables(client);
  const others = await otherTables(client);
  const opened =
    scope === 'tenant' ? [...(await tenantTables(client))].filter((table) => sql.includes(table)) : [];
  await open(client, opened);
  await client.query(sql);
  await orderTextsByBytes(client);
  if (scope === 'tenant') {
    await shut(client, opened);
    await protectNewTables(client, before, others);
  }
}

/** Runs a migration's statements one by one, each on its own; those that were done before are safe to be done again. */
export async function runSteps(client: pg.ClientBase, sql: string, scope: MigrationScope): Promise<void> {
  for (const { text, tokens } of splitStatements(sql)) {
    refuseLasting(text, tokens);
    if (scope !== 'tenant') continue;
    const [verb = '', what = '', name = ''] = tokens.map((token) => token.text);
    const inside = `put it into a migration of its own, without "no-transaction": ${text.slice(0, 40)}`;
    if (rowStatements.test(verb))
      throw new MigrationFault(`outside a transaction it would reach the rows of no tenant; ${inside}`);
    if (verb === 'create' && what !== 'index' && !(what === 'unique' && name === 'index'))
      throw new MigrationFault(`outside a transaction a table would stand open for a moment; ${inside}`);
  }
  const before = await ourTables(client);
  const others = await otherTables(client);
  await dropBrokenIndexes(client, sql);
  for (const [index, { text }] of splitStatements(sql).entries())
    try {
      await client.query(text);
    } catch (error) {
      await dropBrokenIndexes(client, sql);
      const outside = 'it runs outside a transaction, so what came before stays, and is safe to be run again';
      throw new MigrationFault(`statement ${index + 1}: ${reasonOf(error)} (${outside})`, { cause: error });
    }
  await orderTextsByBytes(client);
  if (scope === 'tenant') await protectNewTables(client, before, others);
}

/**
 * An index whose making was broken off is there and serves nothing, and `IF NOT EXISTS` would take it for done.
 */
async function dropBrokenIndexes(client: pg.ClientBase, sql: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND NOT i.indisvalid AND c.relname LIKE 'af\\_%'`,
  );
  for (const { name } of rows)
    if (sql.includes(name)) await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
}
