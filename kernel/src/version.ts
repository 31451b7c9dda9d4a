import { readFileSync } from 'node:fs';

const file = new URL('../package.json', import.meta.url);

/** Version of this kernel, from its package.json. */
export const kernelVersion: string = (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
