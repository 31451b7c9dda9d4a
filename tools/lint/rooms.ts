import { posix } from 'node:path';

/** One room of the house: where it lies and what its files may import. */
interface Room {
  /** For messages. */
  readonly name: string;
  /** Matches the path of the room's folder, relative to the repository, at the start of a file's path. */
  readonly folder: RegExp;
  /** Packages of ours it may import by name; `/*` after a name admits its subpaths as well. */
  readonly ours: readonly string[] | 'any';
  /** npm packages it may import; which of them it declares is another tool's question (knip). */
  readonly npm: readonly string[] | 'any';
  /** Other folders of the repository it may reach by relative path. */
  readonly reaches?: readonly string[];
}

const sdk = ['@agent-factory/sdk', '@agent-factory/sdk/*'];
/** Conditions, for any plugin. */
const cel = ['@agent-factory/cel'];
/** What plugins that bring models share; a library like any other, on the SDK alone. */
const modelKit = ['@agent-factory/model-kit'];

/** Who may import whom. The first room that holds a file is its room. */
const rooms: readonly Room[] = [
  {
    name: 'tests of a package',
    folder: /^(kernel|registry-server|packages\/[^/]+|plugins\/[^/]+)\/(?=test\/)/,
    ours: 'any',
    npm: 'any',
  },
  {
    // Types and the query builder come from the plugin's own kysely: an optional peer.
    name: 'packages/sdk/src/sql',
    folder: /^packages\/sdk\/src\/(?=sql\/)/,
    ours: [],
    npm: ['kysely'],
  },
  { name: 'packages/sdk', folder: /^packages\/sdk\//, ours: [], npm: [] },
  {
    name: 'kernel',
    folder: /^kernel\//,
    ours: ['@agent-factory/sdk'],
    npm: ['ajv', 'cosmiconfig', 'semver', 'tapable', 'winston'],
  },
  { name: 'packages/test-servers', folder: /^packages\/test-servers\//, ours: [], npm: 'any' },
  { name: 'packages/model-kit', folder: /^packages\/model-kit\//, ours: sdk, npm: ['cockatiel'] },
  { name: 'packages/client', folder: /^packages\/client\//, ours: [], npm: ['eventsource-parser'] },
  { name: 'packages/plugin-package', folder: /^packages\/plugin-package\//, ours: sdk, npm: 'any' },
  { name: 'packages/cel', folder: /^packages\/cel\//, ours: sdk, npm: 'any' },
  { name: 'packages/create-plugin', folder: /^packages\/create-plugin\//, ours: sdk, npm: 'any' },
  {
    name: 'packages/plugin-install',
    folder: /^packages\/plugin-install\//,
    ours: ['@agent-factory/kernel', '@agent-factory/plugin-package', ...sdk],
    npm: 'any',
  },
  {
    name: 'packages/cli',
    folder: /^packages\/cli\//,
    ours: [
      '@agent-factory/kernel',
      '@agent-factory/plugin-package',
      '@agent-factory/plugin-install',
      '@agent-factory/plugin-install/*',
      '@agent-factory/client',
      '@agent-factory/create-plugin',
      ...sdk,
    ],
    npm: 'any',
  },
  // A new package begins with nothing of ours, until it has a room.
  { name: 'packages/*', folder: /^packages\/[^/]+\//, ours: [], npm: 'any' },
  { name: 'plugins/llm-*', folder: /^plugins\/llm-[^/]+\//, ours: [...sdk, ...cel, ...modelKit], npm: 'any' },
  { name: 'plugins/*', folder: /^plugins\/[^/]+\//, ours: [...sdk, ...cel], npm: 'any' },
  {
    name: 'registry-server',
    folder: /^registry-server\//,
    ours: ['@agent-factory/plugin-package', ...sdk],
    npm: 'any',
  },
  { name: 'examples', folder: /^examples\/[^/]+\//, ours: 'any', npm: 'any' },
  { name: 'bench', folder: /^bench\//, ours: 'any', npm: 'any' },
  { name: 'test', folder: /^test\//, ours: 'any', npm: 'any', reaches: ['tools/', 'bench/'] },
  { name: 'tools/bundle*.ts', folder: /^tools\/(?=bundle(-package)?\.ts$)/, ours: [], npm: ['rolldown'] },
  { name: 'tools/api-*.ts', folder: /^tools\/(?=api-\w+\.ts$)/, ours: [], npm: ['oxc-parser'] },
  { name: 'tools', folder: /^tools\//, ours: [], npm: [] },
];

/**
 * Says what is wrong with an import, if anything.
 *
 * @param file the importing file, relative to the repository, with `/` between its parts
 * @param specifier what it imports
 * @returns the reason against it, as a sentence
 */
export function judgeImport(file: string, specifier: string): string | undefined {
  const room = rooms.find((each) => each.folder.test(file));
  if (room === undefined || specifier.startsWith('node:')) return undefined;
  if (/^\.{0,2}\//.test(specifier)) return judgeRelative(room, file, specifier);
  const packageName = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (!packageName.startsWith('@agent-factory/')) {
    if (room.npm === 'any' || room.npm.includes(packageName)) return undefined;
    return `${room.name} may import ${list(room.npm, 'no npm package')}, not ${packageName}.`;
  }
  if (room.ours === 'any') return undefined;
  const allowed = room.ours.some(
    (each) => each === specifier || (each.endsWith('/*') && specifier.startsWith(each.slice(0, -1))),
  );
  return allowed
    ? undefined
    : `${room.name} may import ${list(room.ours, 'no package of ours')}, not ${specifier}.`;
}

function judgeRelative(room: Room, file: string, specifier: string): string | undefined {
  const own = room.folder.exec(file)?.[0] ?? '';
  const target = posix.normalize(posix.join(posix.dirname(file), specifier));
  if (target.startsWith(own) || room.reaches?.some((each) => target.startsWith(each))) return undefined;
  return `${specifier} leaves ${own.slice(0, -1)}; other rooms are imported by package name.`;
}

function list(names: readonly string[], none: string): string {
  return names.length === 0 ? none : `only ${names.join(', ')}`;
}
