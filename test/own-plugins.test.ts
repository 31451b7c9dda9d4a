import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { publish } from '@agent-factory/plugin-install';
import { createAuthorKey, packFolder } from '@agent-factory/plugin-package';
import { openRegistry, type OpenRegistry } from '@agent-factory/registry-server';
import { bundlePackage } from '../tools/bundle-package.ts';

const root = dirname(import.meta.dirname);
const main = join(root, 'packages/cli/src/main.ts');
const plugins = readdirSync(join(root, 'plugins')).filter((name) =>
  existsSync(join(root, 'plugins', name, 'package.json')),
);
const key = createAuthorKey();
/** What the platform below is made of. */
const needed = ['storage-sqlite', 'journal-sql', 'llm-local', 'tools-builtin', 'agent-runtime'];

describe('our own plugins, from a registry alone', () => {
  let folder: string;
  let registry: OpenRegistry;
  let token: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'agent-factory-own-'));
    const quiet = { info: () => {}, warn: () => {}, error: () => {} };
    const dataDir = join(folder, 'registry');
    registry = await openRegistry({
      port: 0,
      dataDir,
      log: quiet,
      publishRate: { packages: 0, minutes: 10 },
    });
    token = await signUp('agent-factory');
  });
  after(async () => {
    await registry.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function signUp(name: string): Promise<string> {
    const user = {
      name,
      password: 'correct horse battery',
      email: 'us@example.com',
      type: 'user',
      roles: [],
    };
    const response = await fetch(`${registry.url}/-/user/org.couchdb.user:${name}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(user),
    });
    const { token: given } = (await response.json()) as { token?: string };
    assert.ok(given);
    return given;
  }

  /** Builds a plugin as a release does, packs it with its dependencies, and publishes it. */
  async function release(name: string): Promise<void> {
    const source = join(root, 'plugins', name);
    const stage = join(folder, 'stage', name);
    const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
    mkdirSync(stage, { recursive: true });
    for (const file of ['package.json', 'README.md', 'migrations'])
      if (existsSync(join(source, file))) cpSync(join(source, file), join(stage, file), { recursive: true });
    await bundlePackage(source, manifest, join(stage, 'dist'), true);
    const packed = await packFolder(stage, { key }, { modules: source, level: 1 });
    await publish(packed, { registry: registry.url, token });
  }

  async function command(...args: string[]): Promise<string> {
    const { npm_lifecycle_event: _, ...env } = process.env;
    const child = spawn(process.execPath, ['--conditions=@agent-factory/source', main, ...args], {
      cwd: join(folder, 'platform'),
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    assert.equal(child.exitCode, 0, `${args.join(' ')}\n${stdout}${stderr}`);
    return stdout;
  }

  it(`are all published: ${plugins.length} of them, each with its dependencies inside`, async () => {
    const queue = plugins.values();
    const work = async (): Promise<void> => {
      for (const name of queue) await release(name);
    };
    await Promise.all([work(), work()]);
    const response = await fetch(`${registry.url}/-/v1/search?text=&size=100`);
    const { total } = (await response.json()) as { total: number };
    assert.equal(total, plugins.length);
  }).timeout(240_000);

  it('make a platform in an empty folder, which answers a run', async () => {
    mkdirSync(join(folder, 'platform/documents'), { recursive: true });
    writeFileSync(join(folder, 'platform/documents/tea.md'), '# Tea\n\nGreen tea is brewed at 80 degrees.\n');
    const config = `name: from-a-registry
plugins:
  - use: tools-builtin
    config: { documents: [./documents] }
  - use: agent-runtime
    config:
      agents:
        - name: librarian
          instructions: Answer from the documents.
          model: local/tools
          tools: [search_documents]
`;
    writeFileSync(join(folder, 'platform/agent-factory.config.yaml'), config);
    const names = needed.map((name) => `@agent-factory/plugin-${name}`);
    const options = [
      '--registry',
      registry.url,
      '--cooldown',
      '0',
      '--grant',
      'net,files',
      '--isolation',
      'trusted',
    ];
    assert.match(
      await command('plugin', 'add', ...names, ...options),
      /✓ agent-runtime 0\.\d+\.\d+ installed/,
    );
    const listed: { id: string; source: string; state: string }[] = JSON.parse(
      await command('plugin', 'list', '--json'),
    );
    assert.deepEqual(
      listed.map(({ id, source, state }) => `${id} ${source} ${state}`).toSorted(),
      needed.map((id) => `${id} store active`).toSorted(),
    );
    assert.match(await command('run', 'librarian', 'How hot is green tea brewed?'), /80 degrees/);
  }).timeout(120_000);
});
