import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  packageNameFor,
  pluginFiles,
  writeFiles,
  type PluginTemplate,
  type WriteOptions,
} from '@agent-factory/create-plugin';
import type { Kernel } from '@agent-factory/kernel';
import { packFolder } from '@agent-factory/plugin-package';
import { Isolation, isAgentFactoryError, type IsolationLevel } from '@agent-factory/sdk';
import { withNothingLeft, type ConformanceCase } from '@agent-factory/sdk/testing';
import { deskCases } from '../desk/desk-cases.ts';
import { build, canBeIsolated, deskConfig, deskKernel, readDesk, type DeskPlugin } from '../desk/desk.ts';
import { paint, print } from '../terminal.ts';

/** Options of `plugin new`. */
export interface NewOptions extends WriteOptions {
  readonly template: PluginTemplate;
  /** Name of the package. Default: that of the folder. */
  readonly name?: string;
  readonly javascript?: boolean;
}

/** `agent-factory plugin new <folder>`: writes a plugin to start from. */
export function newPlugin(folder: string, { template, name, javascript, force }: NewOptions): void {
  const files = pluginFiles({
    template,
    name: name ?? packageNameFor(folder),
    language: javascript ? 'javascript' : 'typescript',
  });
  for (const file of writeFiles(folder, files, { force: force === true }))
    print(`${paint('green', '+')} ${file}`);
  print(`\nNext:\n  cd ${folder}\n  npm install\n  npm test`);
}

/** `agent-factory plugin test [folder]`: tries a plugin as it will be used; whether all of it went well. */
export async function testPlugin(folder: string): Promise<boolean> {
  const desk = readDesk(folder);
  const score = { passed: 0, failed: 0 };
  await build(desk);
  print(paint('bold', `${desk.name}@${desk.version}`));
  await attempt(score, {
    name: 'it can be packed',
    run: async () => void (await packFolder(desk.folder, undefined)),
  });
  const isolated = canBeIsolated(desk);
  for (const isolation of isolated ? (['trusted', 'L1'] as const) : (['trusted'] as const))
    await attemptAll(score, desk, isolation);
  if (!isolated && (desk.manifest.kind ?? 'code') === 'code')
    print('  It is not tried isolated: its manifest says that it has to be trusted.');
  const { passed, failed } = score;
  print(
    failed === 0
      ? paint('green', `✓ ${passed} passed`)
      : paint('red', `✗ ${failed} failed, ${passed} passed`),
  );
  return failed === 0;
}

type Score = { passed: number; failed: number };

/** Tries a plugin in one way: it starts, does what its contracts say, leaves nothing, and asks for what it uses. */
async function attemptAll(
  score: Score,
  desk: DeskPlugin,
  isolation: IsolationLevel | 'trusted',
): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'agent-factory-desk-'));
  try {
    await attemptIn(dataDir, score, desk, isolation);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function attemptIn(
  dataDir: string,
  score: Score,
  desk: DeskPlugin,
  isolation: IsolationLevel | 'trusted',
): Promise<void> {
  const open = (): Kernel => deskKernel(desk, deskConfig(desk, isolation), { dataDir });
  const kernel = open();
  try {
    const started = await attempt(score, {
      name: `it starts ${inWords(isolation)}`,
      run: async () => void (await kernel.start()),
    });
    if (!started) return;
    for (const one of deskCases(desk, kernel)) await attempt(score, one);
    if (isolation !== 'trusted') await attemptPermissions(score, desk, kernel);
  } finally {
    await kernel.close();
  }
  const leaves = async (): Promise<void> =>
    withNothingLeft(
      async () => ({ second: open(), close: async () => {} }),
      async ({ second }) => {
        await second.start();
        await second.close();
      },
    );
  await attempt(score, { name: 'it leaves nothing behind when it is stopped', run: leaves });
}

function inWords(isolation: IsolationLevel | 'trusted'): string {
  return isolation === 'trusted' ? "in the platform's process" : 'isolated';
}

/** What it asked for is compared with what it used; what it was refused is a fault of its manifest. */
async function attemptPermissions(score: Score, { manifest }: DeskPlugin, kernel: Kernel): Promise<void> {
  const plugin = (await kernel.use(Isolation).plugins()).find(({ id }) => id === manifest.id);
  if (!plugin) return;
  const { level, refused, used, granted } = plugin;
  const run = async (): Promise<void> => {
    if (refused.length > 0) throw new Error(`It was refused: ${refused.join('; ')}.`);
  };
  await attempt(score, { name: `it uses nothing that its manifest does not ask for (${level})`, run });
  for (const name of granted)
    print(
      used.includes(name)
        ? `    ${name}: used`
        : `    ${paint('yellow', `${name}: not used by these examples; leave it out if nothing else needs it`)}`,
    );
}

/** Runs a case and prints how it went. */
async function attempt(score: Score, { name, skip, run }: ConformanceCase): Promise<boolean> {
  if (skip !== undefined) {
    print(`  - ${name} (${skip})`);
    return true;
  }
  try {
    await run();
    score.passed += 1;
    print(`  ${paint('green', '✓')} ${name}`);
    return true;
  } catch (error) {
    score.failed += 1;
    print(`  ${paint('red', '✗')} ${name}`);
    const lines = error instanceof Error ? error.message : String(error);
    const fix = isAgentFactoryError(error) ? `\n${error.fix} (${error.code})` : '';
    print(`${lines}${fix}`.trim().replace(/^/gm, '      '));
    return false;
  }
}
