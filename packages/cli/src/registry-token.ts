import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { httpTransportWith, type Transport } from '@agent-factory/plugin-install';

/** How registries are asked: as nobody, and for what is not everybody's by the token that npm was given. */
export const registryTransport: Transport = httpTransportWith(tokenFor);

/** A token belongs to one registry; the one in the environment to the registry that stands there too. */
function tokenFor(registry: string): string | undefined {
  const named = process.env['AF_REGISTRY']?.replace(/\/+$/, '');
  return (named === registry ? process.env['AF_REGISTRY__TOKEN'] : undefined) ?? npmToken(registry);
}

/** The token that npm was given for a registry. */
export function npmToken(registry: string): string | undefined {
  const file = process.env['NPM_CONFIG_USERCONFIG'] ?? join(homedir(), '.npmrc');
  if (!existsSync(file)) return undefined;
  const place = `${registry.replace(/^https?:/, '').replace(/\/+$/, '')}/:_authToken=`;
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((one) => one.trim().startsWith(place));
  const given = line
    ?.trim()
    .slice(place.length)
    .replace(/^"(.*)"$/, '$1');
  return given?.replace(/\$\{(\w+)\}/g, (_, name: string) => process.env[name] ?? '');
}
