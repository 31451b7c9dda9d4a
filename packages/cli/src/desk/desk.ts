import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createKernel, type Kernel, type KernelOptions } from '@agent-factory/kernel';
import type { IsolationLevel, Manifest, PlatformConfig, PluginEntry } from '@agent-factory/sdk';
import { errors } from '../errors.ts';
import { readExamples, type PluginExamples } from './examples.ts';

/** A plugin in a folder, as its author has it before them. */
export interface DeskPlugin {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly manifest: Manifest;
  readonly scripts: Readonly<Record<string, string>>;
  readonly examples: PluginExamples;
}

/** Reads a plugin's folder; none of its code runs. @throws AF_CLI_NO_PLUGIN or AF_CLI_EXAMPLES_INVALID */
export function readDesk(given: string): DeskPlugin {
  const folder = resolve(given);
  const refuse = (reason: string): Error => errors.AF_CLI_NO_PLUGIN({ folder, reason });
  const file = join(folder, 'package.json');
  if (!existsSync(file)) throw refuse('it has no package.json');
  let json: Record<string, unknown>;
  try {
    json = Object(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw refuse('its package.json is no JSON');
  }
  const manifest = json['agentFactory'] as Manifest | undefined; // the kernel checks all of it when it starts
  if (typeof manifest?.id !== 'string') throw refuse('its package.json has no "agentFactory" with an "id"');
  return {
    folder,
    name: String(json['name']),
    version: String(json['version']),
    manifest,
    scripts: Object(json['scripts']),
    examples: readExamples(folder),
  };
}

/** Runs the plugin's script "build", where it has one. @throws AF_CLI_BUILD_FAILED with what it printed */
export async function build({ folder, scripts }: DeskPlugin): Promise<void> {
  if (scripts['build'] === undefined) return;
  const isWindows = process.platform === 'win32';
  const child = spawn(isWindows ? 'npm.cmd' : 'npm', ['run', '--silent', 'build'], {
    cwd: folder,
    shell: isWindows,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => (said += piece));
  const code = await new Promise<number | null>((done, fail) => child.on('error', fail).on('close', done));
  if (code !== 0) throw errors.AF_CLI_BUILD_FAILED({ folder, reason: said.trim().slice(0, 8000) });
}

/** Whether a plugin can run isolated: it has code, and does not say that it has to be trusted. */
export function canBeIsolated({ manifest }: DeskPlugin): boolean {
  return (manifest.kind ?? 'code') === 'code' && manifest.isolation !== 'trusted-only';
}

/** The configuration a plugin is tried with: what its examples say, and nothing else. */
export function deskConfig(
  { folder, manifest, examples }: DeskPlugin,
  isolation: IsolationLevel | 'trusted',
): PlatformConfig {
  const { allowHosts = [], beside = [], config, grants = Object.keys(manifest.permissions ?? {}) } = examples;
  const isolating: PluginEntry = {
    use: '@agent-factory/plugin-isolation-process',
    config: { allowHosts: [...allowHosts] },
  };
  const own: PluginEntry = { use: folder, ...(config && { config }), isolation };
  return {
    name: `desk-${manifest.id}`,
    plugins: [...beside, ...(isolation === 'trusted' ? [] : [isolating]), own],
    grants: { [manifest.id]: [...grants] },
    log: { level: 'warn' },
  };
}

/** A kernel for a plugin on its own; nothing runs yet. */
export function deskKernel(
  desk: DeskPlugin,
  config: PlatformConfig,
  options: Partial<KernelOptions> & { readonly dataDir: string },
): Kernel {
  const { dataDir, ...others } = options;
  return createKernel({
    config: { ...config, dataDir },
    baseDir: desk.folder,
    lock: false,
    env: { ...process.env, ...desk.examples.env },
    ...others,
  });
}
