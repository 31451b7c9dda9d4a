// Writes docs/errors.md from the error tables, so that what the docs say is what the platform says.
import { globSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hints, retired } from './errors-doc-hints.ts';

/** What a table says of one code. */
export interface ErrorEntry {
  readonly message: string;
  readonly fix: string;
  readonly status?: number;
  readonly retryable?: boolean;
}

/** One error table and where it is. */
export interface ErrorTable {
  /** Path of its file, relative to the repository. */
  readonly file: string;
  /** Heading of its part. */
  readonly title: string;
  readonly codes: Readonly<Record<string, ErrorEntry>>;
}

const root = dirname(import.meta.dirname);
const document = join(root, 'docs/errors.md');

/** Every error table of the repository. */
export async function errorTables(): Promise<readonly ErrorTable[]> {
  const plugins = globSync('plugins/*/src/errors.ts', { cwd: root }).map((file) =>
    file.replaceAll('\\', '/'),
  );
  const contracts = globSync('packages/sdk/src/contracts/*-errors.ts', { cwd: root }).map((file) =>
    file.replaceAll('\\', '/'),
  );
  const places: [file: string, title: string][] = [
    ['kernel/src/errors.ts', 'Kernel'],
    ['packages/cli/src/errors.ts', 'Command line'],
    ['packages/client/src/errors.ts', 'Client'],
    ['packages/create-plugin/src/errors.ts', 'Files to start from'],
    ['packages/sdk/src/error-table.ts', 'SDK'],
    ['packages/sdk/src/outbound/outbound-errors.ts', 'SDK, requests to servers outside'],
    ['packages/plugin-package/src/errors.ts', 'Plugin packages'],
    ['registry-server/src/errors.ts', 'Registry'],
    ['packages/plugin-install/src/errors.ts', 'Installing plugins'],
    ...contracts
      .sort()
      .map((file): [string, string] => [file, `Contract ${/([^/]+)-errors/.exec(file)?.[1] ?? ''}`]),
    ...plugins.sort().map((file): [string, string] => [file, `Plugin ${file.split('/')[1] ?? ''}`]),
  ];
  return Promise.all(
    places.map(async ([file, title]) => {
      const module: { errorTable: ErrorTable['codes'] } = await import(pathToFileURL(join(root, file)).href);
      return { file, title, codes: module.errorTable };
    }),
  );
}

/** The page, from the tables. */
export function errorsPage(tables: readonly ErrorTable[]): string {
  const parts = tables.flatMap(({ title, codes }) => [
    `## ${title}`,
    ...Object.entries(codes).flatMap(([code, entry]) => [`### ${code}`, ...paragraphs(code, entry)]),
  ]);
  const gone = retired.length > 0 ? ['## Retired', `Never used again: ${retired.join(', ')}.`] : [];
  return `${[...head, ...parts, ...gone].join('\n\n')}\n`;
}

const head = [
  '# Errors',
  'Every error of the platform has a code that is never used for anything else, a message that says what was wrong and where, and a fix that says what to do. The command line prints all three; an HTTP answer carries them as `code`, `detail` and `fix`; in a program, compare `error.code`. Words in braces are filled in when it happens.',
  'This page is written from the error tables in the sources by `npm run docs:errors`.',
];

function paragraphs(code: string, { message, fix, status, retryable }: ErrorEntry): string[] {
  const facts = [
    status === undefined ? '' : `HTTP status ${status}.`,
    retryable === true ? 'The same call may succeed later, unchanged.' : '',
  ];
  const todo = /^\{\w+\}$/.test(fix) ? 'What to do depends on the case; the error says it.' : fix;
  return [
    oneLine(message),
    `**What to do:** ${oneLine(todo)}`,
    [hints[code] ?? '', ...facts].filter(Boolean).join(' '),
  ].filter(Boolean);
}

/** A text of a table as it stands on the page. */
export function oneLine(text: string): string {
  return text.replaceAll('\n', ' ').replace(/[<*]/g, '\\$&');
}

if (import.meta.main) writeFileSync(document, errorsPage(await errorTables()));
