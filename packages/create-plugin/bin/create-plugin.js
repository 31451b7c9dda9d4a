#!/usr/bin/env node
// Starts the command: the built one where it is published, the sources in a checkout.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major] = process.versions.node.split('.');
if (Number(major) < 24) {
  console.error(`create-plugin needs Node 24 or newer; this is ${process.version}.`);
  process.exit(1);
}
const source = fileURLToPath(new URL('../src/main.ts', import.meta.url));
if (existsSync(source)) {
  const args = ['--conditions=@agent-factory/source', source, ...process.argv.slice(2)];
  spawn(process.execPath, args, { stdio: 'inherit' }).on('exit', (code) => process.exit(code ?? 1));
} else {
  await import(new URL('../dist/main.js', import.meta.url).href);
}
