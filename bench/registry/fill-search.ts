import { openRegistry } from '@agent-factory/registry-server';
import { words } from './sample-packages.ts';

/** Fills the search of a registry in a folder with made-up plugins. */
export async function fillSearch(folder: string, count: number): Promise<void> {
  const open = await openRegistry({ dataDir: folder, port: 0 });
  const word = (at: number): string => words[((at * 2_654_435_761) >>> 0) % words.length] ?? '';
  await open.registry.database.write(async (sql) => {
    for (let i = 0; i < count; i += 1) {
      const name = `@scope-${i % 500}/${word(i)}-${word(i + 7)}-${i}`;
      const description = `Plugin for ${word(i)} and ${word(i * 3)} with ${word(i * 5)} support for ${word(i * 11)} teams`;
      const entry = JSON.stringify({ name, version: '1.0.0', description, keywords: [word(i)], links: {} });
      await sql.run('INSERT INTO search_entries (id, package, restricted, downloads) VALUES (?, ?, 0, ?)', [
        i + 1,
        name,
        (i * 7919) % 100_000,
      ]);
      await sql.run('INSERT INTO search_answers (id, entry) VALUES (?, ?)', [i + 1, entry]);
      for (const [facet, value] of [
        ['kind', 'code'],
        ['capability', word(i)],
        ['category', word(i + 1)],
      ] as const)
        await sql.run('INSERT INTO search_facets (id, facet, value) VALUES (?, ?, ?)', [i + 1, facet, value]);
      await sql.run('INSERT INTO search_words (rowid, name, description, keywords) VALUES (?, ?, ?, ?)', [
        i + 1,
        name,
        description,
        word(i),
      ]);
    }
  });
  await open.close();
}
