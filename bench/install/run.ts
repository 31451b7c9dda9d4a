// Installs 20 plugins cold, from one registry, by npm and by us, in turns: node bench/install/run.ts [--rounds 5] [--write]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { publish } from '@agent-factory/plugin-install';
import { createAuthorKey, packFolder } from '@agent-factory/plugin-package';
import { buildOurs } from '../registry/subjects.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, write: { type: 'boolean', default: false } },
});
const count = 20;
/** Of npm's time, at most. */
const bar = 0.4;
const loadBefore = loadavg()[0] ?? 0;
const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'agent-factory-bench-install-'));
const source = '--conditions=@agent-factory/source';
const names = Array.from({ length: count }, (_, n) => `@bench/plugin-sample-${'abcdefghijklmnopqrst'[n]}`);

/** What is measured, each from a folder and a cache of its own. */
const subjects: Readonly<Record<string, (place: string, registry: string) => Subject>> = {
  // npm, as anybody calls it, without what it does besides installing.
  'npm install': (place, registry) => ({
    program: 'npm',
    args: [
      'install',
      '--registry',
      registry,
      '--cache',
      join(place, 'cache'),
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      ...names,
    ],
    prepare: () =>
      writeFileSync(join(place, 'package.json'), '{"name":"bench","version":"1.0.0","private":true}'),
  }),
  'plugin add': (place, registry) => ({
    program: process.execPath,
    args: [
      join(root, 'packages/cli/dist/main.js'),
      'plugin',
      'add',
      ...names,
      '--registry',
      registry,
      '--cooldown',
      '0',
      '--yes',
    ],
    prepare: () =>
      // As docs/marketplace.md has it: what comes from a registry runs isolated.
      writeFileSync(
        join(place, 'agent-factory.config.json'),
        '{"plugins":["@agent-factory/plugin-isolation-process"]}',
      ),
  }),
};

interface Subject {
  readonly program: string;
  readonly args: readonly string[];
  readonly prepare: () => void;
}

interface Cost {
  readonly wallMs: number;
  /** User and system time of the command and its children. */
  readonly cpuMs: number;
}

buildOurs();
const server = spawn(
  process.execPath,
  [source, join(import.meta.dirname, 'server.ts'), join(folder, 'registry')],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
try {
  const [url] = (await once(createInterface(server.stdout), 'line')) as [string];
  const token = await signUp(url);
  const key = createAuthorKey();
  for (const name of names) await publish(await packFolder(sample(name), { key }), { registry: url, token });
  const costs = new Map<string, Cost[]>(Object.keys(subjects).map((name) => [name, []]));
  for (let round = 0; round < Number(values.rounds); round++)
    for (const [name, make] of Object.entries(subjects))
      costs.get(name)?.push(await measure(name, make, url, round));
  report(costs);
} finally {
  server.kill();
  rmSync(folder, { recursive: true, force: true });
}

/** A plugin of 30 files, 100 kB. */
function sample(name: string): string {
  const place = join(folder, 'sources', name.slice(name.indexOf('/') + 1));
  mkdirSync(join(place, 'dist'), { recursive: true });
  const id = name.replace(/^.*plugin-/, '');
  const json = {
    name,
    version: '1.0.0',
    type: 'module',
    main: 'dist/index.js',
    license: 'MIT',
    agentFactory: { id, kernel: '^0.1.0' },
  };
  writeFileSync(join(place, 'package.json'), JSON.stringify(json));
  writeFileSync(join(place, 'dist/index.js'), 'export default { setup() {} };\n');
  for (let n = 0; n < 28; n++)
    writeFileSync(
      join(place, `dist/part-${n}.js`),
      `export const part${n} = ${JSON.stringify(`${name} ${n} `.repeat(120))};\n`,
    );
  return place;
}

async function measure(
  name: string,
  make: (typeof subjects)[string],
  registry: string,
  round: number,
): Promise<Cost> {
  const place = join(folder, `${name.replace(' ', '-')}-${round}`);
  mkdirSync(place, { recursive: true });
  const { program, args, prepare } = make(place, registry);
  prepare();
  const began = performance.now();
  // The shell tells what its children used, which Node does not.
  const script = '"$@" >/dev/null && times';
  const child = spawn('sh', ['-c', script, 'sh', program, ...args], {
    cwd: place,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [told, said] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(`${name} failed: ${said}`);
  const wallMs = performance.now() - began;
  const times = [...(told.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  return {
    wallMs,
    cpuMs: times.reduce(
      (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000,
      0,
    ),
  };
}

async function signUp(url: string): Promise<string> {
  const user = {
    name: 'bench',
    password: 'correct horse battery',
    email: 'b@example.com',
    type: 'user',
    roles: [],
  };
  const response = await fetch(`${url}/-/user/org.couchdb.user:bench`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(user),
  });
  return ((await response.json()) as { token: string }).token;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function report(costs: ReadonlyMap<string, readonly Cost[]>): void {
  const npm = costs.get('npm install') ?? [];
  const ours = costs.get('plugin add') ?? [];
  const ratio = (field: keyof Cost): number =>
    median(ours.map((one, round) => one[field] / (npm[round]?.[field] ?? Number.NaN)));
  const row = ([name, list]: readonly [string, readonly Cost[]]): string =>
    `| ${name} | ${Math.round(median(list.map(({ wallMs }) => wallMs)))} | ${Math.round(median(list.map(({ cpuMs }) => cpuMs)))} |`;
  const page = `# Installing 20 plugins, cold

Node ${process.versions.node}, ${availableParallelism()} CPUs, ${process.platform} ${process.arch}, load average ${loadBefore.toFixed(1)} to ${(loadavg()[0] ?? 0).toFixed(1)}. Measured by \`npm run bench:install -- --write\`.

Each of 30 files and 100 kB, from the registry of this repository on the same machine; medians of ${values.rounds} rounds in turns.
\`plugin add\` is the whole command, built as it is published: signatures of registry and author, fresh metadata, scan of the archives, plan of the platform.

| by | wall ms | CPU ms |
| --- | ---: | ---: |
${[...costs].map(row).join('\n')}

Median ratio within a round: wall ${ratio('wallMs').toFixed(2)} (bar: at most ${bar.toFixed(2)}, ${ratio('wallMs') <= bar ? 'met' : '**missed**'}), CPU ${ratio('cpuMs').toFixed(2)}.
`;
  process.stdout.write(page);
  if (values.write) writeFileSync(join(import.meta.dirname, 'results.md'), page);
}
