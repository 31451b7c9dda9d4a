import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { exportsOf, readSources, sourceFolder, type SourceFile } from './support/sdk-sources.ts';

interface Example {
  /** Where it stands: `plugin.ts:95`. */
  readonly place: string;
  readonly code: string;
}

const planted: Example = { place: 'planted', code: "const port: number = '7070';" };

describe('the examples in doc comments and in the guides to storage and jobs', function () {
  this.timeout(30_000);
  const sources = readSources();
  const examples = [
    ...sources.flatMap(examplesIn),
    ...['docs/storage.md', 'docs/jobs.md', 'docs/workflows.md'].flatMap(examplesOfGuide),
  ];
  let folder = '';

  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'agent-factory-examples-')));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('are found', () => {
    assert.ok(examples.length >= 10, `${examples.length} examples`);
  });

  it('type-check, each as a module of its own, and a wrong one would not', async () => {
    const all = [...examples, planted];
    await writeProject(folder, all, sources);
    const output = await compile(folder);
    const wrong = output
      .split('\n')
      .filter((line) => /error TS\d+/.test(line))
      .map((line) => line.replace(/^example-(\d+)\.ts/, (_, index) => all[Number(index)]?.place ?? '?'));
    assert.equal(wrong.length, 1, wrong.join('\n') || output);
    assert.match(wrong[0] ?? '', /^planted\(.*TS2322/);
  });
});

function examplesIn({ name, lines }: SourceFile): readonly Example[] {
  const found: Example[] = [];
  let code: string[] | undefined;
  let start = 0;
  for (const [index, line] of lines.entries()) {
    const text = /^\s*\* ?(.*)$/.exec(line)?.[1];
    if (code && text !== undefined && text.startsWith('```')) {
      found.push({ place: `${name}:${start + 1}`, code: code.join('\n') });
      code = undefined;
    } else if (code) {
      code.push(text ?? line);
    } else if (text === '```ts') {
      code = [];
      start = index;
    }
  }
  return found;
}

/** The blocks of TypeScript in a guide. */
function examplesOfGuide(file: string): readonly Example[] {
  const text = readFileSync(join(sourceFolder, '../../..', file), 'utf8');
  return [...text.matchAll(/^```ts\n([^]*?)\n```$/gm)].map(({ 1: code = '', index }) => ({
    place: `${file}:${text.slice(0, index).split('\n').length}`,
    code,
  }));
}

async function writeProject(
  folder: string,
  examples: readonly Example[],
  sources: readonly SourceFile[],
): Promise<void> {
  const specifiers = new Map([
    ...sources.flatMap((source) => exportsOf(source).map(({ name }) => [name, source.specifier] as const)),
    ['Kysely', 'kysely'] as const,
  ]);
  const packages = dirname(dirname(createRequire(import.meta.url).resolve('@types/node/package.json')));
  const entry = (name: string): readonly [string] => [join(sourceFolder, name, 'index.ts')];
  const tsconfig = {
    compilerOptions: {
      target: 'es2024',
      lib: ['es2024'],
      module: 'nodenext',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      typeRoots: [packages],
      types: ['node'],
      paths: {
        '@agent-factory/sdk': entry(''),
        '@agent-factory/sdk/bridge': entry('bridge'),
        '@agent-factory/sdk/contracts': entry('contracts'),
        '@agent-factory/sdk/domain': entry('domain'),
        '@agent-factory/sdk/outbound': entry('outbound'),
        '@agent-factory/sdk/sql': entry('sql'),
        '@agent-factory/sdk/testing': entry('testing'),
        kysely: [
          createRequire(import.meta.url)
            .resolve('kysely')
            .replace(/\.js$/, '.d.ts'),
        ],
      },
    },
    include: ['*.ts'],
  };
  await Promise.all([
    writeFile(join(folder, 'package.json'), '{ "type": "module" }'),
    writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig)),
    ...examples.map(({ code }, index) =>
      writeFile(join(folder, `example-${index}.ts`), `${importsFor(code, specifiers)}${code}\nexport {};\n`),
    ),
  ]);
}

/**
 * An example speaks of the SDK's exports without importing them, as readers of a reference know where they are. One
 * that begins with imports, as in a guide, has only those.
 */
function importsFor(code: string, specifiers: ReadonlyMap<string, string>): string {
  if (code.startsWith('import ')) return '';
  const declared = new Set(
    code.match(/(?<=\b(?:const|let|function|class|interface|type|as|import|,|\{)\s+)\w+/g),
  );
  const used = [...new Set(code.match(/\b[A-Za-z]\w*/g))];
  const lines = used.flatMap((name) => {
    const specifier = specifiers.get(name);
    return specifier === undefined || declared.has(name) ? [] : [`import { ${name} } from '${specifier}';`];
  });
  return lines.length > 0 ? `${lines.join(' ')}\n` : '';
}

function compile(folder: string): Promise<string> {
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
  const compiler = join(dirname(manifest), 'bin/tsc');
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [compiler, '-p', '.', '--pretty', 'false'],
      { cwd: folder },
      (_error, stdout, stderr) => resolve(stdout + stderr),
    );
  });
}
