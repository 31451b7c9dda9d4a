import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { platformConfig } from './platform-config.ts';
import { postRun } from './post-run.ts';
import { finalText } from './task.js';

const platformMain = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));

/** Milliseconds from the start of a process to its first answer over HTTP. */
export async function coldStart(
  kind: 'express' | 'platform',
  modelUrl: string,
  cacheDir: string,
): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-cold-'));
  try {
    const config = join(dataDir, 'agent-factory.config.json');
    await writeFile(config, JSON.stringify(platformConfig(modelUrl, dataDir)));
    const args =
      kind === 'express'
        ? [join(import.meta.dirname, 'express-server.js')]
        : [platformMain, 'start', '--config', config];
    // Built JavaScript on both sides: the condition that selects sources is left out. Both may use Node's compile cache.
    const env = { ...process.env, NODE_OPTIONS: '', NODE_COMPILE_CACHE: cacheDir, MODEL_URL: modelUrl };
    return await timeFirstAnswer(args, env, kind === 'express' ? '/run' : '/api/v1/runs?wait=true');
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function timeFirstAnswer(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  path: string,
): Promise<number> {
  const begun = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const gone = once(child, 'exit');
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let said = '';
      const listen = (chunk: Buffer): void => {
        said += String(chunk);
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
        if (found !== undefined) resolve(found);
      };
      child.stdout.on('data', listen);
      child.stderr.on('data', listen);
      child.once('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}: ${said}`)));
    });
    const text = await postRun(url + path, 'What is the weather in Oslo?');
    if (text !== finalText) throw new Error(`wrong answer: ${text}`);
    return performance.now() - begun;
  } finally {
    child.kill('SIGTERM');
    await gone;
  }
}
