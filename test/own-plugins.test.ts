import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { publish } from '@agent-factory/plugin-install';
import { createAuthorKey, packFolder } from '@agent-factory/plugin-package';
import { openRegistry, type OpenRegistry } from '@agent-factory/registry-server';
import { bundlePackage, type BundledManifest } from '../tools/bundle-package.ts';

const root = dirname(import.meta.dirname);
const main = join(root, 'packages/cli/src/main.ts');
const plugins = readdirSync(join(root, 'plugins')).filter((name) =>
  existsSync(join(root, 'plugins', name, 'package.json')),
);
const scope = '@agent-factory';
const key = createAuthorKey();
/** Those that do not belong into a platform that needs nothing beside itself, and why. */
const absent = new Map([
  ['storage-postgres', 'needs PostgreSQL, and there is one storage'],
  ['jobs-pgboss', 'needs PostgreSQL'],
  ['jobs-bullmq', 'needs Redis'],
  ['cache-redis', 'needs Redis'],
  ['memory-redis', 'needs Redis'],
  ['secrets-config', 'there is one store of secrets: secrets-sql'],
]);
/** What the platform below is made of. */
const needed = plugins.filter((name) => !absent.has(name));
const secret = 'of this test alone, 32 letters and more';
/** The configuration of those that do not start without one, or not as they are to here. */
const configs = {
  'tools-builtin': { documents: ['./documents'] },
  'agent-runtime': {
    agents: [
      {
        name: 'librarian',
        instructions: 'Answer from the documents.',
        model: 'local/tools',
        tools: ['search_documents'],
      },
    ],
  },
  'auth-jwt': { keySecret: secret },
  'auth-oidc': { providers: [{ id: 'forge', kind: 'github', clientId: 'x', clientSecret: secret }] },
  'http-api': { port: 0 },
  'secrets-sql': { keys: [{ id: 'first', secret }] },
  webhooks: { keySecret: secret },
};

function manifestOf(folder: string): BundledManifest & { readonly files?: readonly string[] } {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
}

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
    await buildLibraries();
  });
  after(async function () {
    this.timeout(120_000); // it is thousands of files
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

  /** Builds the libraries that our plugins share, and puts them where packing finds them, beside what is installed. */
  async function buildLibraries(): Promise<void> {
    const modules = join(folder, 'node_modules');
    mkdirSync(join(modules, scope), { recursive: true });
    for (const name of readdirSync(join(root, 'node_modules')))
      if (name !== scope) symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
    const used = plugins.flatMap((name) => Object.keys(manifestOf(join('plugins', name)).dependencies ?? {}));
    for (const name of new Set(used))
      if (name.startsWith(`${scope}/`) && name !== `${scope}/sdk`) {
        const source = join('packages', name.slice(scope.length + 1));
        mkdirSync(join(modules, name));
        cpSync(join(root, source, 'package.json'), join(modules, name, 'package.json'));
        await bundlePackage(join(root, source), manifestOf(source), join(modules, name, 'dist'), true);
      }
  }

  /** Builds a plugin as a release does, packs it with its dependencies, and publishes it. */
  async function release(name: string): Promise<void> {
    const source = join(root, 'plugins', name);
    const stage = join(folder, 'stage', name);
    const manifest = manifestOf(join('plugins', name));
    mkdirSync(stage, { recursive: true });
    const listed = (manifest.files ?? []).filter((file) => !/^!|^dist$/.test(file));
    for (const file of globSync(['package.json', 'README.md', ...listed], { cwd: source }))
      cpSync(join(source, file), join(stage, file), { recursive: true });
    await bundlePackage(source, manifest, join(stage, 'dist'), true);
    const packed = await packFolder(stage, { key }, { level: 1 });
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

  it(`make a platform in an empty folder: ${needed.length} run together, and it answers`, async () => {
    mkdirSync(join(folder, 'platform/documents'), { recursive: true });
    writeFileSync(join(folder, 'platform/documents/tea.md'), '# Tea\n\nGreen tea is brewed at 80 degrees.\n');
    const uses = Object.entries(configs).map(([use, config]) => ({ use, config }));
    writeFileSync(
      join(folder, 'platform/agent-factory.config.yaml'),
      // JSON is YAML.
      JSON.stringify({ name: 'from-a-registry', plugins: uses }),
    );
    const names = needed.map((name) => `@agent-factory/plugin-${name}`);
    const options = [
      '--registry',
      registry.url,
      '--cooldown',
      '0',
      '--grant',
      'net,net.listen,files,process',
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
