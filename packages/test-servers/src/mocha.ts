// Loaded by mocha before the tests: servers are started when a test first asks, and end with the run.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beginRun, endRun, sharedFolderVariable } from './shared-folder.ts';

let folder: string | undefined;

export function mochaGlobalSetup(): void {
  if (process.env[sharedFolderVariable]) return;
  folder = mkdtempSync(join(tmpdir(), 'agent-factory-test-run-'));
  beginRun(folder);
}

export function mochaGlobalTeardown(): void {
  if (folder) endRun(folder);
}
