import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** What a reader of code cannot see; registries refuse it. The bundler writes it out where the sources have escapes. */
const unseen =
  /[\uFE00-\uFE0F]|[\u00AD\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF9-\uFFFB]/g;
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A package.json, as far as bundling needs it. */
export interface BundledManifest {
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, string | { readonly '@agent-factory/source'?: string }>>;
  readonly bin?: Readonly<Record<string, string>>;
}

/**
 * Makes the JavaScript of one package that is published: its entries from their sources, as few files as can be.
 *
 * @param folder - the package
 * @param dist - where to write
 */
export async function bundlePackage(folder: string, manifest: BundledManifest, dist: string): Promise<void> {
  refuseDeepPaths(folder);
  const build = await rolldown({
    input: entriesOf(folder, manifest),
    // Other packages stay what they are: only a package's own files are joined.
    external: /^[^./]/,
    platform: 'node',
    logLevel: 'warn',
  });
  // Parts that several entries share, or that are loaded when needed, lie beside the entries: what finds a file of its
  // package from where it is (`../migrations`) finds it from there.
  const { output } = await build.write({ dir: dist, format: 'esm', chunkFileNames: '[name]-[hash].js' });
  await build.close();
  for (const file of output) {
    if (file.type !== 'chunk' || file.code.search(unseen) < 0) continue;
    writeFileSync(join(dist, file.fileName), file.code.replaceAll(unseen, escaped));
  }
}

/** Entry files in `src`, by the name their build has in `dist`. */
function entriesOf(folder: string, manifest: BundledManifest): Record<string, string> {
  const sources = Object.values(manifest.exports ?? {}).flatMap((entry) =>
    typeof entry === 'string' ? [] : (entry['@agent-factory/source'] ?? []),
  );
  // A command's own file is started by its `bin`, not imported.
  const main = './src/main.ts';
  if (manifest.bin && existsSync(join(folder, main))) sources.push(main);
  return Object.fromEntries(
    sources.map((source) => [source.replace('./src/', '').replace(/\.ts$/, ''), join(folder, source)]),
  );
}

/** Files found from where a module lies are somewhere else once it is joined with others. */
function refuseDeepPaths(folder: string): void {
  for (const file of globSync('src/*/**/*.ts', { cwd: folder }))
    if (/^(?! \*).*new URL\(\s*['"]\.\.\//m.test(readFileSync(join(folder, file), 'utf8')))
      throw new Error(
        `${join(folder, file)}: name what lies outside of src from a file directly in src (docs/adr/0042).`,
      );
}
