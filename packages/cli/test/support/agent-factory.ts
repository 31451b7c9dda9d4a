import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { templates } from '../../src/templates.ts';

const main = join(import.meta.dirname, '../../src/main.ts');

/** What a command printed, and its exit status. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is under way. */
export interface Command {
  readonly child: ChildProcess;
  /** Standard output and error so far, together. */
  text(): string;
  /** Resolves with the first match in what it prints; rejects when it ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<Outcome>;
}

const commands = new Set<ChildProcess>();
const folders = new Set<string>();

/** A folder of its own for one test, with the files of a template if one is named. */
export function tempFolder(template?: 'documents' | 'plugin'): string {
  const folder = mkdtempSync(join(tmpdir(), 'agent-factory-cli-'));
  folders.add(folder);
  for (const [name, text] of Object.entries(templates[template ?? '']?.files ?? {})) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** Ends every process that a test left, and takes its folders away. */
export async function cleanUp(): Promise<void> {
  for (const child of commands) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  commands.clear();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders.clear();
}

/** Starts the command as a person would, without a terminal; with `pipe`, its standard input stays open. */
export function launch(
  cwd: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  stdin: 'ignore' | 'pipe' = 'ignore',
): Command {
  const { npm_lifecycle_event: _, ...inherited } = process.env;
  const child = spawn(process.execPath, ['--conditions=@agent-factory/source', main, ...args], {
    cwd,
    env: { ...inherited, OPENAI_API_KEY: '', AF_HTTP_API__PORT: '0', ...env },
    stdio: [stdin, 'pipe', 'pipe'],
  });
  commands.add(child);
  let stdout = '';
  let stderr = '';
  let text = '';
  const watchers = new Set<() => void>();
  const take = (chunk: string, into: (chunk: string) => void): void => {
    into(chunk);
    text += chunk;
    for (const look of watchers) look();
  };
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => take(chunk, (more) => (stdout += more)));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => take(chunk, (more) => (stderr += more)));
  const ended = new Promise<Outcome>((resolve) => {
    child.once('close', (code) => {
      commands.delete(child);
      resolve({ code, stdout, stderr });
    });
  });
  const until = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(text);
        if (!match) return;
        watchers.delete(look);
        resolve(match);
      };
      watchers.add(look);
      look();
      void ended.then(() => reject(new Error(`It ended without printing ${pattern}:\n${text}`)));
    });
  return { child, text: () => text, until, ended };
}

/** Runs the command to its end. */
export function af(cwd: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Outcome> {
  return launch(cwd, args, env).ended;
}

/** A platform that is up. */
export interface Platform extends Command {
  readonly url: string;
  /** Tells it to stop and gives its exit status. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts a platform and waits until it serves. */
export async function startPlatform(
  cwd: string,
  args: readonly string[] = [],
  env?: NodeJS.ProcessEnv,
): Promise<Platform> {
  const command = launch(cwd, ['start', ...args], env);
  const [, url = ''] = await command.until(/Listening on (http:\S+)/);
  await command.until(/Ctrl-C stops it/);
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    command.child.kill(signal);
    return (await command.ended).code;
  };
  return { ...command, url, stop };
}

/** Asks an agent over HTTP and waits for its answer. */
export async function ask(url: string, agent: string, input: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/api/v1/runs?wait=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ agent, input }),
  });
  const body: unknown = await response.json();
  assert.equal(response.status, 200, JSON.stringify(body));
  return Object(body);
}
