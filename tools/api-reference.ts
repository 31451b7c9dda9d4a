// Writes packages/sdk/api from the doc comments and signatures of the SDK.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readModule, type ApiExport, type ApiModule } from './api-declarations.ts';

/** A page of the reference. */
export interface ApiPage {
  /** Its name in packages/sdk/api. */
  readonly file: string;
  readonly text: string;
}

const root = dirname(import.meta.dirname);
const sdk = join(root, 'packages/sdk');
const target = join(sdk, 'api');

/** Every page: the index, and one for each module that the SDK's package.json offers. */
export function apiPages(): readonly ApiPage[] {
  // package.json is ours.
  const { name, exports } = JSON.parse(readFileSync(join(sdk, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly exports: Readonly<Record<string, string | { readonly '@agent-factory/source': string }>>;
  };
  const modules = Object.entries(exports).flatMap(([path, entry]) => {
    if (typeof entry === 'string') return [];
    const specifier = `${name}${path.slice(1)}`;
    const file = `${path.slice(2) || 'sdk'}.md`;
    return [{ specifier, file, module: readModule(join(sdk, entry['@agent-factory/source']), root) }];
  });
  const index = [
    '# API reference',
    'What plugins are written against, from the doc comments in the sources of the SDK. [Write a plugin](../../../docs/write-a-plugin.md) is where to begin; [versions](../../../docs/versions.md) says what may change when. These pages are written by `npm run docs:api`.',
    ['| module | holds | exports |', '| --- | --- | ---: |', ...modules.map(indexRow)].join('\n'),
  ];
  return [
    { file: 'README.md', text: pageOf(index) },
    ...modules.map(({ specifier, file, module }) => ({ file, text: modulePage(specifier, module) })),
  ];
}

function indexRow(entry: { specifier: string; file: string; module: ApiModule }): string {
  const about = entry.module.doc.split(/\n@/)[0]?.replaceAll('\n', ' ') ?? '';
  return `| [\`${entry.specifier}\`](${entry.file}) | ${about} | ${entry.module.exports.length} |`;
}

function modulePage(specifier: string, { doc, exports }: ApiModule): string {
  const seen = new Map<string, number>();
  const all = exports.map(({ name }) => {
    // Names that differ in case alone share an anchor: the later ones get a number, as GitHub gives it.
    const anchor = name.toLowerCase();
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return `[${name}](#${anchor}${before === 0 ? '' : `-${before}`})`;
  });
  return pageOf([
    `# ${specifier}`,
    docText(doc),
    all.join(', '),
    ...exports.flatMap((one) => [`## ${one.name}`, ...entryOf(one)]),
  ]);
}

function entryOf({ kind, doc, signatures, file }: ApiExport): string[] {
  return [
    `${kind}, [${file.slice('packages/sdk/'.length)}](../${file.slice('packages/sdk/'.length)})`,
    docText(doc),
    ['```ts', signatures.join('\n\n'), '```'].join('\n'),
  ];
}

/** A doc comment as Markdown: its tags become words. */
function docText(doc: string): string {
  const [about = '', ...tags] = doc.split(/^@(?=\w)/m);
  const said = tags.map((tag) => {
    const [, name = '', rest = ''] = /^(\w+)\s*([^]*)$/.exec(tag) ?? [];
    return tagText(name, rest.trim());
  });
  return [about.trim(), ...said]
    .filter(Boolean)
    .join('\n\n')
    .replace(/\{@link (?:[^|}]+\| ?)?([^}]+)\}/g, (_, to: string) => `\`${to.trim()}\``);
}

function tagText(name: string, text: string): string {
  switch (name) {
    case 'param':
      return `- ${text.replace(/^(\S+)/, '`$1`')}`;
    case 'returns':
      return `Returns ${text}`;
    case 'throws':
      return `Throws ${text}`;
    case 'deprecated':
      return `**Deprecated.** ${text}`;
    case 'see':
      return `See ${text}`;
    case 'example':
      return text;
    case 'module':
      return '';
    default:
      throw new Error(`The API reference does not know the tag @${name}.`);
  }
}

function pageOf(parts: readonly string[]): string {
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

if (import.meta.main) {
  mkdirSync(target, { recursive: true });
  for (const { file, text } of apiPages()) writeFileSync(join(target, file), text);
}
