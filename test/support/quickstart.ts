import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The repository. */
export const root: string = dirname(dirname(import.meta.dirname));

/** What starts the `agent-factory` command from its sources, as a shell takes it. */
export const command: readonly string[] = [
  process.execPath,
  '--conditions=@agent-factory/source',
  join(root, 'packages/cli/src/main.ts'),
];

/** The quickstart, started as `npm start` does, with a state folder of its own. */
export interface Quickstart {
  readonly url: string;
  /** Environment with which commands reach the same state. */
  readonly env: NodeJS.ProcessEnv;
  /** Everything it printed. */
  text(): string;
  /** Tells it to stop; resolves with its exit status. */
  stop(): Promise<number | null>;
}

/** Starts the quickstart of the repository on a free port. */
export async function startQuickstart(given: NodeJS.ProcessEnv = {}): Promise<Quickstart> {
  const dataDir = mkdtempSync(join(tmpdir(), 'agent-factory-quickstart-'));
  const { npm_lifecycle_event: _, DOCUMENTS: __, OPENAI_BASE_URL: ___, ...inherited } = process.env;
  const env = { ...inherited, OPENAI_API_KEY: '', AF_DATA_DIR: dataDir, ...given };
  const [node = '', ...args] = command;
  const child = spawn(node, [...args, 'start'], {
    cwd: root,
    env: { ...env, AF_HTTP_API__PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      rmSync(dataDir, { recursive: true, force: true });
      resolve(code);
    });
  });
  const url = await new Promise<string>((resolve, reject) => {
    const take = (chunk: string): void => {
      text += chunk;
      const [, found] = /Listening on (http:\S+)[^]*Ctrl-C stops it/.exec(text) ?? [];
      if (found) resolve(found);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    void ended.then(() => reject(new Error(`The quickstart did not start:\n${text}`)));
  });
  const stop = (): Promise<number | null> => {
    child.kill('SIGTERM');
    return ended;
  };
  return { url, env, text: () => text, stop };
}
