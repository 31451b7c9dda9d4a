import { ownersOf } from '../store/owners.ts';
import { allPackageNames, findPackage, findVersion, putDocument, versionsOf } from '../store/packages.ts';
import { putSearchEntry } from '../store/search-index.ts';
import { readSetting, writeSetting } from '../store/settings.ts';
import type { TufChange } from '../trust/tuf-targets.ts';
import type { Registry } from '../app/registry.ts';
import { documentForm, documentsOf } from './packument.ts';
import { searchEntryOf } from './search-entry.ts';
import { vouchedPackage } from './vouched-package.ts';

/** Named for what it once held alone. Versions of the registry that know no form find an address they do not know. */
const setting = 'url';
const together = 200;

/** Documents and search entries have the registry's address in them, and a form; where one of the two has changed, all are made anew. */
export async function refreshAll(registry: Registry): Promise<void> {
  const { database, tuf, url } = registry;
  const made = `${documentForm} ${url}`;
  if ((await readSetting(database, setting)) === made) return;
  const names = await allPackageNames(database);
  for (let from = 0; from < names.length; from += together) {
    const some = names.slice(from, from + together);
    await database.write(async (sql) => {
      const changes: TufChange[] = [];
      for (const name of some) {
        const row = await findPackage(sql, name);
        const tags = JSON.parse(row?.tags ?? '{}') as Record<string, string>; // written as such
        const latest =
          tags['latest'] === undefined ? undefined : await findVersion(sql, name, tags['latest']);
        if (!row || !latest) continue;
        const [versions, owners] = [await versionsOf(sql, name), await ownersOf(sql, name)];
        const documents = documentsOf({ row, versions, owners, readme: latest.readme, url });
        if (!documents) continue;
        await putDocument(sql, documents);
        await putSearchEntry(sql, database.dialect, searchEntryOf(row, latest, owners, url));
        changes.push(vouchedPackage(row, documents));
      }
      await tuf.vouch(sql, changes);
    });
  }
  await database.write((sql) => writeSetting(sql, setting, made));
}
