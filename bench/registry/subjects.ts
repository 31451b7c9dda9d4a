import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './load.ts';

/** A registry that runs in a process of its own. */
export interface Subject {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly port: number;
  /** Headers that let a client publish. */
  readonly headers: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, '../..');

/** Ours, on its defaults but for the breaker, which would take the bench for a worm. */
export async function startOurs(folder: string, port: number): Promise<Subject> {
  const flags = ['--data', folder, '--port', String(port), '--publish-rate', '0'];
  const child = spawn(process.execPath, [join(root, 'registry-server/dist/main.js'), ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production' },
  });
  let told = '';
  child.stdout.on('data', (chunk: Buffer) => (told += chunk.toString()));
  await answers(port);
  for (let i = 0; i < 1200 && !told.includes('Try:'); i += 1) await sleep(50);
  const [, token] = /token +(\S+)/.exec(told) ?? [];
  if (token === undefined) throw new Error(`the registry on port ${port} told no token:\n${told}`);
  return subject(child, port, { authorization: `Bearer ${token}` });
}

/** Verdaccio with files in a folder, without uplinks, open to everybody. */
export async function startVerdaccio(folder: string, port: number): Promise<Subject> {
  const config = join(folder, 'config.yaml');
  writeFileSync(
    config,
    [
      `storage: ${folder}/storage`,
      'max_body_size: 50mb',
      `auth: { htpasswd: { file: ${folder}/htpasswd } }`,
      'uplinks: {}',
      `packages: { '@*/*': { access: $all, publish: $all }, '**': { access: $all, publish: $all } }`,
      'userRateLimit: { windowMs: 1000, max: 1000000 }',
      'log: { type: stdout, format: json, level: fatal }',
      '',
    ].join('\n'),
  );
  const script = join(import.meta.dirname, 'node_modules/verdaccio/bin/verdaccio');
  const child = spawn(process.execPath, [script, '-c', config, '-l', `127.0.0.1:${port}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  await answers(port);
  return subject(child, port, {});
}

/** The least a registry can do over Express and SQLite, as durable as ours. */
export async function startBare(folder: string, port: number): Promise<Subject> {
  const script = join(import.meta.dirname, '../registry-bare/serve.ts');
  const child = spawn(process.execPath, [script, folder, String(port)], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production' },
  });
  await answers(port);
  return subject(child, port, {});
}

/** Builds what is measured: the JavaScript that is published. */
export function buildOurs(): void {
  const args = ['--conditions=@agent-factory/source', join(root, 'tools/bundle.ts')];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('The build failed.');
}

/** Installs Verdaccio as package-lock.json beside this file names it, unless it is there. */
export function installVerdaccio(): void {
  const folder = import.meta.dirname;
  if (existsSync(join(folder, 'node_modules/verdaccio'))) return;
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('Verdaccio could not be installed.');
}

/** Seconds of processor time a process has used. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Megabytes a process holds in memory. */
export function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

function subject(child: ChildProcess, port: number, headers: Record<string, string>): Subject {
  const { pid = 0 } = child;
  return {
    process: child,
    pid,
    port,
    headers,
    async stop() {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function answers(port: number): Promise<void> {
  for (let i = 0; i < 1200; i += 1) {
    try {
      if ((await ask(port, 'GET', '/-/ping')).status === 200) return;
    } catch {
      // Not yet.
    }
    await sleep(50);
  }
  throw new Error(`nothing answers on port ${port}`);
}
