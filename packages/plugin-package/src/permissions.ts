import { permissionCovers } from '@agent-factory/sdk';

/** A permission a plugin asks for. */
export interface AskedPermission {
  /** `net`, `net:api.example.com`, `files`, `env:HOME`, … */
  readonly name: string;
  /** Why, in the author's words. */
  readonly reason: string;
  /** What it lets the plugin do, in ours. */
  readonly sentence: string;
}

/** How the permissions of two versions differ. */
export interface PermissionDiff {
  readonly added: readonly AskedPermission[];
  readonly removed: readonly AskedPermission[];
  readonly kept: readonly AskedPermission[];
  /** Whether the new version may do something that the old one could not. */
  readonly widens: boolean;
}

/** What each kind of permission means to the person who grants it; `{}` is what stands after the colon. */
const meanings: Readonly<Record<string, readonly [plain: string, narrowed: string]>> = {
  net: ['reach any address on the network', 'reach {} over the network'],
  'net.listen': ['accept connections from the network', 'accept connections at {}'],
  files: ['read files of this machine', 'read files in {}'],
  'files.write': ['write files on this machine', 'write files in {}'],
  env: ['read environment variables', 'read the environment variable {}'],
  process: ['start other programs', 'start the program {}'],
  secrets: ['read secrets of the platform', 'read the secret {}'],
  storage: ["use the platform's database", 'use {} of the database'],
  data: ['keep data of its own, with a quota', 'keep data of its own in {}'],
  routes: ['answer requests at addresses of its own', 'answer requests at {}'],
  console: ['show pages in the console', 'show the page {} in the console'],
  'console.frame': [
    'run documents of its own in the browsers of those who look at its pages, in a sealed frame',
    'run the document {} in the browsers of those who look at it, in a sealed frame',
  ],
  hooks: ['take part in the work of the platform', 'take part in {}'],
  models: ['ask language models, which may cost money', 'ask the language model {}'],
  tools: ['call tools of other plugins', 'call the tool {}'],
  runs: ['read and start runs', '{} runs'],
};

/** The permissions in a manifest, in the order of their names, each with a sentence a person understands. */
export function permissionsOf(asked: unknown): readonly AskedPermission[] {
  return Object.entries(Object(asked))
    .map(([name, reason]) => ({
      name,
      reason: typeof reason === 'string' ? reason : '',
      sentence: sentenceOf(name),
    }))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

/**
 * How what a plugin asks for changes.
 *
 * @param before - `permissions` of the manifest before, or the names that were granted; nothing for a first install
 * @param after - `permissions` of the manifest now
 */
export function permissionDiff(before: unknown, after: unknown): PermissionDiff {
  const old = Array.isArray(before) ? Object.fromEntries(before.map((name) => [String(name), ''])) : before;
  const [was, is] = [permissionsOf(old), permissionsOf(after)];
  const added = is.filter(({ name }) => !was.some((one) => permissionCovers(one.name, name)));
  return {
    added,
    removed: was.filter(({ name }) => !is.some((one) => one.name === name)),
    kept: is.filter((one) => !added.includes(one)),
    widens: added.length > 0,
  };
}

function sentenceOf(name: string): string {
  const [kind = '', ...rest] = name.split(':');
  const detail = rest.join(':');
  const [plain, narrowed] = meanings[kind] ?? [];
  if (plain === undefined || narrowed === undefined)
    return `use "${name}", a permission this platform does not know`;
  return detail === '' ? plain : narrowed.replace('{}', () => detail);
}
