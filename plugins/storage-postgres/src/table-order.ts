import type pg from 'pg';

/** Tables in an order in which those that others refer to come first; where they go in a circle, by name. */
export async function parentsFirst(
  client: pg.ClientBase,
  tables: Iterable<string>,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ child: string; parent: string }>(
    `SELECT DISTINCT child.relname AS child, parent.relname AS parent FROM pg_constraint k
    JOIN pg_class child ON child.oid = k.conrelid JOIN pg_class parent ON parent.oid = k.confrelid
    JOIN pg_namespace n ON n.oid = child.relnamespace
    WHERE k.contype = 'f' AND child.oid <> parent.oid AND n.nspname = current_schema()`,
  );
  const parents = new Map<string, string[]>();
  for (const { child, parent } of rows) parents.set(child, [...(parents.get(child) ?? []), parent]);
  const all = [...tables].sort();
  const wanted = new Set(all);
  const order = new Set<string>();
  const visiting = new Set<string>();
  const visit = (table: string): void => {
    if (order.has(table) || visiting.has(table)) return;
    visiting.add(table);
    for (const parent of (parents.get(table) ?? []).sort()) if (wanted.has(parent)) visit(parent);
    order.add(table);
  };
  for (const table of all) visit(table);
  return [...order];
}

/** The other way round: the order in which rows can be removed. */
export async function childrenFirst(
  client: pg.ClientBase,
  tables: Iterable<string>,
): Promise<readonly string[]> {
  return (await parentsFirst(client, tables)).toReversed();
}
