import type { Json, JsonSchema } from '@agent-factory/sdk';
import { descriptionPattern, hostPattern, longestDescription, mostHosts } from '../check-change.ts';

/** An object of exactly these members, all of them required but those named. */
export function exactly(
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

const time: JsonSchema = { type: 'integer', minimum: 0, description: 'Milliseconds since the epoch.' };
const name: JsonSchema = { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,100}$', maxLength: 100 };
/** Of a secret; the newest has the highest. */
export const versionSchema: JsonSchema = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
const hostSchema: JsonSchema = { type: 'string', pattern: hostPattern, maxLength: 260 };
const hosts: JsonSchema = {
  type: 'array',
  items: hostSchema,
  maxItems: mostHosts,
  description: 'Hosts it may be sent to, as host or host:port. Without any it is sent nowhere.',
};
const description: JsonSchema = {
  type: 'string',
  maxLength: longestDescription,
  pattern: descriptionPattern,
};

const facts: Readonly<Record<string, JsonSchema>> = {
  name,
  description,
  hosts,
  version: versionSchema,
  createdAt: time,
  changedAt: time,
  lastUsedAt: { ...time, description: 'To the hour. Left out where nothing has used it.' },
};

/** What is told of a secret. */
export const factsSchema: JsonSchema = exactly(facts, ['lastUsedAt']);
export const factsExample: Readonly<Record<string, Json>> = {
  name: 'shop_token',
  description: 'Reads orders of the shop.',
  hosts: ['api.shop.example'],
  version: 2,
  createdAt: 1_764_374_400_000,
  changedAt: 1_764_460_800_000,
  lastUsedAt: 1_764_460_800_000,
};

/** The same, with the versions that are kept. */
export const detailsSchema: JsonSchema = exactly(
  {
    ...facts,
    versions: {
      type: 'array',
      maxItems: 20,
      items: exactly({ version: versionSchema, hosts, createdAt: time }),
    },
  },
  ['lastUsedAt'],
);
export const detailsExample: Json = {
  ...factsExample,
  versions: [
    { version: 2, hosts: ['api.shop.example'], createdAt: 1_764_460_800_000 },
    { version: 1, hosts: ['api.shop.example'], createdAt: 1_764_374_400_000 },
  ],
};

/**
 * A new value. Its length in bytes is bounded by the operator. Whoever puts the value in the wrong place is not told what
 * stood there, so all of it is marked as secret.
 */
export const changeSchema: JsonSchema = exactly(
  {
    value: {
      type: 'string',
      minLength: 1,
      maxLength: 65_536,
      description: 'No route gives it back.',
      writeOnly: true,
      secret: true,
    },
    hosts: { ...hosts, items: { ...hostSchema, secret: true }, secret: true },
    description: { ...description, secret: true },
  },
  ['hosts', 'description'],
);

/** The name in a path. */
export const nameParams: JsonSchema = exactly({ name: { ...name, description: 'Name of the secret.' } });
