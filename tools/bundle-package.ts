import { existsSync, globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { rolldown, type RolldownOutput } from 'rolldown';

/**
 * What is escaped, as the sources have it or not: a reader of code cannot see some of it, so that registries refuse it;
 * and of a file with any of it V8 keeps each character in two bytes.
 */
const notAscii = /[^\0-\x7F]/g;
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A package.json, as far as bundling needs it. */
export interface BundledManifest {
  readonly name?: string;
  /** There if it is a plugin. */
  readonly agentFactory?: object;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, string | { readonly '@agent-factory/source'?: string }>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Its file beside the licences of what was joined in. */
const licencesFile = 'third-party-licenses.txt';

/**
 * Makes the JavaScript of one package that is published: its entries from their sources, as few files as can be. A
 * library that the sources import and that is a dependency of development alone is joined in, with its licence; what
 * is a dependency stays one.
 *
 * @param folder - the package
 * @param dist - where to write
 * @param isSharedByPlugins - whether it may run where a plugin is isolated, which has no `process` to ask
 */
export async function bundlePackage(
  folder: string,
  manifest: BundledManifest,
  dist: string,
  isSharedByPlugins: boolean,
): Promise<void> {
  refuseDeepPaths(folder);
  const isJoined = joinedBy(manifest);
  // Parts that several entries share, or that are loaded when needed, lie beside the entries: what finds a file of its
  // package from where it is (`../migrations`) finds it from there.
  const made = await bundle(entriesOf(folder, manifest), dist, 'esm', isJoined);
  const output = [...made];
  for (const file of made) {
    if (file.type !== 'chunk') continue;
    let { code } = file;
    // What is loaded by `require`, so that it is loaded late, becomes a file of its own.
    for (const [call, require, name = ''] of code.matchAll(/\b(require[$\d]*)\("([^"./][^"]*)"\)/g)) {
      if (!isJoined(name)) continue;
      const late = name.replace(/\.js$/, '').replaceAll(/\W+/g, '-');
      const path = createRequire(join(folder, 'package.json')).resolve(name);
      output.push(...(await bundle({ [late]: path }, dist, 'cjs', isJoined)));
      code = code.replaceAll(call, () => `${require}("./${late}.cjs")`);
    }
    if (!isSharedByPlugins) code = takeBuiltins(code);
    code = code.replaceAll(notAscii, escaped);
    if (code !== file.code) writeFileSync(join(dist, file.fileName), code);
  }
  const licences = licencesOf(output);
  if (licences !== '') writeFileSync(join(dist, licencesFile), licences);
}

async function bundle(
  input: Record<string, string>,
  dir: string,
  format: 'esm' | 'cjs',
  isJoined: (name: string) => boolean,
): Promise<RolldownOutput['output']> {
  const build = await rolldown({
    input,
    // What a joined library needs is joined with it, save a compiler that one of them looks for and does without.
    external: (id, importer) =>
      /^[^./]/.test(id) &&
      (id === 'typescript' || id.startsWith('node:') || !(isJoined(id) || isLibrary(importer ?? id))),
    platform: 'node',
    logLevel: 'warn',
  });
  const names = format === 'cjs' ? { entryFileNames: '[name].cjs' } : { chunkFileNames: '[name]-[hash].js' };
  const { output } = await build.write({ dir, format, ...names });
  await build.close();
  return output;
}

/**
 * Modules of Node are asked for, not imported: an import reads every property of a module, and so loads what it else
 * loads late (the streams and promises of `node:fs`, web crypto), a tenth of a command's start.
 */
function takeBuiltins(code: string): string {
  // All imports are at the top, each on its line.
  return code.replace(/^(?:import .*;\n)+/, (imports) =>
    imports.replaceAll(/^import (?:(\{.*\})|(?:\* as )?([\w$]+)) from ("node:.*");$/gm, takeBuiltin),
  );
}

function takeBuiltin(
  _line: string,
  names: string | undefined,
  whole: string | undefined,
  from: string,
): string {
  return `const ${names?.replaceAll(' as ', ': ') ?? whole} = process.getBuiltinModule(${from});`;
}

/** Whether a package joins in what goes by that name. */
function joinedBy(manifest: BundledManifest): (name: string) => boolean {
  const { dependencies = {}, devDependencies = {}, peerDependencies = {} } = manifest;
  return (name) => {
    const [, library = ''] = /^((?:@[^/]+\/)?[^/]+)/.exec(name) ?? [];
    const isOurs = library.startsWith('@agent-factory/');
    return library in devDependencies && !(library in dependencies || library in peerDependencies || isOurs);
  };
}

function isLibrary(path: string): boolean {
  return path.includes('/node_modules/');
}

/** Names, versions and licences of the libraries whose files were joined in. */
function licencesOf(output: readonly RolldownOutput['output'][number][]): string {
  const folders = new Set<string>();
  for (const file of output)
    for (const path of file.type === 'chunk' ? file.moduleIds : []) {
      const [, folder] = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path.replaceAll('\\', '/')) ?? [];
      if (folder !== undefined) folders.add(folder);
    }
  const texts = Array.from(folders, (folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    const text = file === undefined ? '' : `\n\n${readFileSync(join(folder, file), 'utf8').trim()}`;
    return `${name} ${version} (${license})${text}\n`;
  });
  return texts.sort().join('\n----\n\n');
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
