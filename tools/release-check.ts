// Checks what each package would publish: the manifest (publint) and its types as consumers resolve them (attw).
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

const bins = [
  ['publint/src/cli.js', '--strict'],
  ['@arethetypeswrong/cli/dist/index.js', '--pack', '--profile=esm-only', '--quiet'],
] as const;

function isPublished(file: string): boolean {
  const manifest: { private?: boolean } = JSON.parse(readFileSync(join(root, file), 'utf8'));
  return manifest.private !== true;
}

const manifests = globSync(
  [
    'kernel/package.json',
    'packages/*/package.json',
    'plugins/*/package.json',
    'registry-server/package.json',
  ],
  {
    cwd: root,
  },
);
let failed = 0;
for (const manifest of manifests.filter(isPublished).sort()) {
  const folder = join(root, manifest, '..');
  for (const [script, ...args] of bins) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, 'node_modules', script), ...args, '.'],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    );
    const tool = script.split('/dist')[0]?.split('/src')[0];
    console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${tool} ${manifest}`);
    if (status === 0) continue;
    failed += 1;
    console.log(stdout + stderr);
  }
}
if (failed > 0) process.exitCode = 1;
