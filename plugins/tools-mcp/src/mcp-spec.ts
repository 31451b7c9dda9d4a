import type { JsonSchema } from '@agent-factory/sdk';
import { toolSchema, type ToolEffect, type ToolRetry } from '@agent-factory/sdk/domain';

/** A registration of the kind `mcp`. */
export interface McpSpec {
  /** Address of a server over streamable HTTP. */
  readonly url?: string;
  /** Names of secrets by the headers they are sent in. */
  readonly secretHeaders?: Readonly<Record<string, string>>;
  /** Name of a secret that is sent as `Authorization: Bearer`. */
  readonly bearer?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A program that is a server over stdio; in the configuration alone. */
  readonly command?: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** Variables of its environment; it gets none of the platform's but those every program needs. */
  readonly env?: Readonly<Record<string, string>>;
  /** Names of secrets by the variables they are given in. */
  readonly secretEnv?: Readonly<Record<string, string>>;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** By the server's name of a tool: what it does to the world, instead of what the server hints at. */
  readonly effects?: Readonly<Record<string, ToolEffect>>;
  readonly timeoutMs?: number;
  /** For tools that do not write each time. */
  readonly retry?: ToolRetry;
}

const secretName: JsonSchema = { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,100}$' };
const secretsBy = (pattern: string): JsonSchema => ({
  type: 'object',
  propertyNames: { pattern },
  additionalProperties: secretName,
});
const headerName = '^[A-Za-z0-9-]{1,100}$';
const variableName = '^[A-Za-z_][A-Za-z0-9_]{0,100}$';
const toolNames: JsonSchema = { type: 'array', items: { type: 'string', minLength: 1, maxLength: 200 } };

const retrySchema = Object(toolSchema['properties']).retry as JsonSchema; // of every definition of a tool

/** JSON Schema of {@link McpSpec}. */
export const mcpSpecSchema: JsonSchema = {
  type: 'object',
  description: 'An MCP server, and which of its tools are taken.',
  properties: {
    url: {
      type: 'string',
      pattern: '^https?://',
      maxLength: 2048,
      description: 'Address of a server over streamable HTTP.',
    },
    bearer: { ...secretName, description: 'Name of a secret that is sent as "Authorization: Bearer".' },
    secretHeaders: {
      ...secretsBy(headerName),
      description: 'Names of secrets by the headers they are sent in.',
    },
    headers: {
      type: 'object',
      propertyNames: { pattern: headerName },
      additionalProperties: { type: 'string', maxLength: 4096, pattern: '^[\\t\\u0020-\\u007e]*$' },
      description: 'Headers that are the same in each request; never secrets.',
    },
    command: {
      type: 'string',
      minLength: 1,
      description: 'A program that is a server over stdio; in the configuration alone.',
    },
    args: { type: 'array', items: { type: 'string' }, description: 'Its arguments.' },
    cwd: { type: 'string', description: 'Its folder, relative to the configuration.' },
    env: {
      type: 'object',
      propertyNames: { pattern: variableName },
      additionalProperties: { type: 'string' },
      description: 'Variables of its environment; never secrets.',
    },
    secretEnv: {
      ...secretsBy(variableName),
      description: 'Names of secrets by the variables they are given in.',
    },
    include: {
      ...toolNames,
      description: 'Tools that are taken, by the names the server gives them. Default: all.',
    },
    exclude: { ...toolNames, description: 'Tools that are not.' },
    effects: {
      type: 'object',
      additionalProperties: { enum: ['pure', 'read', 'idempotent-write', 'write'] },
      description: 'By name of a tool: what it does to the world, instead of what the server hints at.',
    },
    timeoutMs: {
      type: 'integer',
      minimum: 100,
      maximum: 3_600_000,
      description: 'Milliseconds one call may take.',
    },
    retry: { ...retrySchema, description: 'For tools that do not write each time.' },
  },
  additionalProperties: false,
};

/** Names of all secrets that a registration needs. */
export function secretsIn({ bearer, secretHeaders = {}, secretEnv = {} }: McpSpec): readonly string[] {
  const named = bearer === undefined ? [] : [bearer];
  return [...new Set([...named, ...Object.values(secretHeaders), ...Object.values(secretEnv)])];
}
